"""A column that a study declares as an expression of the others, in the language of maps and predicates."""

from __future__ import annotations

import duckdb
import polars as pl

from pipeline.errors import ExpressionError, StudyError
from pipeline.expressions.expression import Expression, known_columns
from pipeline.expressions.expressions import compile_expression
from pipeline.store.frames import read_frame
from pipeline.store.statements import Fragment, literal, sql

TAGS = "tags"


def expressed(connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame, text: str, name: str, where: str) -> pl.Series:
    """The expression's value at each row: true is 1, false 0, no number NULL. Raises StudyError where it is no expression."""
    plain = [column for column, kind in rows.schema.items() if not kind.is_nested()]
    known = {column: _type(rows.schema[column]) for column in plain}
    if TAGS in rows.columns:
        known[TAGS] = "MAP(VARCHAR, VARCHAR)"
    columns = {**_tagged(rows), **known_columns(known)}
    try:
        made = compile_expression(text, columns, nan_is_unknown=True)
    except ExpressionError as error:
        raise StudyError.at(where, error) from error
    observed = rows.select(*plain, *([TAGS] if TAGS in rows.columns else []))
    connection.register("rows_to_derive", observed.to_arrow())
    try:
        found = read_frame(connection, sql("select_derived", expression=Fragment(made.sql)))
    finally:
        connection.unregister("rows_to_derive")
    return found["derived"].fill_nan(None).alias(name)


def _tagged(rows: pl.DataFrame) -> dict[str, Expression]:
    """Tags under their own names, as columns of text; a column of runs of that name comes before them."""
    if TAGS not in rows.columns:
        return {}
    names = {name for tags in rows[TAGS].to_list() if tags for name in tags}
    return {name.lower(): Expression(f"{TAGS}[{literal(name)}]", "raw") for name in sorted(names)}


def _type(kind: pl.DataType) -> str:
    if kind == pl.Boolean:
        return "BOOLEAN"
    return "DOUBLE" if kind.is_numeric() else "TIMESTAMP" if kind.is_temporal() else "VARCHAR"
