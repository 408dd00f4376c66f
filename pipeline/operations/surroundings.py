"""What the doctor sees around the store: space and inodes, closed files, what a killed process left, Python in the home."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from pipeline.home import Home
from pipeline.ingest.maps.foreign import FIX, foreign_maps
from pipeline.operations.finding import Finding
from pipeline.store.filelock import lock_is_free
from pipeline.terminal import counted

SPARE, LEAST = 2.0, 64 * 2**20
"""Publishing and backups write the store anew: free space below twice its size, or below 64 MiB, is soon too little."""
INODES = 1000
"""Files that a refit may make: tables as Parquet, sections of the report, temporary ones."""
NAMED = 3


def space(home: Home) -> Iterator[Finding]:
    """Free space and inodes of each disk that a refit writes to: the home's, the temporary folder's, the history's."""
    used = sum(path.stat().st_size for path in home.root.rglob("*") if path.is_file())
    needed = max(LEAST, int(SPARE * (home.work_db.stat().st_size if home.work_db.exists() else 0)))
    for name, place in _places(home).items():
        state = os.statvfs(place)
        free = state.f_bavail * state.f_frsize
        held = f"the home holds {used / 2**20:.0f} MiB, " if name == "home" else ""
        message = f"{name} ({place}): {held}{free / 2**30:.1f} GiB are free"
        if not os.access(place, os.W_OK) or state.f_flag & os.ST_RDONLY:
            fix = "make it writable, or name another home with --home or LAWBOOK_HOME; what is published can be read as it is"
            yield Finding("disk", "error", f"{name}: {place} cannot be written", fix)
        elif free < needed:
            fix = "free space, or lower retention.draws_days and retention.backups in config.toml"
            yield Finding("disk", "error", f"{message}, less than the {needed / 2**20:.0f} MiB that a refit may need", fix)
        elif state.f_files and state.f_favail < INODES:
            fix = "remove small files there, or use another disk: a file system without inodes takes no new file"
            yield Finding("disk", "error", f"{message}, but only {state.f_favail} inodes", fix)
        else:
            yield Finding("disk", "ok", message)


def _places(home: Home) -> dict[str, Path]:
    """The folders by name, each disk once."""
    history = home.history if type(home.history) is type(home.root) and home.history.is_dir() else home.root
    named = {"home": home.root, "history": history, "temporary folder": Path(tempfile.gettempdir())}
    found: dict[int, str] = {}
    for name, place in named.items():
        found.setdefault(place.stat().st_dev, name)
    return {name: named[name] for name in found.values()}


def folders(home: Home) -> Iterator[Finding]:
    """What stands where a folder or a file of the home belongs: nothing is read or written there."""
    history = [home.history] if type(home.history) is type(home.root) else []
    for place in (home.inbox, home.maps, home.studies, home.root / "laws", home.published_dir, *history):
        if place.exists() and not place.is_dir():
            fix = "move it away: the next refit makes the folder"
            yield Finding("home", "error", f"{place} is no folder", fix)
    for place in (home.root / "work.lock", home.work_db, home.published_db, home.report):
        if place.exists() and not place.is_file():
            yield Finding("home", "error", f"{place} is no file", "move it away: the next refit makes the file")


def unreadable(home: Home) -> Iterator[Finding]:
    """Logs and folders that this user may not read: nothing of them is ever taken."""
    found = [path for folder in (home.inbox, *home.watched_folders.values()) for path in _closed(folder)]
    if found:
        names = ", ".join(str(path) for path in found[:NAMED]) + (", ..." if len(found) > NAMED else "")
        fix = "give this user the right to read them; mend or remove links that lead nowhere or to themselves"
        yield Finding("inbox", "warn", f"{counted(len(found), 'log or folder', 'logs or folders')} cannot be read: {names}", fix)


def _closed(folder: Path) -> Iterator[Path]:
    denied: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=lambda error: denied.append(Path(str(error.filename)))):
        yield from (Path(place, name) for name in (*folders, *files) if not os.access(Path(place, name), os.R_OK))
    yield from (path for path in denied if path.exists() and os.access(path, os.R_OK))  # may be read and not entered


def namespaces(home: Home) -> Iterator[Finding]:
    """Maps in the inbox or in a watched folder that write into the namespace of another folder."""
    yield from (Finding("namespaces", "warn", said, FIX) for said in foreign_maps(home))


def left_over(home: Home) -> Iterator[Finding]:
    """Logs of writes that did not end, beside files that nobody writes now."""
    wal = Path(f"{home.work_db}.wal")
    if wal.exists() and wal.stat().st_size and lock_is_free(home.root / "work.lock"):
        message = f"{wal.name} holds {wal.stat().st_size / 2**20:.1f} MiB of writes that have not reached the store"
        yield Finding("store", "warn", message, "leave it where it is: the next `lawbook refit` takes them over")
    wal = Path(f"{home.published_db}.wal")
    if wal.exists():
        fix = "move it away, and open published.duckdb read-only: the next publication replaces the file"
        yield Finding("published", "warn", f"{wal.name}: another program has written into the published file", fix)


def law_files(home: Home) -> Iterator[Finding]:
    """Laws of the home are Python, and run with the rights of whoever runs lawbook."""
    files = sorted((home.root / "laws").glob("*.py"))
    if not files:
        return
    if not home.config.allow_law_files:
        yield Finding("laws", "ok", f"{counted(len(files), 'law file is', 'law files are')} not loaded: allow_law_files = false")
        return
    others = [path.name for path in files if path.stat().st_mode & 0o022]
    fix = "keep the folder writable for yourself alone, or say allow_law_files = false in config.toml"
    if others:
        yield Finding("laws", "error", f"{', '.join(others)}: others may write this Python, which runs with your rights", fix)
    else:
        names = ", ".join(path.name for path in files)
        yield Finding(
            "laws", "ok", f"{counted(len(files), 'law file runs', 'law files run')} as Python with your rights: {names}"
        )
