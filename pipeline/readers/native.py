"""The native formats: *.runs.*, *.measurements.*, *.pools.*, *.pool_members.* as CSV, Parquet or JSON Lines."""

import re
from pathlib import Path

from pipeline.expressions.expression import Expression, column, constant
from pipeline.readers.parts import REQUIRED, Part, Value, wide_values
from pipeline.readers.shape import DUPLICATE, Refused, Shape
from pipeline.schema import MEASUREMENTS, RUNS, TABLES
from pipeline.schema.metrics import METRICS
from pipeline.store.statements import Fragment

NAME = re.compile(r"\.(runs|measurements|pools|pool_members)\.(csv|tsv|parquet|jsonl|ndjson)(\.gz)?$", re.IGNORECASE)

NAMING = "name it so in the file, or add a map"


def native_kind(path: Path) -> str | None:
    """The kind that the file's name declares, or None."""
    found = NAME.search(path.name)
    return found.group(1).lower() if found else None


def native_part(kind: str, relation: Fragment, shape: Shape) -> Part:
    """The part that a native file of this shape holds; Refused names the column that is missing."""
    columns = {canonical(name): column(name, duckdb_type) for name, duckdb_type in shape.columns}
    missing = [name for name in REQUIRED[kind] if name not in columns]
    if missing:
        raise Refused("missing_column", f"there is no column {missing[0]!r}; {NAMING}; it has {', '.join(columns)}"[:500])
    if again := [name for name in shape.twice if name in {known.lower() for known in columns} and _is_read(kind, name)]:
        raise Refused("duplicate_column", DUPLICATE.format(again[0]))
    if kind in ("pools", "pool_members"):
        return Part(kind, relation, {name: columns[name] for name in TABLES[kind].names if name in columns})
    known = {name: found for name, found in columns.items() if name in RUNS or (kind == "measurements" and name in MEASUREMENTS)}
    known.pop("namespace", None)
    values = _values(kind, columns)
    return Part(kind, relation, known, values, tags=_tags(columns, known) if kind == "runs" else ())


def _is_read(kind: str, name: str) -> bool:
    known = TABLES[kind].names if kind in ("pools", "pool_members") else {*RUNS, *MEASUREMENTS}
    return name in known or name.startswith("metric:")


def canonical(name: str) -> str:
    """The column of the schema, or the known metric, that a native file's column is, in any case; another name as it is."""
    lower = name.lower()
    if lower.startswith("metric:"):
        metric, sign, where = name.split(":", 1)[1].partition("@")
        return f"metric:{metric.lower() if metric.lower() in METRICS else metric}{sign}{where}"
    return (
        lower
        if lower in RUNS or lower in MEASUREMENTS or any(lower in TABLES[k].names for k in ("pools", "pool_members"))
        else name
    )


def _values(kind: str, columns: dict[str, Expression]) -> tuple[Value, ...]:
    split, task = columns.get("split", constant("")), columns.get("task", constant(""))
    wide = wide_values(columns, split, task)
    if kind == "runs" or wide:
        return wide
    missing = [name for name in ("metric", "value") if name not in columns]
    if missing:
        raise Refused("missing_column", f"there is no column {missing[0]!r} and none that starts with 'metric:'; {NAMING}")
    return (Value(columns["metric"], split, task, columns["value"]),)


def _tags(columns: dict[str, Expression], known: dict[str, Expression]) -> tuple[tuple[str, str], ...]:
    used = {*known, "split", "task"}
    return tuple((name, found.sql) for name, found in columns.items() if name not in used and not name.startswith("metric:"))
