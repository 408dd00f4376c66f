"""Forecasts of the runs that a study holds out, by fits that have never seen them, scored at once (`kind = 'held_out'`)."""

from collections.abc import Sequence

import duckdb
import polars as pl

from pipeline.forecasts.ledger import in_range, insert_forecasts, predictions
from pipeline.forecasts.scoring import scored
from pipeline.store.store import Stored
from pipeline.store.warehouse import insert_frame
from pipeline.study.declaration import Study
from pipeline.study.held_out import is_held_out
from pipeline.study.observations import on_known_pools, without_needs
from pipeline.study.reductions import measured_of

KIND = "held_out"


def forecast_held_out(connection: duckdb.DuckDBPyConnection, study: Study, fits: Sequence[Stored], frame: pl.DataFrame) -> int:
    """Adds a scored forecast of the end of each held-out run by each fit whose law can see it; returns how many are new."""
    kept = frame.filter(is_held_out(frame)).with_columns(pl.lit(None, pl.String).alias("reason"))
    return sum(_by_fit(connection, study, stored, kept.filter(pl.col("cohort") == stored.cohort)) for stored in fits)


def _by_fit(connection: duckdb.DuckDBPyConnection, study: Study, stored: Stored, kept: pl.DataFrame) -> int:
    if kept.is_empty():
        return 0
    rows = without_needs(stored.law, kept).filter("used").drop_nulls("value").sort("data_seen", maintain_order=True)
    last = on_known_pools(rows.unique("run_key", keep="last", maintain_order=True), stored.fit.pools)
    made = in_range(predictions(study, stored, last, KIND), measured_of(study, stored.law))
    if made.is_empty():
        return 0
    new = insert_forecasts(connection, made)
    if new.height:
        outcome = last.select("run_key", pl.col("value").alias("observed"), pl.col("finished_at").alias("observed_at"))
        insert_frame(connection, "forecast_scores", scored(new.join(outcome, on="run_key", how="left")))
    return new.height
