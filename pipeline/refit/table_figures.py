"""One study's plan tables in figures: rows, a version of their content, and the estimates that are worth following over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from pipeline.planning import PLANS
from pipeline.schema import TABLES
from pipeline.schema.column import Table
from pipeline.store.frames import read_frame
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql

OF_THE_FIT = ("fit_id", "stale_since")
"""Columns that a refit changes where no answer does: they are no part of a table's version."""


@dataclass(frozen=True)
class TableFigures:
    """A table of one study. `asked`: the cell that is followed, by its keys; `estimates`: its numbers with their ends."""

    rows: int
    version: str
    asked: Mapping[str, object]
    estimates: Mapping[str, float]


def table_figures(connection: duckdb.DuckDBPyConnection, study: str) -> dict[str, TableFigures]:
    """The figures of each plan table that has rows of the study."""
    frames = {name: read_frame(connection, sql("select_study_rows", table=name), {"study": study}) for name in PLANS}
    return {name: figures(TABLES[name], frame) for name, frame in frames.items() if not frame.is_empty()}


def figures(table: Table, frame: pl.DataFrame) -> TableFigures:
    """The figures of the rows of one study: followed is the selected law's cell of the largest keys."""
    rows = sorted(map(str, frame.drop(OF_THE_FIT).iter_rows()))
    followed = _followed(table, frame)
    names = [name for estimate in estimates(table) for name in (estimate, f"{estimate}_low", f"{estimate}_high")]
    numbers = {name: float(value) for name in names if isinstance(value := followed.get(name), int | float)}
    return TableFigures(frame.height, short_hash(*rows), {key: followed[key] for key in table.keys}, numbers)


def estimates(table: Table) -> Sequence[str]:
    """The columns of a table that have an interval."""
    return [name for name in table.names if {f"{name}_low", f"{name}_high"} <= set(table.names)]


def _followed(table: Table, frame: pl.DataFrame) -> dict[str, object]:
    """One row: of the first cohort, where a law is selected of that law, the last in the order of the keys."""
    chosen = frame.filter(pl.col("selected"))
    chosen = frame if chosen.is_empty() else chosen
    keys = [pl.col(key).list.join(" ") if frame.schema[key] == pl.List else pl.col(key) for key in table.keys]
    ordered = chosen.filter(pl.col("cohort") == chosen["cohort"].min()).sort(keys, nulls_last=False)
    return ordered.row(-1, named=True)
