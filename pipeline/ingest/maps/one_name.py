"""Logs of different folders that a map calls by one name, so that they are one run: probably runs of their own."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pipeline.errors import MapError
from pipeline.ingest.maps.maps import MapBook, file_name
from pipeline.ingest.sources.found import Found

NAMES: dict[str, Callable[[Path], str]] = {"file_name": file_name, "folder": lambda path: path.parent.name}
"""What a map's `run_id` may be that is the same for logs of several folders."""


def of_one_name(logs: Iterable[Found], book: MapBook, given: Path | None) -> Iterator[str]:
    """A sentence for each name that several logs would have, with the fix. `given` is the map that reads them all."""
    called: dict[tuple[str, str, str], list[Path]] = {}
    for log in logs:
        for said, namespace in _named_by_place(log, book, given):
            called.setdefault((namespace, said, NAMES[said](log.path)), []).append(log.path)
    for (_, said, name), paths in called.items():
        folders = sorted({path.parent.as_posix() for path in paths})
        if len(folders) > 1:
            same = f"run_id = {said!r} is the same in {folders[0]} and {folders[1]}"
            fix = 'where each is a run of its own, say run_id = "folder_path" in the map'
            yield f"{len(paths)} logs would be one run, {name!r}: {same}; {fix}"


def _named_by_place(log: Found, book: MapBook, given: Path | None) -> Iterator[tuple[str, str]]:
    """What calls the runs of a log, and their namespace; of a map that cannot be read the report speaks elsewhere."""
    try:
        maps = book.find(log.path, given)
    except MapError:
        return
    for item in maps:
        if (said := item.body.columns.get("run_id", "").strip()) in NAMES:
            yield said, item.body.namespace or log.namespace
