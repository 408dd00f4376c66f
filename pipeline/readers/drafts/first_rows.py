"""The first values of each column of a table: for what its names alone do not say."""

import csv
import io
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.readers.json_keys import object_in
from pipeline.readers.json_table import flattened_row, json_rows
from pipeline.readers.names import EMPTY
from pipeline.readers.shape import HEAD, Refused, decoded, not_read, read_head, shape_of, table_format

ROWS = 1000
"""Rows that are looked at."""


def first_rows(path: Path) -> dict[str, list[str]]:
    """Values by column as text, blank ones left out, of at most a thousand rows; Refused says why a file has none."""
    try:
        return _first_rows(path)
    except OSError as error:
        raise not_read(error) from error
    except (csv.Error, pl.exceptions.PolarsError, ValueError) as error:
        raise Refused("unreadable", f"{error}"[:500]) from error


def _first_rows(path: Path) -> dict[str, list[str]]:
    kind = table_format(path)
    if kind == "json":
        return _columns(json_rows(path)[:ROWS])
    shape = shape_of(path, nested=True)
    if kind == "parquet":
        return _columns(pl.scan_parquet(path).head(ROWS).collect().to_dicts())
    text = decoded(read_head(path))
    lines = text.splitlines(keepends=True)[: -1 if len(text) >= HEAD - 4 else None]
    if kind == "jsonl":
        return _columns([flattened_row(record) for line in lines[:ROWS] if isinstance(record := _object(line), dict)])
    names, nested = [name for name, _ in shape.own], {column for _, column, _ in shape.inner}
    rows = islice(csv.reader(io.StringIO("".join(lines[shape.skip :]), newline=""), delimiter=shape.delimiter), 1, ROWS)
    return _columns([flattened_row(_cells(zip(names, row, strict=False), nested)) for row in rows])


def _cells(row: Iterable[tuple[str, str]], nested: Collection[str]) -> dict[str, Any]:
    """A row whose cells that hold objects are these."""
    return {name: (object_in(cell) or "") if name in nested else cell for name, cell in row}


def _object(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [text for row in rows if (text := _text(row.get(name)))] for name in names}


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def numbers(values: Sequence[str]) -> list[float]:
    """The values as numbers, words for nothing left out; none where one of them is no number."""
    try:
        return [float(value) for value in values if value.lower() not in EMPTY]
    except ValueError:
        return []
