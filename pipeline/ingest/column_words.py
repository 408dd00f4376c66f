"""What becomes of each column of a log, in words: for `lawbook check`."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pipeline.ingest.load.reading import Way
from pipeline.ingest.maps.beside import Placed
from pipeline.readers import read_log
from pipeline.readers.native import canonical
from pipeline.readers.parts import LABELS, Part
from pipeline.schema import MEASUREMENTS, RUNS
from pipeline.store.statements import Fragment, quote

TAG, LEFT = "tags", "left out"


def column_words(way: Way, log: Placed, run: str) -> list[str]:
    """A line for each column of the file and what it becomes; tags, and columns that nothing reads, in a line each."""
    if way.reader:
        found = dict(way.reader.columns(log.path)) or _of_frames(way, log.path, run)
        return [way.reader.says, *_lines({name: _role(column) for name, column in found.items()})]
    assert way.shape is not None
    names = list(way.shape.types)
    parts = way.parts([log], Fragment("staged"), way.shape)
    if way.maps:
        lines = [f"{name}: {' '.join(text.split())}" for item in way.maps for name, text in item.body.columns.items()]
        used = " ".join(_statements(parts))
        return [*lines, *_lines({name: LEFT for name in names if quote(name) not in used})]
    return _lines({name: _native(name, part) for part in parts for name in names})


def _of_frames(way: Way, path: Path, run: str) -> Mapping[str, str]:
    """The columns that a reader has made of a log whose own have no header."""
    assert way.reader is not None
    frames = read_log(way.reader, path, run).frames()
    return {name: name for frame in frames.values() for name in frame.columns if name != "row_number"}


def _native(name: str, part: Part) -> str:
    column = canonical(name)
    if part.kind in ("runs", "measurements"):
        tags = {tag for tag, _ in part.tags}
        labels = set(LABELS) | {"value"} if part.kind == "measurements" else set()
        known = column in part.columns or column in labels or column.startswith("metric:")
        return _role(column) if known else TAG if name in tags else LEFT
    return column if column in part.columns else LEFT


def _role(column: str) -> str:
    if column.startswith("metric:"):
        metric, _, where = column.removeprefix("metric:").partition("@")
        return " ".join(["metric", metric, *(part for part in where.split("/") if part)])
    return column if column in RUNS or column in MEASUREMENTS else TAG


def _lines(roles: Mapping[str, str]) -> list[str]:
    """One column a line; those that become tags together, and those that become nothing."""
    together = {role: [name for name, found in roles.items() if found == role] for role in (TAG, LEFT)}
    lines = [f"{name}: {role}" for name, role in roles.items() if role not in together]
    return lines + [f"{role}: {', '.join(names)}" for role, names in together.items() if names]


def _statements(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        yield from (found.sql for found in part.columns.values())
        yield from (found.sql for value in part.values for found in (value.metric, value.split, value.task, value.value))
        yield from (source for _, source in part.tags)
        if part.keep is not None:
            yield part.keep.sql
