"""A JSON file that is a table, for maps: a list of objects, one list of objects inside an object, or a list for each column."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.readers.shape import MOST_COLUMNS, Refused, Shape, unique_names
from pipeline.store.statements import sql

LARGEST = 512 << 20
FORMS = "write a list of objects, an object with one such list, or JSON Lines"


def json_shape(path: Path) -> Shape:
    """The columns of the table, all text; Refused says why the file is none."""
    names = list(dict.fromkeys(name for row in json_rows(path) for name in row))
    if not names:
        raise Refused("empty_file", f"the file has no rows; {FORMS}")
    if len(names) > MOST_COLUMNS:
        raise Refused("too_many_columns", f"{len(names)} different keys; at most {MOST_COLUMNS} are read")
    return Shape("json", "", tuple((name, "VARCHAR") for name in unique_names(names)))


def stage_json(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> int:
    """Fills staged_frame with the rows of the files; returns how many."""
    frames = []
    for number, path in enumerate(paths):
        rows = json_rows(path)
        names = list(dict.fromkeys(name for row in rows for name in row))
        shown = dict(zip(unique_names(names), names, strict=True))
        columns = {column: [_text(row.get(name)) for row in rows] for column, name in shown.items()}
        frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
        place = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("lawbook_row")
        frames.append(frame.select(pl.lit(number, pl.Int32).alias("lawbook_file"), place, pl.all()))
    connection.register("reader_frame", pl.concat(frames, how="diagonal"))
    connection.execute(sql("stage_frame"))
    connection.unregister("reader_frame")
    return sum(frame.height for frame in frames)


def json_rows(path: Path) -> list[dict[str, Any]]:
    if path.stat().st_size > LARGEST:
        raise Refused("too_large", f"a JSON table of more than {LARGEST} bytes is not read; write JSON Lines")
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Refused("unreadable", f"not whole JSON: {error}; copy it again, or {FORMS}") from error
    return [flattened_row(row) for row in _table(found)]


def _table(found: Any) -> list[dict[str, Any]]:
    """The rows: of an object with nothing but lists, one for each place in them; of one with other values too, itself."""
    if isinstance(found, list) and all(isinstance(row, dict) for row in found):
        return found
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        rows = [value for value in lists if value and all(isinstance(row, dict) for row in value)]
        if len(rows) == 1:
            return list(rows[0])
        if lists and len(lists) == len(found) and len({len(value) for value in lists}) == 1:
            return [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]
        if len(lists) < len(found):
            return [found]
    raise Refused("unreadable", f"the JSON file is no table; {FORMS}")


def flattened_row(row: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Objects inside a row as columns `outer.inner`."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        flat |= flattened_row(value, f"{above}{name}.") if isinstance(value, dict) else {f"{above}{name}": value}
    return flat


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | list) else repr(value)
