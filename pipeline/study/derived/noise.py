"""How far a benchmark's score strays by its items alone: a logged standard error, or that of a share of so many answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import polars as pl

from pipeline.fitting.unequal import ITEMS, SD
from pipeline.schema.metrics import METRICS
from pipeline.study.derived.beside import Named, values_beside
from pipeline.study.derived.logs import RunLogs

if TYPE_CHECKING:
    from pipeline.study.declaration import Study

STDERR = "_stderr"
"""What readers append to a metric's name for its standard error."""
COUNTS = ("items", "questions", "n_items")
"""The metric, or the tags, in which a run says how many items a benchmark has."""
SAME = {"error": "accuracy", "accuracy": "error"}
"""Metrics that are one minus each other, and stray alike."""


def strays(study: Study) -> bool:
    """Whether runs may say how far the study's metric strays: a share by its items, a metric of one's own by a standard error.

    A canonical loss is a mean over so many tokens that its sampling is no noise to speak of.
    """
    return study.measured.range == "fraction" or study.metric not in METRICS


def with_sampling_sd(connection: duckdb.DuckDBPyConnection, study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with SD, and of a share (an accuracy, an error, a pass rate) with ITEMS, where the runs log what tells them."""
    if rows.is_empty() or study.constants is not None or not strays(study):
        return rows
    split, task = (getattr(study, name) or next(iter(rows[name].drop_nulls().to_list()), None) for name in ("split", "task"))
    logs = RunLogs(connection, rows["run_key"].unique().to_list(), str(study.source), split, task)
    return _with_noise(rows, logs, study.metric, study.measured.range == "fraction")


def _with_noise(rows: pl.DataFrame, logs: RunLogs, metric: str, share: bool) -> pl.DataFrame:
    names = [f"{name}{STDERR}" for name in (metric, SAME.get(metric, metric)) if f"{name}{STDERR}" in logs.metrics]
    logged = [each for name in names if (each := _beside(rows, logs, name)) is not None]
    counts = [items for items in (_beside(rows, logs, COUNTS[0]), tagged(rows)) if share and items is not None]
    told = [*logged, *(_of_items(rows, items) for items in counts)]
    if not told:
        return rows
    made = rows.with_columns(pl.select(pl.coalesce(told)).to_series().alias(SD))
    if not share:
        return made
    worth = pl.col("value") * (1 - pl.col("value")) / pl.col(SD) ** 2
    own = pl.when((pl.col(SD) > 0) & (worth > 0)).then(worth)
    return made.with_columns(pl.coalesce(own, *(pl.lit(each) for each in counts)).cast(pl.Float64).alias(ITEMS))


def of_the_metric(taken: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as a law takes them, without the noise of the metric where another column is the value."""
    made = [name for name in (SD, ITEMS) if name in taken.columns]
    same = not made or taken.is_empty() or taken["metric"][0] == rows["metric"][0]
    return taken if same else taken.drop(made)


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
    said = [next((tags[name] for name in COUNTS if name in tags), None) for tags in (row or {} for row in rows["tags"].to_list())]
    found = pl.Series("items", said, dtype=pl.String).cast(pl.Float64, strict=False)
    return None if found.null_count() == len(found) else found
