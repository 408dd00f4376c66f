"""In which share of the draws each pool set is the best: the same draw judges all sets."""

from __future__ import annotations

import numpy as np

from pipeline.planning.candidates import values_of_sets
from pipeline.planning.plan import Array
from pipeline.planning.pool_sets import PoolSets
from pipeline.planning.setting import Setting


def count_best(setting: Setting, sets: PoolSets, params: Array, seen: Array) -> Array | None:
    """Share of draws in which each set (S,) has the smallest value. None without draws, NaN where too few draws are finite."""
    if setting.draws is None:
        return None
    values = values_of_sets(setting, setting.draws, sets, params, seen)
    finite = np.isfinite(values)
    return shares(np.where(finite, values, np.inf).argmin(axis=1), np.asarray(finite.any(axis=1)), len(sets))


def shares(best: np.ndarray, finite: np.ndarray, count: int) -> Array:
    """Share of the finite draws that name each candidate."""
    if not finite.any():
        return np.full(count, np.nan)
    return np.bincount(best[finite], minlength=count) / finite.sum()
