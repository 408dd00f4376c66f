"""What an expression is once it is checked: SQL, its kind, and the raw columns that it reads as numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.expressions.allowed import NUMERIC
from pipeline.store.statements import literal, quote


@dataclass(frozen=True)
class Expression:
    """Checked SQL, its kind (number, text, truth, map, raw or null), and the raw columns that it reads as numbers."""

    sql: str
    kind: str
    numbers: frozenset[str] = frozenset()


Columns = Mapping[str, Expression]


def known_columns(columns: Mapping[str, str] | Iterable[str]) -> dict[str, Expression]:
    """The columns that an expression may name, from their DuckDB types; a name alone is a raw (text) column."""
    types = columns if isinstance(columns, Mapping) else dict.fromkeys(columns, "VARCHAR")
    return {name.lower(): column(name, kind) for name, kind in types.items()}


def column(name: str, duckdb_type: str = "VARCHAR") -> Expression:
    """A column of the file as an expression."""
    kind = _kind(duckdb_type)
    return Expression(quote(name), kind, frozenset({quote(name)} if kind == "number" else ()))


def constant(value: str | float | bool) -> Expression:
    """A constant as an expression."""
    if isinstance(value, bool):
        return Expression(str(value).upper(), "truth")
    return Expression(literal(value), "text") if isinstance(value, str) else Expression(f"CAST({value!r} AS DOUBLE)", "number")


def _kind(duckdb_type: str) -> str:
    upper = duckdb_type.upper()
    if upper.startswith("MAP"):
        return "map"
    if upper == "BOOLEAN":
        return "truth"
    if upper.startswith("TIMESTAMP"):
        return "text"
    return "number" if any(part in upper for part in NUMERIC) else "raw"


def as_number(found: Expression) -> Expression:
    """As a number; text of a raw column is tried, and the column noted as read so."""
    if found.kind == "number":
        return found
    numbers = found.numbers | ({found.sql} if found.kind == "raw" else set())
    return Expression(f"TRY_CAST({found.sql} AS DOUBLE)", "number", frozenset(numbers))


def aligned(parts: list[Expression]) -> list[Expression]:
    """All as numbers if one is a number; else all as they are."""
    return [as_number(part) if part.kind in ("raw", "text") else part for part in parts] if common(parts) == "number" else parts


def common(parts: list[Expression]) -> str:
    """The kind that the parts have together; null stands for any."""
    kinds = {part.kind for part in parts} - {"null"}
    for kind in ("number", "text", "raw", "truth"):
        if kind in kinds:
            return kind
    return "null"


def joined(sql: str, kind: str, parts: Iterable[Expression]) -> Expression:
    """SQL made of parts: it reads as numbers what any of them does."""
    return Expression(sql, kind, frozenset().union(*(part.numbers for part in parts)))
