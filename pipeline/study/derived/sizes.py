"""Sizes of models that grow or shrink while they train, and the amounts that follow from a run's other columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.study.derived.logs import RunLogs

Array = np.ndarray
SIZES = ("params_active", "params")
"""Metrics under which a run logs how large it is at a point."""


def average_params(tokens: Array, params: Array) -> float:
    """Mean of params(t) over tokens, piecewise linear between the given points; tokens must rise. Not over compute."""
    t, n = np.asarray(tokens, dtype=float), np.asarray(params, dtype=float)
    if len(t) < 2 or np.any(np.diff(t) < 0) or t[-1] == t[0]:
        raise FitError("an average size needs at least two points with rising tokens", fix="log the size more often")
    return float(np.trapezoid(n, t) / (t[-1] - t[0]))


def averages(rows: pl.DataFrame, logs: RunLogs) -> pl.Series:
    """Mean size of each row's run up to its point, from sizes logged along the run; else params, where no size was logged."""
    found = next((logs.values(name) for name in SIZES if name in logs.metrics), None)
    curves = {} if found is None else {str(key): curve for (key,), curve in found.group_by("run_key", maintain_order=True)}
    values = [
        row["params"] if str(row["run_key"]) not in curves else _up_to(curves[str(row["run_key"])], row["data_seen"])
        for row in rows.select("run_key", "params", "data_seen").iter_rows(named=True)
    ]
    return pl.Series("params_average", values, dtype=pl.Float64)


def _up_to(curve: pl.DataFrame, seen: float | None) -> float | None:
    """Mean size from the start of the run, where it has its first logged size, to `seen`."""
    points = curve.drop_nulls("data_seen").sort("data_seen")
    if seen is None or not points.height or not seen > 0:
        return None
    t, n = points["data_seen"].to_numpy(), points["value"].to_numpy()
    inside = t < seen
    at = np.concatenate([[0.0], t[inside], [seen]])
    sizes = np.concatenate([[n[0]], n[inside], [np.interp(seen, t, n)]])
    return average_params(at, sizes)


def steps(rows: pl.DataFrame) -> pl.Series:
    """Optimizer steps: as logged, else data seen over what a step takes."""
    each = pl.when(pl.col("data_unit") == "token").then(pl.col("batch_size") * pl.col("sequence_length")).otherwise("batch_size")
    return rows.select(step=pl.coalesce(pl.col("step").cast(pl.Float64), (pl.col("data_seen") / each).round())).to_series()


def first_component(scores: Sequence[pl.Series], used: pl.Series, name: str) -> pl.Series:
    """First principal component of standardised scores, in its own deviations over the used rows, signed so that more is better.

    NULL where a run lacks one of the scores (Ruan et al. 2024: what models of all families share). Raises FitError where fewer
    than three used rows have all of them, or a score is the same for all.
    """
    x = np.stack([score.cast(pl.Float64).fill_null(float("nan")).to_numpy() for score in scores], axis=1)
    whole = np.isfinite(x).all(axis=1)
    seen = x[whole & used.to_numpy()]
    if len(seen) < 3 or np.any(seen.std(axis=0) == 0):
        raise FitError(
            f"{name}: {len(seen)} fitted runs have all of {', '.join(s.name for s in scores)}, or one is the same for all",
            fix="name scores that at least 3 runs have",
        )
    mean, scale = seen.mean(axis=0), seen.std(axis=0)
    _, _, directions = np.linalg.svd((seen - mean) / scale, full_matrices=False)
    direction = directions[0] * np.sign(directions[0].sum())
    along = ((x - mean) / scale) @ direction
    return pl.Series(name, along / along[whole & used.to_numpy()].std()).fill_nan(None)
