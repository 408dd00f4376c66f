"""Frames into a batch: those of readers, all rows of one kind together, and the pools that a map spells out."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from pipeline.ingest.load.ahead import Ahead, tables_by_worker
from pipeline.ingest.load.batch import Batch
from pipeline.ingest.load.part_rows import take_part, take_replaced
from pipeline.ingest.load.reading import Task
from pipeline.readers import read_log
from pipeline.readers.native import native_part
from pipeline.readers.shape import MOST_COLUMNS, Refused, Shape
from pipeline.readers.staging import Staged
from pipeline.redaction import redacted
from pipeline.store.statements import Fragment
from pipeline.store.warehouse import insert_frame

ORDER = ("runs", "replaced", "measurements", "pools", "pool_members")


def take_frames(batch: Batch, tasks: Sequence[Task], parsed: Ahead) -> None:
    """Frames of a reader: all rows of one kind from all files of the batch together."""
    frames: dict[str, list[pl.DataFrame]] = {}
    for number, task in enumerate(tasks):
        assert task.way.reader is not None
        done = parsed.get(task.file.path)
        tables = tables_by_worker(done) if done else read_log(task.way.reader, task.file.path, task.run)
        for kind, frame in tables.frames().items():
            frames.setdefault(kind, []).append(_numbered(frame, number))
        if tables.quarantined is not None and tables.quarantined.height:
            _refuse_read(batch, tables.quarantined, number)
        if not tables.frames() and (tables.quarantined is None or not tables.quarantined.height):
            raise Refused("empty_file", "the log holds no run and no measurement")
    for kind in (kind for kind in ORDER if kind in frames):
        _take_numbered(batch, kind, pl.concat(frames[kind], how="diagonal_relaxed"), forgiving=True)


def take_frame(batch: Batch, kind: str, frame: pl.DataFrame, number: int) -> None:
    """Takes one frame of rows of one kind, of one file of the batch."""
    _take_numbered(batch, kind, _numbered(frame, number))


def _numbered(frame: pl.DataFrame, number: int) -> pl.DataFrame:
    rows = frame["row_number"].cast(pl.Int64) if "row_number" in frame.columns else pl.int_range(1, frame.height + 1, eager=True)
    plain = frame.drop("row_number", strict=False)
    return plain.with_columns(pl.lit(number, pl.Int32).alias("lawbook_file"), rows.alias("lawbook_row"))


def _take_numbered(batch: Batch, kind: str, frame: pl.DataFrame, forgiving: bool = False) -> None:
    if frame.width > MOST_COLUMNS:
        raise Refused("too_many_columns", f"{frame.width} different names are logged; at most {MOST_COLUMNS} are read")
    batch.connection.register("reader_frame", frame)
    batch.run("stage_frame")
    batch.connection.unregister("reader_frame")
    described = batch.run("describe_frame").fetchall()
    columns = tuple((str(name), str(kind)) for name, kind in described if name not in ("lawbook_file", "lawbook_row"))
    staged = Staged(Fragment("staged_frame"), Shape("frame", "", columns), frame.height)
    if kind == "replaced":
        take_replaced(batch, native_part("measurements", staged.relation, staged.shape), staged)
    else:
        take_part(batch, replace(native_part(kind, staged.relation, staged.shape), forgiving=forgiving), staged)


def _refuse_read(batch: Batch, frame: pl.DataFrame, number: int) -> None:
    file = batch.files[number]
    rows = frame.with_columns(
        pl.lit(file.source_uri).alias("source_uri"),
        pl.lit(file.content_hash).alias("content_hash"),
        pl.lit(batch.now).alias("quarantined_at"),
        pl.col("detail", "raw").map_elements(redacted, pl.String),
    )
    insert_frame(batch.connection, "quarantine", rows)
    batch.accounts[number].add(rows=frame.height, quarantined=frame.height)
