"""Logs that take time are read ahead by workers: each reads its own file and writes Parquet, the one loader takes them in order.

Only what a worker has read without any trouble is used; of everything else the loader reads the log itself, and refuses what is
wrong as it always does. So the rows, the reasons and the counts are those of an ingest without workers.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path

import duckdb
import polars as pl

from pipeline.compute import MapLike, is_local
from pipeline.errors import LawbookError
from pipeline.home import Home
from pipeline.ingest.load.reading import Task
from pipeline.ingest.load.streaming import LARGE, stream
from pipeline.readers import Tables, read_log
from pipeline.readers.shape import Refused, Shape
from pipeline.readers.staging import Staged, reading
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import Fragment, literal, places, plain, sql

KINDS = ("runs", "replaced", "measurements", "pools", "pool_members", "quarantined")


@dataclass(frozen=True)
class Parsed:
    """What a worker has made of one log: Parquet files by kind of row; of a table its checked rows, their number, its shape."""

    files: Mapping[str, Path] = field(default_factory=dict)
    rows: int = 0
    shape: Shape | None = None

    @property
    def complete(self) -> bool:
        """Whether the loader sees every file: a worker may have written to a disk of its own."""
        return bool(self.files) and all(path.exists() for path in self.files.values())


Ahead = Mapping[Path, Parsed]
NOTHING: Ahead = {}


def parsed_groups(home: Home, groups: Iterable[Sequence[Task]], over: MapLike) -> Iterator[tuple[Sequence[Task], Ahead]]:
    """The batches with what workers have made of their files; where the work is local nothing is read ahead."""
    if is_local(over):
        yield from ((group, NOTHING) for group in groups)
        return
    folder = home.root / "tmp" / "parsed"
    shutil.rmtree(folder, ignore_errors=True)  # of an ingest that was killed
    folder.mkdir(parents=True)
    waiting = [part for group in groups for part in _large_alone(group)]
    tasks = [task for group in waiting for task in group]
    done = iter(over(parse, tasks, [folder] * len(tasks)))
    for group in waiting:
        found = {task.file.path: parsed for task, parsed in zip(group, done, strict=False) if parsed and parsed.complete}
        yield group, found
        for path in (path for parsed in found.values() for path in parsed.files.values()):
            path.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _large_alone(group: Sequence[Task]) -> Iterator[Sequence[Task]]:
    """The batch in order, each table that a worker reads on its own."""
    for large, each in groupby(group, key=_is_large_table):
        tasks = list(each)
        yield from ([task] for task in tasks) if large else [tasks]


def _is_large_table(task: Task) -> bool:
    return task.way.shape is not None and task.file.size >= LARGE


def parse(task: Task, folder: Path) -> Parsed | None:
    """Reads one log and writes what it holds into `folder`; None where the loader had better read it itself."""
    target = folder / short_hash(task.file.content_hash, task.file.namespace, task.file.read_as, task.file.path)
    try:
        return _parse_table(task, target) if task.way.shape else _parse_log(task, target)
    except (LawbookError, Refused, duckdb.Error, OSError, pl.exceptions.PolarsError):
        return None


def streamed_by_worker(connection: duckdb.DuckDBPyConnection, path: Path, parsed: Parsed) -> Staged:
    """The checked rows of a table, as `stream` would have left them here."""
    assert parsed.shape is not None
    connection.execute(sql("create_refused_lines"))
    connection.execute(sql("create_typed_from_parquet", file=Fragment(literal(plain(parsed.files["typed"])))))
    connection.execute(sql("stage_stream", rows=reading([path], parsed.shape)))
    return Staged(Fragment("staged"), parsed.shape, parsed.rows, typed=True)


def tables_by_worker(parsed: Parsed) -> Tables:
    """The frames of a log, as its reader made them."""
    return Tables(**{kind: pl.read_parquet(path, glob=False) for kind, path in parsed.files.items()})


def _parse_table(task: Task, target: Path) -> Parsed | None:
    path, way = task.file.path, task.way
    if way.shape is None or not _is_large_table(task):
        return None
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute(sql("set_allowed_directories", folders=places(path.parent, target.parent)))
        connection.execute(sql("set_external_access_off"))
        staged = stream(connection, path, way.shape, partial(way.parts, [task.file]), not way.maps)
        if staged is None:
            return None
        file = target.with_name(f"{target.name}.parquet")
        connection.execute(sql("copy_to_parquet", table="typed_rows", file=Fragment(literal(str(file)))))
    return Parsed({"typed": file}, staged.rows, staged.shape)


def _parse_log(task: Task, target: Path) -> Parsed | None:
    if task.way.reader is None:
        return None
    tables, files = read_log(task.way.reader, task.file.path, task.run), {}
    for kind in KINDS:
        frame = getattr(tables, kind)
        if frame is not None and frame.height:
            files[kind] = target.with_name(f"{target.name}.{kind}.parquet")
            frame.write_parquet(files[kind])
    return Parsed(files)
