"""Runs that arrive when they have ended already: forecast by the fits that have not seen them, and scored at once.

Most logs come finished, so that no forecast could be stored before. The fits that are about to be replaced know nothing of the
new runs: what they say is as honest as a stored forecast, and shows a run that does not belong (`kind = 'arrival'`).
"""

from collections.abc import Sequence

import duckdb
import polars as pl

from pipeline.forecasts.ledger import insert_forecasts, predictions
from pipeline.forecasts.scoring import scored
from pipeline.store.statements import sql
from pipeline.store.store import Stored
from pipeline.store.warehouse import insert_frame
from pipeline.study.declaration import Study
from pipeline.study.observations import on_known_pools, without_needs


def forecast_arrivals(connection: duckdb.DuckDBPyConnection, study: Study, fits: Sequence[Stored], frame: pl.DataFrame) -> int:
    """Adds a scored forecast of each new ended run by each fit that is about to be replaced; returns how many."""
    announced = [row[0] for row in connection.execute(sql("select_announced"), {"study": study.study}).fetchall()]
    count = 0
    for stored in fits:
        rows = without_needs(stored.law, frame.filter(pl.col("cohort") == stored.cohort)).filter("used")
        new = rows.filter(~pl.col("run_key").is_in([*stored.fit.run_keys, *announced]))
        last = new.sort("data_seen").unique("run_key", keep="last", maintain_order=True)
        made = predictions(study, stored, on_known_pools(last, stored.fit.pools), "arrival")
        if made.is_empty():
            continue
        outcome = last.select("run_key", pl.col("value").alias("observed"), pl.col("finished_at").alias("observed_at"))
        insert_forecasts(connection, made)
        insert_frame(connection, "forecast_scores", scored(made.join(outcome, on="run_key", how="left")))
        count += made.height
    return count
