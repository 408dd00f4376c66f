"""Runs as ingest leaves them in the store, and a study that reads them."""

from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from pipeline.store.warehouse import insert_frame
from pipeline.study.declaration import Study

NOW = datetime(2026, 1, 1)
CURVE = ((25.0, 3.0), (50.0, 2.5), (100.0, 2.2))


def add(
    store: duckdb.DuckDBPyConnection,
    key: str,
    curve: tuple[tuple[float, float], ...] = CURVE,
    metric: str = "loss",
    **columns: Any,
) -> None:
    """A run with a curve of (data_seen, loss), as ingest leaves it."""
    row = {
        "run_key": key,
        "run_id": key,
        "namespace": "lab",
        "status": "finished",
        "dataset": "c4",
        "data_seen": 100.0,
        "params": 10.0,
    }
    times = {"version": 1, "valid_from": NOW}
    insert_frame(store, "runs_history", pl.DataFrame([{**row, **columns, **times, "ingested_at": NOW}]))
    number = store.execute("SELECT count(*) FROM series").fetchall()[0][0]
    series = {"series": number, "run_key": key, "metric": metric, "split": "validation", "task": "c4"}
    insert_frame(store, "series", pl.DataFrame([{**series, "final_data_seen": curve[-1][0] if curve else None}]))
    for data_seen, value in curve:
        insert_frame(store, "points", pl.DataFrame([{"series": number, "data_seen": data_seen, "value": value, **times}]))


def a_study(**changes: Any) -> Study:
    return Study(**{"study": "s", "runs": "dataset = 'c4'", "metric": "loss", "laws": ("chinchilla",), **changes})
