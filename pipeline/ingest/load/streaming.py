"""A lone large text file is checked while it is read, without a table of its text in between.

Files with anything out of the ordinary (lines that cannot be split, several kinds of rows) take the way of staging instead.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import duckdb
import polars as pl

from pipeline.faults import stops
from pipeline.ingest.load.cells import planned_for
from pipeline.ingest.load.part_checks import typed_view
from pipeline.readers.ends import is_open
from pipeline.readers.parts import Part
from pipeline.readers.shape import Shape
from pipeline.readers.staging import Staged, all_keys, reading
from pipeline.schema import MEASUREMENTS
from pipeline.store.statements import Fragment, sql

LARGE, BLOCK = 4 << 20, 1 << 20
OVERLAP = len("false") - 1
EXACT = 2**53
"""Whole numbers from here on are not exact as DOUBLE."""

Parts = Callable[[Fragment, Shape], list[Part]]


def stream(connection: duckdb.DuckDBPyConnection, path: Path, shape: Shape, parts_of: Parts, native: bool) -> Staged | None:
    """The checked rows of a large file of measurements in the temporary table typed_rows; None where it must be staged."""
    if shape.format not in ("csv", "jsonl") or path.stat().st_size < LARGE or is_open(path):
        return None
    if shape.format == "jsonl":
        shape = all_keys(connection, [path], shape)
    for attempt in _shapes(path, shape, native):
        parts = parts_of(Fragment("staged"), attempt)
        if len(parts) != 1 or parts[0].kind != "measurements":
            return None
        staged = _read(connection, path, attempt, shape, parts[0])
        if staged:
            return staged
    return None


def _shapes(path: Path, shape: Shape, native: bool) -> Iterator[Shape]:
    """JSON numbers are read as numbers where every row allows it; the second shape is the text of the file."""
    if shape.format == "jsonl" and native and path.suffix.lower() != ".gz" and not _has_truth(path):
        yield replace(shape, columns=tuple((name, "DOUBLE" if _is_number(name) else kind) for name, kind in shape.columns))
    yield shape


def _is_number(name: str) -> bool:
    known = name.lower()
    return known.startswith("metric:") or (known in MEASUREMENTS and MEASUREMENTS[known].type != "VARCHAR")


def _has_truth(path: Path) -> bool:
    """Whether the file may hold true or false, which DuckDB would take for 1 or 0."""
    size, pieces = path.stat().st_size, os.cpu_count() or 1
    cuts = [size * piece // pieces for piece in range(pieces + 1)]
    with ThreadPoolExecutor(pieces) as pool:
        return any(pool.map(lambda cut: _truth_between(path, *cut), pairwise(cuts)))


def _truth_between(path: Path, first: int, last: int) -> bool:
    before = b""
    with path.open("rb") as plain:
        plain.seek(max(first - OVERLAP, 0))
        while plain.tell() < last and (block := plain.read(BLOCK)):
            text = pl.Series([before + block], dtype=pl.Binary).bin  # its search is three times as fast as that of bytes
            if text.contains(b"true").any() or text.contains(b"false").any():
                return True
            before = block[-OVERLAP:]
    return False


def _read(connection: duckdb.DuckDBPyConnection, path: Path, shape: Shape, text: Shape, part: Part) -> Staged | None:
    """Reads as `shape`; the raw rows for quarantine are those of the shape `text`."""
    view, numbers = typed_view(part), "DOUBLE" in shape.types.values()
    pieces = {name: view[name] for name in ("columns", "good", "kept")}
    if any("lawbook_row" in piece for piece in pieces.values()):  # a map that asks for the row's number
        return None
    if numbers and "step" in part.point_columns:
        pieces["good"] = Fragment(f"({pieces['good']} AND coalesce(abs({part.columns['step'].sql}) < {EXACT}, true))")
    try:
        connection.execute(sql("drop_rejects"))
        connection.execute(sql("drop_reject_scans"))
        connection.execute(sql("create_refused_lines"))
        with planned_for(connection, part):
            connection.execute(sql("create_typed_stream", rows=reading([path], shape), **pieces))
        if shape.format == "csv" and connection.execute(sql("select_count", table="reject_errors")).fetchall()[0][0]:
            return None
        count, refused = connection.execute(sql("select_stream_state")).fetchall()[0]
        if numbers and refused:
            return None
        connection.execute(sql("stage_stream", rows=reading([path], text)))
    except duckdb.Error as error:  # staging finds the line, or refuses the file with the reason
        if stops(error):
            raise
        return None
    return Staged(Fragment("staged"), text, count, typed=True)
