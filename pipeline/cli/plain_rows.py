"""Rows of the published file without Polars or Arrow, which take longer to load than a plan takes to print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]


def plain_rows(connection: duckdb.DuckDBPyConnection, statement: str, parameters: Any = None) -> list[Row]:
    """The rows of a statement as dictionaries; a MAP is a list of key and value, as in frames."""
    answer = connection.execute(statement, parameters)
    columns = [(name, getattr(kind, "id", "") == "map") for name, kind, *_ in answer.description or []]
    return [
        {name: _pairs(value) if mapped else value for (name, mapped), value in zip(columns, row, strict=True)}
        for row in answer.fetchall()
    ]


def _pairs(value: dict[str, Any] | None) -> list[dict[str, Any]] | None:
    return None if value is None else [{"key": key, "value": each} for key, each in value.items()]
