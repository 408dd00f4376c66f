"""Whether small runs repeat their pools as often as a plan does: epochs of each pool, and the factor between two of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.planning.plan import Array

TOLERANCE = 1.25
"""Epochs that differ by more than this factor are another question (Zhou et al. 2026, arXiv:2606.07597)."""


@dataclass(frozen=True)
class Matched:
    """How many runs on a pool repeat it as a plan does, how many do not, and the median factor of those."""

    matched: int
    unmatched: int
    factor: float | None


def epochs_of(runs: pl.DataFrame, pool: str) -> Array:
    """Epochs of a pool in each run that draws from it: share of the stream times samples seen over unique samples drawn from."""
    if "members" not in runs.columns or runs.schema["members"] == pl.Null:
        return np.empty(0)
    keys = ["run_key"] if "run_key" in runs.columns else []
    parts = runs.select(*keys, "data_seen", "members").explode("members").drop_nulls("members").unnest("members")
    own = parts.filter((pl.col("pool") == pool) & (pl.col("share") > 0))
    epochs = pl.col("share") * pl.col("data_seen") / pl.col("unique")
    last = own.group_by(keys, maintain_order=True).agg(epochs.max()) if keys else own.select(epochs)
    return last[:, -1].drop_nulls().to_numpy()


def mismatch(planned: float, epochs: Array) -> Array:
    """The factor between the plan's epochs and a run's, at least 1; up to one epoch nothing is repeated, and all is alike."""
    least = np.maximum(epochs, 1.0)
    return np.maximum(max(planned, 1.0) / least, least / max(planned, 1.0))


def matched(runs: pl.DataFrame, pool: str, planned: float) -> Matched:
    """The runs on a pool, told apart by whether they repeat it as the plan does."""
    factor = mismatch(planned, epochs_of(runs, pool))
    off = factor > TOLERANCE
    return Matched(int((~off).sum()), int(off.sum()), float(np.median(factor[off])) if off.any() else None)
