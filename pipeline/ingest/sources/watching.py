"""Has anything that a refit reads changed? One look at the folders, without opening the store."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from pipeline.home import Home
from pipeline.ingest.load.reading import copy_rules
from pipeline.ingest.maps.maps import MapBook
from pipeline.ingest.sources.discover import discover
from pipeline.ingest.sources.found import Found
from pipeline.ingest.sources.mirror import news
from pipeline.ingest.sources.trackers import poll
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.terminal import counted

LISTED_EVERY = 30.0
"""Seconds between two lists of an object store: a list of many objects takes time, and stores charge for it."""

UNREADABLE = "unreadable "
"""Of a file that could not be read at a look: it is tried again at each, for its rights may change and not its time."""


@dataclass(frozen=True)
class Seen:
    """New files that have stopped growing, the key of the run that they ask for, and what to remember until the next look."""

    new: list[str]
    run_key: str
    cursor: str
    reason: str


def look(home: Home, cursor: str = "") -> Seen:
    """Compares the folders with the last look and with the files that are already taken.

    A file is ripe when it has the same size and time at two looks. Its run key holds its content's hash, so the same content
    asks only once; content that the published ingest log knows asks not at all, unless it is read with files beside it.
    """
    before: dict[str, list[object]] = json.loads(cursor) if cursor else {}
    taken, unreachable = _taken(home), poll(home)
    now: dict[str, list[object]] = {}
    ripe = _objects(home, before, now, unreachable)
    growing = 0
    for found in _watched(home):
        stamp: list[object] = [found.size, f"{found.mtime_ns}{found.beside}" if found.beside else found.mtime_ns]
        known = before.get(found.source_uri, [])
        if known[:2] != stamp:
            growing += 1
            now[found.source_uri] = stamp
            continue
        told = str(known[2]) if len(known) > 2 else ""
        content = told if told and not told.startswith(UNREADABLE) else _content(found)
        now[found.source_uri] = [*stamp, content]
        if content != told and content not in taken:
            ripe.append((found.source_uri, content))
    reason = "; ".join([f"{counted(growing, 'file')} may still be growing" if growing else "nothing new", *unreachable])
    return Seen([place for place, _ in ripe], short_hash(*sorted(c for _, c in ripe)), json.dumps(now), reason)


def _content(found: Found) -> str:
    """What a file holds; of one that cannot be read its place, which asks once, so that the ingest says why."""
    try:
        return f"{found.content_hash}{found.beside}"
    except OSError:
        return f"{UNREADABLE}{found.source_uri}"


def _objects(
    home: Home, before: dict[str, list[object]], now: dict[str, list[object]], unreachable: list[str]
) -> list[tuple[str, str]]:
    """What is new in the object stores; the same news ask once. An object is whole when it is listed: there is no growing one."""
    ripe = []
    for namespace, url in home.watched_urls.items():
        listed_at, asked = before.get(url, [0.0, ""])
        if 0 <= time.time() - float(str(listed_at)) < LISTED_EVERY:
            now[url] = before[url]
            continue
        new, errors = news(home, namespace, copy_rules(home, MapBook(home)))
        unreachable += errors
        content = short_hash(*(f"{item.key} {item.mark}" for item in new))
        now[url] = [time.time(), content]
        if new and content != asked:
            ripe += [(f"{url}/{item.key}", f"{item.key} {item.mark}") for item in new]
    return ripe


def _watched(home: Home) -> Iterator[Found]:
    """Logs, and the declarations that a refit reads: studies, maps, laws, settings."""
    yield from discover(home)
    folders = (home.studies, home.maps, home.laws, home.project_studies, home.project_maps)
    found = (path for folder in folders for path in sorted(folder.glob("*.*")) if path.suffix in (".toml", ".py"))
    declared = [path for path in found if path.is_file()]  # not a pipe, which nobody could hash
    settings = home.root / "config.toml"
    for path in [*declared, *([settings] if settings.exists() else [])]:
        state = path.stat()
        yield Found(path, "", state.st_size, state.st_mtime_ns)


def _taken(home: Home) -> set[str]:
    if not home.published_db.exists():
        return set()
    try:
        with duckdb.connect(str(home.published_db), read_only=True) as connection:
            return {row[0] for row in connection.execute(sql("select_taken_files")).fetchall()}
    except duckdb.Error:  # it was replaced while it was opened; the ingest itself knows what is taken
        return set()
