"""Each estimate of a plan under the name of its cell, so that the next plan's can be held against it."""

import json
from datetime import datetime

import polars as pl

from pipeline.planning.plan import estimates_of
from pipeline.schema import TABLES

ROUNDING = 12  # significant digits of a budget in the text that names a cell


def history_of(table: str, rows: pl.DataFrame, moment: datetime) -> pl.DataFrame | None:
    """One row an estimate and cell of a plan, for plan_history; None where the plan has no estimate.

    A cell is named by the keys that its table declares: what was asked. So it is the same cell in the next plan, whatever was
    answered, and `plan_moves` can say how far it went.
    """
    estimates = estimates_of(rows)
    keys = rows.select(name for name in TABLES[table].keys if name in rows.columns)
    cells = [json.dumps({k: _short(v) for k, v in row.items()}, default=str) for row in keys.iter_rows(named=True)]
    parts = [
        rows.select(
            *(pl.col(name) for name in ("study", "cohort", "law", "fit_id", "selected")),
            pl.lit(table).alias("plan"),
            pl.Series("cell", cells, dtype=pl.String),
            pl.lit(name).alias("estimate"),
            pl.col(name).cast(pl.Float64).alias("value"),
            pl.col(f"{name}_low").cast(pl.Float64).alias("low"),
            pl.col(f"{name}_high").cast(pl.Float64).alias("high"),
            pl.lit(moment).alias("planned_at"),
        )
        for name in estimates
    ]
    return pl.concat(parts) if parts else None


def _short(value: object) -> object:
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_short(each) for each in value]
    return float(f"{value:.{ROUNDING}g}") if isinstance(value, float) else value
