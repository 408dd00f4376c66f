"""Whether small runs repeat their pools as often as a plan does: epochs of each pool, and the factor between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[np.float64]
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


@dataclass(frozen=True)
class Repeats:
    """Epochs of a pool in the runs that draw from it, and in the study's largest planned run: between all pools and it alone.

    factor: how many times the nearest of the runs differs from that range; 1 where one lies in it.
    """

    pool: str
    runs: int
    least: float
    most: float
    planned_least: float
    planned_most: float
    factor: float

    @property
    def matches(self) -> bool:
        """Whether some run repeats the pool as a plan might."""
        return self.factor <= TOLERANCE


def against_plan(runs: pl.DataFrame, plan: Mapping[str, Any]) -> list[Repeats]:
    """The repeats of each pool against [plan] data_seen; none where the study plans no data or its runs have no pools."""
    planned = plan.get("data_seen")
    if not planned or "members" not in runs.columns or runs.schema["members"] == pl.Null:
        return []
    parts = runs.select("members").explode("members").drop_nulls("members").unnest("members")
    amount = pl.max_horizontal([pl.col(name) for name in ("size", "unique") if name in parts.columns])
    sizes = dict(parts.group_by("pool", maintain_order=True).agg(amount.max().alias("amount")).drop_nulls().iter_rows())
    seen, total = max(planned), sum(sizes.values())
    return [_repeats(pool, epochs_of(runs, pool), seen / total, seen / size) for pool, size in sizes.items()]


def _repeats(pool: str, epochs: Array, low: float, high: float) -> Repeats:
    inside = np.clip(epochs, low, high)
    factor = min(float(mismatch(near, np.array([own]))[0]) for near, own in zip(inside, epochs, strict=True))
    return Repeats(pool, len(epochs), float(epochs.min()), float(epochs.max()), low, high, factor)
