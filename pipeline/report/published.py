"""What the report reads: one connection to published.duckdb, read-only, and the few questions that it asks of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl

from pipeline.store.frames import read_frame
from pipeline.store.statements import sql

MOST_POINTS = 250
"""Points of one picture and rows of its table. A study with more shows a sample, always the same."""


@contextmanager
def opened(path: Path) -> Iterator[Published]:
    """The published file, closed again afterwards."""
    connection = duckdb.connect(str(path), read_only=True)
    try:
        yield Published(connection, path)
    finally:
        connection.close()


class Published:
    """The tables of published.duckdb, as frames."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self.read: dict[tuple[str, str], pl.DataFrame] = {}
        self.plans = {row["table_name"]: row["comment"] for row in read_frame(connection, sql("report_tables")).to_dicts()}
        for no_plan in ("plan_notes", "plan_history"):
            self.plans.pop(no_plan, None)

    def studies(self) -> pl.DataFrame:
        """All studies with their question and state."""
        return read_frame(self.connection, sql("report_studies"))

    def about(self, study: str, what: str) -> pl.DataFrame:
        """fits, parameters or notes of one study."""
        return read_frame(self.connection, sql(f"report_{what}"), {"study": study})

    def points(self, study: str, what: str, most: int = MOST_POINTS) -> pl.DataFrame:
        """residuals, forecasts or runs of one study, at most so many."""
        return read_frame(self.connection, sql(f"report_{what}"), {"study": study, "most": most})

    def plan(self, study: str, table: str) -> pl.DataFrame:
        """The rows of one plan table by the study's selected laws; empty where the file has no such table."""
        if table not in self.plans:
            return pl.DataFrame()
        if (study, table) not in self.read:
            self.read[study, table] = read_frame(self.connection, sql("report_plan", table=table), {"study": study})
        return self.read[study, table]
