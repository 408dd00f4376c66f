"""DuckDB results as Polars frames."""

from typing import Any

import duckdb
import polars as pl


def read_frame(connection: duckdb.DuckDBPyConnection, statement: str, parameters: Any = None) -> pl.DataFrame:
    """The rows of a statement as a frame; a MAP becomes a list of key and value."""
    connection.complete()  # a fetchone() before leaves its result open, and DuckDB 2.0 refuses a relation until it is closed
    relation = connection.sql(statement, params=parameters) if parameters is not None else connection.sql(statement)
    frame = pl.from_arrow(relation.to_arrow_table())
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a statement gave one column as a series")
    return frame
