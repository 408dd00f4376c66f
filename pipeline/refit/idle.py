"""A refit that has nothing to do, known without opening the store: what it would read is as it was when one found all current.

Names, sizes and times are compared, as make and git do; what a look at them cannot decide (a server, an object store, a link to
a folder, a file of this very moment) is left to the refit itself, which compares contents.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.home import Home
from pipeline.places import PACKAGE, SHIPPED

CODE = (PACKAGE, SHIPPED / "sql", SHIPPED / "data")
UNSETTLED = 100_000_000
"""Nanoseconds after its change in which a file may change again without another time."""
REMEMBERED = "idle.json"


class Idle:
    """What a refit of the home would read and has written, as it is now, beside what was remembered of the last one."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.kept = home.root / REMEMBERED
        self.read = inputs(home)

    def answer(self) -> dict[str, Any] | None:
        """What a refit would say that finds all current; None where only a refit can tell. Records the event as a refit does."""
        from pipeline.journal import record

        found = self.kept_answer()
        if found is not None:
            record(self.home, "refit", refitted=[], failed=[], published=False, quarantined=0)
        return found

    def kept_answer(self) -> dict[str, Any] | None:
        """The same, and nothing is recorded: an answer says too that what is declared has been read without an error."""
        try:
            kept = json.loads(self.kept.read_text(encoding="utf-8"))
            read, written, answer = kept["read"], kept["written"], kept["answer"]
            said = {"json": answer["json"], "text": str(answer["text"])}
        except (OSError, ValueError, LookupError, TypeError):  # cut, or written by another hand
            return None
        return said if self.read is not None and (read, written) == (self.read, outputs(self.home)) else None

    def remember(self, answer: dict[str, Any]) -> None:
        """Keeps the answer of the next refit, unless another process has written the store since this one did."""
        written = outputs(self.home)
        if self.read is None or written is None or not _ours(self.home):
            return
        unfinished = self.kept.with_suffix(".tmp")
        unfinished.write_text(
            json.dumps({"read": self.read, "written": written, "answer": answer}, default=str), encoding="utf-8"
        )
        unfinished.replace(self.kept)


def inputs(home: Home) -> str | None:
    """A hash of the names, sizes and times of logs, declarations, code and packages; None where these do not tell all."""
    if home.config.trackers or home.watched_urls:
        return None
    places = [home.inbox, home.maps, home.studies, home.laws, *home.watched_folders.values()]
    places += [*([home.config.hardware] if home.config.hardware else []), *CODE]
    packages = Path(sysconfig.get_paths()["purelib"]).stat().st_mtime_ns
    hashed = hashlib.blake2b(f"{sys.version} {packages}".encode(), digest_size=16)
    hashed.update(_settings(home))
    begun = time.time_ns()
    for place in places:
        for path, state in _files(os.fspath(place)):
            if state is None or begun - state.st_mtime_ns < UNSETTLED:
                return None
            hashed.update(f"{path}\0{state.st_size} {state.st_mtime_ns}\0".encode(errors="surrogateescape"))
    return hashed.hexdigest()


def _settings(home: Home) -> bytes:
    """The settings themselves: a new home's are of this very moment."""
    try:
        return (home.root / "config.toml").read_bytes()
    except OSError:
        return b""


def outputs(home: Home) -> list[list[int]] | None:
    """Sizes and times of the store, the published file and the report; None where one is missing."""
    try:
        states = [path.stat() for path in (home.work_db, home.published_db, home.report)]
    except OSError:
        return None
    return [[state.st_ino, state.st_size, state.st_mtime_ns] for state in states]


def _files(place: str) -> Iterator[tuple[str, os.stat_result | None]]:
    """Files at or below a place in order, with what the disk says of them; None of a link to a folder, or what cannot be read."""
    try:
        if not os.path.isdir(place):  # noqa: PTH112 - a thousand files are looked at before the first word is said
            if os.path.lexists(place):
                yield place, os.stat(place)  # noqa: PTH116
            return
        with os.scandir(place) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        yield place, None
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name.endswith((".toml", ".py")):
                yield entry.path, None  # a refit says what is wrong with it
            elif entry.name != "__pycache__":
                yield from _files(entry.path)
        else:
            state = _state(entry)
            yield entry.path, None if state and stat.S_ISDIR(state.st_mode) else state


def _state(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:  # it has gone, or is a link that leads nowhere or to itself
        return None


def _ours(home: Home) -> bool:
    """Whether this process was the last that wrote the store."""
    try:
        held = json.loads((home.root / "work.lock").read_text(encoding="utf-8"))["pid"]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return bool(held == os.getpid())
