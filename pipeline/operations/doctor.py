"""lawbook doctor: what is wrong with an installation, or soon will be, each with its fix. Reads only; waits for nobody."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb

from pipeline.forecasts.coverage_band import FEWEST, band
from pipeline.home import Home
from pipeline.operations.declared import declaration_errors
from pipeline.operations.finding import Finding
from pipeline.operations.surroundings import folders, law_files, left_over, namespaces, space, unreadable
from pipeline.redaction import redacted
from pipeline.store.backups import backups
from pipeline.store.filelock import lock_is_free
from pipeline.store.history import disk_state, store_state
from pipeline.store.migrations import VERSION
from pipeline.store.statements import sql
from pipeline.store.warehouse import ELSEWHERE, holder, now
from pipeline.terminal import counted, shown

RECENT, AHEAD = timedelta(days=7), timedelta(minutes=5)
PACKAGES = ("lawbook", "duckdb", "dagster", "polars", "pyarrow", "numpy", "scipy", "sympy")
CERTIFICATE = "see the fit's certificate (table fits) for the runs that help"
OPTIONAL = ("mlflow", "mlflow-skinny", "tensorboard", "dask", "s3fs")
"""What readers, workers and object stores use where it is installed."""


def examine(home: Home) -> list[Finding]:
    """Every finding, in the order in which a person would mend them. Never raises for what is wrong with the home."""
    if not home.root.is_dir():
        return [
            *_versions(),
            Finding("home", "error", f"{home.root} is not there", "run `lawbook refit`, or name it with --home"),
        ]
    found = [*_versions(), *_lock(home), *space(home), *_store(home), *left_over(home), *unreadable(home), *namespaces(home)]
    found += [*folders(home), *law_files(home), *_declared(home)]
    if home.published_db.exists() and not home.published_db.is_file():
        return found  # told among the folders
    if not home.published_db.exists():
        return [*found, Finding("published", "error", f"{home.published_db} is not there", "run `lawbook refit`")]
    try:
        with duckdb.connect(str(home.published_db), read_only=True) as connection:
            for look in PUBLISHED:
                found += look(connection)
    except duckdb.Error as error:
        held = "lock" in str(error).lower()
        message = f"{home.published_db} is open for writing in another program" if held else f"{home.published_db}: {error}"
        fix = "close it there, or open it read-only" if held else "run `lawbook refit`, which publishes it anew"
        found.append(Finding("published", "error", message, fix))
    return found


def _versions() -> Iterator[Finding]:
    names = []
    for package in (*PACKAGES, *OPTIONAL):
        try:
            names.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            if package in OPTIONAL:
                continue
            yield Finding("versions", "error", f"{package} is not installed", "run `make run`, or pip install lawbook")
    yield Finding("versions", "ok", f"Python {platform.python_version()}, {', '.join(names)}, store schema {VERSION}")


def _lock(home: Home) -> Iterator[Finding]:
    path = home.root / "work.lock"
    if not path.is_file():
        yield Finding("lock", "ok", "no process has written here yet")
        return
    try:
        free = lock_is_free(path)
    except OSError as error:
        fix = "put the home on a disk of this machine, and give this user the right to read it"
        yield Finding("lock", "error", f"{path} cannot be locked: {error.strerror}", fix)
        return
    if not free:
        fix = "let it finish; if it hangs, stop that process: the next start goes on from the last stored step"
        yield Finding("lock", "warn", f"the store is being written by {holder(path)}", fix)
        return
    yield Finding("lock", "ok", "no process is writing the store")


def _store(home: Home) -> Iterator[Finding]:
    """Opens the store for reading where nobody writes it; a damaged one names its newest backup."""
    if not home.work_db.is_file():
        return
    try:
        with duckdb.connect(str(home.work_db), read_only=True) as connection:
            found = connection.execute(sql("select_schema_version")).fetchall()[0][0]
            latest = connection.execute(sql("select_latest_moment")).fetchall()[0][0]
            state = store_state(connection) if found == VERSION else disk_state(home)
    except duckdb.Error as error:
        if "lock" in str(error).lower():
            if lock_is_free(home.root / "work.lock"):
                yield Finding("store", "error", f"{home.work_db} is open in another program", ELSEWHERE)
            return
        kept = backups(home)
        back = f"copy {kept[-1].name} over work.duckdb" if kept else "move work.duckdb away"
        fix = f"{back}, then run `lawbook refit`: it takes the logs that are missing, and nothing twice"
        yield Finding("store", "error", f"{home.work_db} does not open: {str(error).splitlines()[0]}", fix)
        return
    if found != VERSION:
        fix = "the next `lawbook refit` migrates it after a backup" if found < VERSION else "install the newer Lawbook again"
        yield Finding("store", "warn", f"schema version {found}, this program knows {VERSION}", fix)
    else:
        yield Finding("store", "ok", f"opens, schema version {found}")
    if latest and latest > datetime.now(UTC).replace(tzinfo=None) + AHEAD:
        fix = "set the machine's clock right; what is stored until it has caught up gets times one tick apart"
        yield Finding("clock", "warn", f"the store's newest time is {latest:%Y-%m-%d %H:%M} UTC, ahead of this clock", fix)
    if state < disk_state(home):
        fix = "move work.duckdb away and run `lawbook refit`: it is made anew from the history, and nothing is lost"
        yield Finding("history", "error", f"the store is older than its history (state {state} of {disk_state(home)})", fix)


def _declared(home: Home) -> Iterator[Finding]:
    for error in declaration_errors(home):
        yield Finding("declarations", "error", str(error), error.fix or "correct that file")


def _stale(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    for study, failure, fix, since in connection.execute(sql("select_stale_studies")).fetchall():
        old = f"; its plans are stale since {since:%Y-%m-%d %H:%M} UTC" if since else ""
        yield Finding("plans", "error", f"study {study}: {failure or 'newer data could not be fitted'}{old}", fix or CERTIFICATE)


def _unusable(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    for study, reasons, fix in connection.execute(sql("select_unusable_studies")).fetchall():
        yield Finding("fits", "warn", f"study {study} has no fit that can be used: {reasons}", fix or CERTIFICATE)


def _quarantine(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    for reason, refused, example in connection.execute(sql("select_recent_refusals"), {"since": now() - RECENT}).fetchall():
        fix = f"look at quarantine where reason = '{reason}', mend the rows (docs/logs.md) and drop the file again"
        yield Finding(
            "quarantine", "warn", f"{counted(refused, 'row')} refused in seven days: {reason}, e.g. in {Path(example).name}", fix
        )


def _calibration(connection: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    """Coverage of the selected laws' 90 % intervals outside the band that chance allows."""
    for study, cohort, law, kind, count, covered in connection.execute(sql("select_calibration_counts")).fetchall():
        low, high = band(count)
        if count >= FEWEST and not low <= covered / count <= high:
            where = f"{study}{f' [{cohort}]' if cohort else ''}, {law}, {kind}"
            fix = "read its intervals with care; add runs near the budgets that you plan, or a law that fits them"
            yield Finding("calibration", "warn", f"{where}: {covered} of {count} forecasts inside their 90 % interval", fix)


PUBLISHED: tuple[Callable[[duckdb.DuckDBPyConnection], Iterator[Finding]], ...] = (_stale, _unusable, _quarantine, _calibration)


def text(found: list[Finding]) -> str:
    """The findings for a person: one line each, the fix below."""
    lines = []
    for finding in found:
        lines.append(f"{finding.state:<5} {finding.check}: {shown(redacted(finding.message))}")
        if finding.fix:
            lines.append(f"      fix: {shown(redacted(finding.fix))}")
    wrong = sum(finding.state != "ok" for finding in found)
    return "\n".join([*lines, "all is well" if not wrong else f"{wrong} to look at"])
