"""How each file is to be read: with which maps or reader, and of which shape; files read alike share a batch."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.home import Home
from pipeline.ingest.load.batch import LogFile
from pipeline.ingest.maps.beside import Placed
from pipeline.ingest.maps.maps import Map, MapBook
from pipeline.ingest.sources.found import Found
from pipeline.ingest.sources.mirror import Rules
from pipeline.readers import READERS, Reader, reader_for
from pipeline.readers.declared_pattern import pattern_shape
from pipeline.readers.drafts.asked import series_beside_steps
from pipeline.readers.drafts.nearest import DRAFT, line_draft, nearest_formats
from pipeline.readers.drafts.nearest_table import table_draft
from pipeline.readers.json_table import json_shape
from pipeline.readers.native import native_kind, native_part
from pipeline.readers.parts import Part
from pipeline.readers.settings import STEMS
from pipeline.readers.shape import Refused, Shape, is_binary, read_head, shape_of, table_format
from pipeline.readers.sqlite import MAGIC
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import Fragment

MOST_FILES, MOST_BYTES = 1000, 256 << 20
PACKED = (".zst", ".bz2", ".xz", ".lz4", ".zip", ".tar", ".tgz", ".7z")
NAMED_JSON = re.compile(r"\.(?:runs|measurements|pools|pool_members)\.json(?:\.gz)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Way:
    """A way to read a file; equal ways can share a transaction."""

    kind: str = ""  # of a native file
    shape: Shape | None = None
    maps: tuple[Map, ...] = ()
    reader: Reader | None = None
    others: tuple["Way", ...] = ()  # maps of the same file that read it in another shape

    @property
    def every_map(self) -> tuple[Map, ...]:
        """The maps of all shapes."""
        return sum((way.maps for way in self.others), self.maps)

    @property
    def growing(self) -> bool:
        """Whether half a row may stay in the store: the next version corrects the row of a run, not a point at another place."""
        return self.kind == "measurements" or any(item.body.kind == "measurements" for item in self.maps)

    @property
    def name(self) -> str:
        """Source format, as it is logged."""
        if self.reader:
            return self.reader.name
        return "map:" + "+".join(item.path.stem for item in self.every_map) if self.maps else f"native {self.kind}"

    def digest(self, log: Placed) -> str:
        """Name and version of the way: a changed map makes a file be read again."""
        return self.name + "".join(item.stamp(log) for item in self.every_map)

    def beside(self, path: Path) -> tuple[Path, ...]:
        """The files that are read with a log: its reader's companions, the configurations of its maps."""
        companions = self.reader.companions(path) if self.reader else ()
        return (*companions, *dict.fromkeys(found for item in self.every_map for found in item.beside(path)))

    def parts(self, logs: Sequence[Placed], relation: Fragment, shape: Shape) -> list[Part]:
        """The parts that files of that shape hold, staged in `relation`."""
        if self.maps:
            return [item.part(relation, shape, logs) for item in self.maps]
        return [native_part(self.kind, relation, shape)]


@dataclass(frozen=True)
class Task:
    """A file, the way to read it, and what its place calls the run."""

    file: LogFile
    way: Way
    run: str = ""


def first_look(found: Found, maps: Sequence[Map]) -> Way | None:
    """The way to read a file, without its shape; None where nobody knows it. Looks at the name and the first bytes only.

    `maps`: those that are meant for the file.
    """
    if maps:
        return Way(maps=tuple(maps))
    kind = native_kind(found.path)
    if kind:
        return Way(kind=kind)
    reader = reader_for(found.path, b"" if found.size == 0 else read_head(found.path))
    return Way(reader=reader) if reader else None


def copy_rules(home: Home, book: MapBook) -> Rules:
    """Which objects of a watched object store are copied: of large ones only what a map or a reader knows by its first bytes."""

    def is_log(path: Path, start: bytes) -> bool:
        if path.suffix.lower() == ".gz" or start.startswith((MAGIC, b"PAR1")):
            return True  # what it is stands behind its first bytes
        return bool(book.find(path)) or bool(native_kind(path)) or reader_for(path, start) is not None

    maps = [item.digest for level in book.levels for item in level]
    return Rules(home.config.largest_file, is_log, short_hash(*maps, *(reader.name for reader in READERS)))


def with_shape(way: Way, path: Path) -> Way:
    """The way with the file's shape; Refused where the file as a whole cannot be read."""
    if way.reader:
        return way
    groups: dict[tuple[str | None, str | None, int], list[Map]] = {}
    for item in way.maps:
        groups.setdefault((item.body.pattern, item.body.delimiter, item.body.skip), []).append(item)
    ways = [Way(way.kind, _shape(path, *how), tuple(maps)) for how, maps in groups.items()]
    return replace(ways[0], others=tuple(ways[1:])) if ways else Way(way.kind, shape_of(path))


def _shape(path: Path, pattern: str | None, delimiter: str | None, skip: int) -> Shape:
    if pattern is not None:
        return pattern_shape(pattern)
    return json_shape(path) if table_format(path) == "json" else shape_of(path, delimiter, skip, nested=True)


def unknown(path: Path) -> Refused:
    """Why a file that nobody knows is refused, and the fix."""
    if (packed := path.suffix.lower()) in PACKED:
        fix, near = f"unpack it, or pack each file as .gz: what is in a {packed} is not read", ""
    elif table_format(path):
        one_a_line = "write one object a line and name it .jsonl" if NAMED_JSON.search(path.name) else ""
        fix = f"{one_a_line or 'name it *.runs.* or *.measurements.*'}, or add a map"
        if path.stem.lower() in STEMS:
            fix += f"; where it holds the settings of the log beside it, say beside = {path.name!r} in the map of that log"
        near = series_beside_steps(path)
    else:
        head = read_head(path)
        coded = "; it is UTF-16 or binary: save it as UTF-8 where it is a log" if is_binary(head) else ""
        fix, near = f"docs/logs.md lists the formats{coded}", nearest_formats(path, head)
    drawn = map_draft(path)
    parts = [f"no reader and no map knows {path.name!r}", fix, near, f"{DRAFT}\n{drawn}" if drawn else ""]
    return Refused("unrecognised", "; ".join(part for part in parts if part))


def map_draft(path: Path) -> str:
    """A map that would read a file that nobody knows, as TOML for a person to look at; empty where none can be drawn."""
    if path.suffix.lower() in PACKED:
        return ""
    return table_draft(path) if table_format(path) else line_draft(path, read_head(path))


ORDER = ("pools", "pool_members", "runs")


def runs_first(found: Found) -> int:
    """Sorts runs before their measurements, so that a run does not enter as a stub first."""
    kind = native_kind(found.path)
    return ORDER.index(kind) if kind in ORDER else len(ORDER)


def batches(tasks: Iterable[Task]) -> Iterator[Sequence[Task]]:
    """Tasks of one way together, in order, up to a thousand small files; a large file stands alone."""
    groups: dict[object, list[Task]] = {}
    sizes: dict[object, int] = {}
    for task in tasks:
        way = task.way
        shapes = (way.shape, *(other.shape for other in way.others))
        key = (way.kind, shapes, tuple(item.digest for item in way.every_map), way.name)
        group = groups.setdefault(key, [])
        if group and (len(group) >= MOST_FILES or sizes[key] + task.file.size > MOST_BYTES):
            yield groups.pop(key)
            group = groups.setdefault(key, [])
        sizes[key] = task.file.size + (sizes[key] if group else 0)
        group.append(task)
    yield from groups.values()
