"""Forecasts against what came: covered or not, CRPS and relative error."""

import duckdb
import numpy as np
import polars as pl

from pipeline.store.frames import read_frame
from pipeline.store.statements import sql
from pipeline.store.warehouse import insert_frame

Array = np.ndarray


def score_new(connection: duckdb.DuckDBPyConnection, study: str) -> int:
    """Scores every forecast of a study whose run has ended at the data it was forecast for; returns how many."""
    due = read_frame(connection, sql("select_due_scores"), {"study": study})
    if due.is_empty():
        return 0
    insert_frame(connection, "forecast_scores", scored(due))
    return due.height


def scored(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Rows of `forecast_scores` for forecasts with their quantiles and what was observed."""
    quantiles = np.array(outcomes["quantiles"].to_list(), dtype=float)
    observed = outcomes["observed"].to_numpy().astype(float)
    inside = (pl.col("observed") >= pl.col("predicted_low")) & (pl.col("observed") <= pl.col("predicted_high"))
    return outcomes.select(
        "forecast_id",
        "observed",
        "observed_at",
        inside.alias("covered"),
        pl.Series("crps", crps(quantiles, observed)).fill_nan(None),
        ((pl.col("predicted") - pl.col("observed")) / pl.col("observed")).alias("relative_error"),
    )


def crps(sample: Array, observed: Array) -> Array:
    """Continuous ranked probability score E|X − y| − ½E|X − X′| of each row of a sample (n, q) against y (n,).

    Source: Gneiting & Raftery 2007.

    Lower is better; in the unit of y. For a sample that is one point it is the absolute error.
    """
    ordered = np.sort(sample, axis=1)
    q = ordered.shape[1]
    weights = 2 * np.arange(1, q + 1) - q - 1
    spread = (ordered * weights).sum(axis=1) / q**2
    return np.asarray(np.abs(ordered - observed[:, None]).mean(axis=1) - spread)
