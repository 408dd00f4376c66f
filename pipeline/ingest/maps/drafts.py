"""Drafts of maps for the files of the inbox that no reader and no map knows: one for all files that it would read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import MapError
from pipeline.home import Home
from pipeline.ingest.load.reading import first_look, map_draft
from pipeline.ingest.maps.maps import MapBook, read_map
from pipeline.ingest.sources.discover import discover
from pipeline.readers.shape import Refused

NO_NAME = re.compile(r"[^a-z0-9_.]+")


@dataclass(frozen=True)
class DraftedMap:
    """A map that was written, and the files that it reads."""

    path: Path
    files: tuple[Path, ...]


def write_drafts(home: Home) -> tuple[list[DraftedMap], list[Path]]:
    """Writes a map for each kind of unknown files into maps/ of the home, and replaces none.

    Returns the maps with the files that each reads, and the files for which none can be drawn.
    """
    written: list[DraftedMap] = []
    unread: list[Path] = []
    unknown = list(_unknown(home))
    while unknown:
        first, *others = unknown
        drawn = _written(home, first, unknown)
        if drawn:
            written.append(drawn)
        else:
            unread.append(first)
        unknown = [path for path in others if not (drawn and path in drawn.files)]
    book = MapBook(home)
    return written, [path for path in unread if not book.is_beside(path)]


def _unknown(home: Home) -> Iterator[Path]:
    """The files that nobody knows, in the order of their paths."""
    book = MapBook(home)
    for found in discover(home, [home.inbox]):
        try:
            if not book.is_beside(found.path) and first_look(found, book.find(found.path)) is None:
                yield found.path
        except (MapError, Refused):
            continue  # `check` and `refit` name it


def _written(home: Home, path: Path, unknown: list[Path]) -> DraftedMap | None:
    """The map drawn from one file; None where none can be drawn, or what was drawn is no map."""
    if not (text := map_draft(path)):
        return None
    home.maps.mkdir(parents=True, exist_ok=True)
    target = _free(home.maps, NO_NAME.sub("-", f"{path.parent.name}-{path.name.partition('.')[0]}".lower()).strip("-._") or "map")
    target.write_text(f"{text}\n", encoding="utf-8")
    try:
        drawn = read_map(target)
    except MapError:
        target.unlink()
        return None
    return DraftedMap(target, tuple(other for other in unknown if other == path or drawn.matches(other)))


def _free(folder: Path, name: str) -> Path:
    paths = (folder / f"{name}{f'-{number}' if number else ''}.toml" for number in range(10_000))
    return next(path for path in paths if not path.exists())
