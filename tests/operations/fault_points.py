"""A refit in which the n-th point fails, for one n after the other: SQLite's way of looking for what a fault leaves behind.

Points are what Python does to files (opened, listed, made, renamed, removed: its own audit events under the home) and each
statement that the store is given. At the n-th, ENOSPC, EIO or EACCES is raised, or the process is sent SIGINT or SIGTERM. After
it, one more refit without a fault must publish the same tables to the bit (a log that was refused for a moment stays told).

Run as `python -m tests.operations.fault_points HOME FAULT:N ...`, where N is a point, or below 1 a part of all: it prints a line
of JSON for each, and forks for each, so that the packages are imported once, and what is fitted is worked out once. `count` says
how many points there are. A fault that leaves a home as another one has left it (the same files, the same rows) is not refitted
again: what follows is known.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.operations.kept_answers import Kept

FAULTS = ("ENOSPC", "EIO", "EACCES", "SIGINT", "SIGTERM")
CHANGES = ("mkdir", "rename", "remove", "rmdir", "truncate", "link", "chmod")
TOLD = {"ingest_log", "runs_history"}
"""Tables of what has happened: values that came before the settings of their run made it, and say so for ever."""
EVENTS = {"open", "os.listdir", "os.scandir", *(f"os.{change}" for change in CHANGES)}


class Points:
    """Counts points, and does at the n-th what was asked for, once."""

    def __init__(self, root: Path, fault: str, last: int) -> None:
        self.root, self.fault, self.last = str(root), fault, last
        self.count, self.on = 0, False

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Python's audit hook."""
        if self.on and event in EVENTS and arguments and str(arguments[0]).startswith(self.root):
            self.reached(str(arguments[0]))

    def reached(self, what: str) -> None:
        """One point more."""
        self.count += 1
        if self.count != self.last:
            return
        if self.fault.startswith("SIG"):
            os.kill(os.getpid(), getattr(signal, self.fault))
        else:
            raise OSError(getattr(errno, self.fault), os.strerror(getattr(errno, self.fault)), what)


class Told:
    """A connection of DuckDB whose statements are points."""

    def __init__(self, connection: Any, points: Points) -> None:
        self._connection, self._points = connection, points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __enter__(self) -> Told:
        self._connection.__enter__()
        return self

    def __exit__(self, *error: object) -> Any:
        return self._connection.__exit__(*error)

    def execute(self, *given: Any) -> Any:
        """A statement; a fault of the disk comes as DuckDB's own error."""
        import duckdb

        try:
            self._points.reached("a statement")
        except OSError as error:
            raise duckdb.IOException(f"IO Error: could not write to the file: {error.strerror}") from None
        self._connection.execute(*given)
        return self

    def cursor(self) -> Told:
        """Another one on the same store."""
        return Told(self._connection.cursor(), self._points)


def attempt(home: Path, fault: str, last: int) -> dict[str, Any]:
    """One refit of the home in a process of its own: its exit code, what it said, how many points it came to."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        code, said, points = 70, "", Points(home, fault, last)
        try:
            code, said = _refit(home, points)
        finally:
            os.write(write, json.dumps({"code": code, "said": said[-1500:], "points": points.count}).encode())
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return json.loads(told) if told else {"code": None, "said": "", "points": 0}


def _refit(home: Path, points: Points) -> tuple[int, str]:
    import io

    import duckdb

    from pipeline.cli.main import main

    connect = duckdb.connect
    duckdb.connect = lambda *given, **named: Told(connect(*given, **named), points)
    sys.addaudithook(points.hook)
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        points.on = True
        try:
            code = main(["--home", str(home), "refit"])
        finally:
            points.on = False
    return code, said.getvalue()


def tables(published: Path) -> dict[str, str]:
    """A digest of each published table, moments apart."""
    import duckdb

    asked = "SELECT table_name FROM duckdb_tables() ORDER BY 1"
    moments = "COLUMNS(lambda c: NOT (c LIKE '%_at' OR c IN ('valid_from', 'valid_to', 'as_of', 'seconds', 'source_uri')))"
    with duckdb.connect(str(published), read_only=True, config={"threads": 1}) as connection:
        names = [row[0] for row in connection.execute(asked).fetchall()]
        each = [f"SELECT '{name}', count(*), bit_xor(hash(t)) FROM (SELECT {moments} FROM {name}) AS t" for name in names]
        return {name: str(found) for name, *found in connection.execute(" UNION ALL ".join(each)).fetchall()} if each else {}


def left_behind(home: Path) -> tuple[list[Any], int]:
    """What a fault leaves: every file with its size, the rows of the store and of the published file; and failed studies."""
    files = sorted([str(p.relative_to(home)), p.stat().st_size] for p in home.rglob("*") if p.is_file() and p.suffix != ".jsonl")
    stores = [home / "work.duckdb", home / "published.duckdb"]
    rows = [tables(store) for store in stores if store.exists()]
    for each in rows:
        each.pop("schema_version", None)  # the moment at which a store was made
    return [files, rows], failures_stored(home) if stores[0].exists() else 0


def failures_stored(home: Path) -> int:
    """Studies that are marked as failed."""
    import duckdb

    with duckdb.connect(str(home / "work.duckdb"), read_only=True) as connection:
        found = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'studies'").fetchall()
        if not found[0][0]:
            return 0
        return int(connection.execute("SELECT count(*) FROM studies WHERE failure IS NOT NULL").fetchall()[0][0])


def _separately(function: Any, *given: Any) -> Any:
    """What a function answers in a process of its own: DuckDB's threads do not survive a fork. An error there is one here."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            told = json.dumps({"answer": function(*given)})
        except BaseException as error:
            told = json.dumps({"error": repr(error)})
        with os.fdopen(write, "w") as back:
            back.write(told)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        found = json.loads(pipe.read())
    os.waitpid(child, 0)
    if "error" in found:
        raise RuntimeError(found["error"])
    return found["answer"]


def prepared(template: Path, place: Path) -> Path:
    """A home after a refit without a fault; what it imports, derives of the laws and answers is here for all that are forked."""
    import pipeline.compute

    whole, answers = place / "whole", place / "answers"
    answers.mkdir()
    pipeline.compute.mapper = Kept(answers).mapper  # type: ignore[assignment] - a map of one process in the place of a factory
    shutil.copytree(template, whole)
    for name in _separately(lambda: _refit(whole, Points(whole, "none", 0)) and sorted(sys.modules)):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    from pipeline.laws import laws
    from pipeline.laws.book import law_rows
    from pipeline.laws.engine.compile import version

    law_rows()
    for law in laws.values():
        version(law)
    return whole


def run(template: Path, asked: list[tuple[str, float]]) -> Iterator[dict[str, Any]]:
    """For each fault and part of the points: what the disturbed refit said, and whether the next one made everything right."""
    with tempfile.TemporaryDirectory() as place:
        whole, home = prepared(template, Path(place)), Path(place) / "home"
        shutil.copytree(template, home)
        points = attempt(home, "none", 0)["points"]
        expected = _separately(tables, whole / "published.duckdb")
        known: dict[str, dict[str, Any]] = {}
        for fault, part in asked:
            shutil.rmtree(home)
            shutil.copytree(template, home)
            last = int(part * points) if part < 1 else int(part)
            disturbed = attempt(home, fault, last)
            left, stored = _separately(left_behind, home)
            hooked, left = (home / "hooked").exists(), json.dumps(left)
            if left not in known:
                again = attempt(home, "none", 0)
                found = _separately(tables, home / "published.duckdb")
                differ = sorted(name for name in expected | found if expected.get(name) != found.get(name))
                known[left] = {"again": again["code"], "differ": differ}
            same = set(known[left]["differ"]) <= (TOLD if disturbed["code"] in (0, 1) else set())
            yield {"point": last, "fault": fault, **disturbed, "failures": stored, "hooked": hooked, **known[left], "same": same,
                   "states": len(known)}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Prints the answers as JSON lines."""
    import duckdb  # noqa: F401 - imported once, before the forks

    import pipeline.cli.main
    import pipeline.refit.steps
    import pipeline.store.warehouse

    pipeline.refit.steps._draw = lambda *_given: None  # type: ignore[attr-defined]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell gives what it starts behind a & one that is ignored
    template = Path(arguments[0])
    if arguments[1] == "count":
        with tempfile.TemporaryDirectory() as place:
            prepared(template, Path(place))  # what is made once on a machine is there, as it is for all that are disturbed
            shutil.copytree(template, Path(place) / "home")
            print(json.dumps(attempt(Path(place) / "home", "none", 0)))
        return 0
    asked = [each.split(":") for each in arguments[1:]]
    for line in run(template, [(fault, float(part)) for fault, part in asked]):
        print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
