"""In which share of the draws each pool set is the best: the same draw, and the same error of the law by pool, judge all sets.

With 12 pools there are 4095 sets, and a law that may be wrong about each makes many of them contenders. All are evaluated in
every draw, in two ways: sums over pools are interpolated (interpolated_sets.py); a law that is one recursion over the epochs of a
union (union_path.py) is exact, and one walk serves all budgets. Budgets that give each set a run of its own get
the first 400 draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.planning.plan import Array
from pipeline.planning.pools.candidates import values_by_union, values_of_sets
from pipeline.planning.pools.interpolated_sets import interpolated_values
from pipeline.planning.pools.pool_sets import PoolSets
from pipeline.planning.setting import SEARCHED, Setting

FEW_SETS = 300


def chances_of_budgets(setting: Setting, sets: PoolSets, params: Array, seen: Array, distance: Array) -> list[Array | None]:
    """For each budget, its runs (budgets, S): the share of draws in which each set is the best. None without draws."""
    if setting.draws is None or not setting.steps:
        return [count_best(setting, sets, *given) for given in zip(params, seen, distance, strict=True)]
    best, finite = best_by_union(setting, setting.draws, sets, params, seen, distance)
    return [shares(*found, len(sets)) for found in zip(best, finite, strict=True)]


def count_best(setting: Setting, sets: PoolSets, params: Array, seen: Array, distance: Array) -> Array | None:
    """Share of draws in which each set (S,) has the smallest value, where the law errs by pool. None without draws, NaN where no
    draw is finite."""
    if setting.draws is None:
        return None
    if len(sets) <= FEW_SETS:
        values = values_of_sets(setting, setting.draws, sets, params, seen)
    elif _one_run(params, seen) and not setting.walks:
        values = interpolated_values(setting, setting.draws, sets, float(params[0]), float(seen[0]))
    else:
        values = values_of_sets(setting, setting.draws[:SEARCHED], sets, params, seen)
    return chances(setting.with_misfit_of_sets(values, sets.members().share, distance))


def best_by_union(
    setting: Setting, theta: Array, sets: PoolSets, params: Array, seen: Array, distance: Array
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The best set of each budget for each row of theta (budgets, batch), and whether any set has a finite value."""
    shape = (len(seen), len(theta))
    least, best = np.full(shape, np.inf), np.zeros(shape, dtype=np.int64)
    every = sets.take(np.tile(np.arange(len(sets)), len(seen)))
    for rows, values in values_by_union(setting, theta, every, params.ravel(), seen.ravel()):
        wrong = setting.with_misfit_of_sets(values, every.members(rows).share, distance.ravel()[rows])
        of_sets = np.where(np.isfinite(wrong), wrong, np.inf).T.reshape(-1, *shape)
        for place, value in zip(rows[:: len(seen)] % len(sets), of_sets, strict=True):
            better = value < least
            np.copyto(least, value, where=better)
            best[better] = place
    return best, np.isfinite(least)


def _one_run(params: Array, seen: Array) -> bool:
    """Whether all sets are asked about the same run."""
    return bool(np.ptp(seen) == 0 and (np.isnan(params).all() or np.ptp(params) == 0))


def shares(best: np.ndarray, finite: np.ndarray, count: int) -> Array:
    """Share of the finite draws that name each candidate."""
    if not finite.any():
        return np.full(count, np.nan)
    return np.bincount(best[finite], minlength=count) / finite.sum()


def chances(draws: Array) -> Array:
    """Share of the draws (batch, n) in which each candidate has the smallest value."""
    finite = np.isfinite(draws)
    best = np.where(finite, draws, np.inf).argmin(axis=1)
    return shares(best, np.asarray(finite.any(axis=1)), draws.shape[1])
