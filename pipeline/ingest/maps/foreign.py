"""Maps beside a log that write into a namespace of another folder: whoever drops a file there may change the runs of others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import MapError
from pipeline.home import Home
from pipeline.ingest.maps.maps import read_map
from pipeline.ingest.sources.discover import PROJECT_NAMESPACE
from pipeline.ingest.sources.mirror import MAP_BESIDE, folder_of
from pipeline.ingest.sources.trackers import spool

FIX = "take `namespace` out of that map; where it is meant, move the map to the home's maps/, which is yours alone"


def owners(home: Home) -> dict[str, Path]:
    """The folder of each namespace: those of the inbox, the watched ones, copies of stores and trackers, the project's."""
    inbox = {folder.name: folder for folder in home.inbox.iterdir() if folder.is_dir()} if home.inbox.is_dir() else {}
    copies = {namespace: folder_of(home, namespace) for namespace in home.watched_urls}
    tracked = {namespace: spool(home, namespace) for namespace in home.config.trackers}
    return {PROJECT_NAMESPACE: home.project_runs, **inbox, **copies, **tracked, **home.watched_folders}


def foreign(home: Home, beside: Path) -> str | None:
    """What a map beside a log does in a namespace of another folder, in words; None where it stays in its own or in a new one."""
    try:
        namespace = read_map(beside).body.namespace
    except MapError:
        return None  # told where the file is read
    owner = owners(home).get(namespace) if namespace else None
    if owner is None or beside.is_relative_to(owner):
        return None
    return f"{beside} writes into namespace {namespace!r}, which is that of {owner}: runs of one name become one run"


def foreign_maps(home: Home) -> Iterator[str]:
    """Every such map in the inbox, the watched folders and the copies of object stores."""
    copies = [folder_of(home, namespace) for namespace in home.watched_urls]
    for folder in (home.inbox, *home.watched_folders.values(), *copies):
        yield from filter(None, (foreign(home, beside) for beside in sorted(folder.rglob(f"*{MAP_BESIDE}"))))
