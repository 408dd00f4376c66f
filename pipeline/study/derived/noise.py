"""How far a benchmark's score strays by its items alone: a logged standard error, or that of a share of so many answers."""

from __future__ import annotations

import polars as pl

from pipeline.study.derived.beside import Named, values_beside
from pipeline.study.derived.logs import RunLogs

SAMPLING_SD = "sampling_sd"
"""The column of an observation: the standard error of its value, NULL where nothing tells it."""
STDERR = "_stderr"
"""What readers append to a metric's name for its standard error."""
ITEMS = ("items", "questions", "n_items")
"""The metric, or the tags, in which a run says how many items a benchmark has."""
SAME = {"error": "accuracy", "accuracy": "error"}
"""Metrics that are one minus each other, and stray alike."""


def with_sampling_sd(rows: pl.DataFrame, logs: RunLogs, metric: str) -> pl.DataFrame:
    """The rows of a share (an accuracy, an error, a pass rate) with SAMPLING_SD, where the runs log what tells it."""
    names = [f"{name}{STDERR}" for name in (metric, SAME.get(metric, metric))]
    found = [_beside(rows, logs, name) for name in names if name in logs.metrics]
    found += [_of_items(rows, items) for items in (_beside(rows, logs, ITEMS[0]), tagged(rows)) if items is not None]
    if not found:
        return rows
    return rows.with_columns(pl.select(pl.coalesce(found)).to_series().alias(SAMPLING_SD))


def _beside(rows: pl.DataFrame, logs: RunLogs, name: str) -> pl.Series | None:
    return values_beside(rows, logs, Named(name, logs.split, logs.task), name) if name in logs.metrics else None


def _of_items(rows: pl.DataFrame, items: pl.Series) -> pl.Series:
    """The standard error of a share of so many right answers: sqrt(p (1 − p) / items)."""
    share = pl.col("value").clip(0.0, 1.0)
    return rows.select((share * (1 - share) / pl.lit(items)).sqrt().fill_nan(None)).to_series()


def tagged(rows: pl.DataFrame) -> pl.Series | None:
    """The number of items that the runs' tags say; None where none does."""
    if "tags" not in rows.columns or rows.schema["tags"] == pl.Null:
        return None
    said = [next((tags[name] for name in ITEMS if name in tags), None) for tags in (row or {} for row in rows["tags"].to_list())]
    found = pl.Series("items", said, dtype=pl.String).cast(pl.Float64, strict=False)
    return None if found.null_count() == len(found) else found
