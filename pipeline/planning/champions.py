"""In which share of the draws each pool set is the best: the same draw, and the same error of the law by pool, judge all sets.

With 12 pools there are 4095 sets, and a law that may be wrong about each makes many of them contenders: sums over pools are
interpolated (interpolated_sets.py); a law that walks over epochs is asked about every set in the first 400 draws.

`champions` is exact, and without the law's error. Three ways, by what is known of the law:
* a law proved monotone in its sum, with terms proved monotone in the total of the set (pool_bounds.py): sets are sorted by total
  into bins, terms at a bin's ends bound all its sets, and only sets whose bound reaches the best assured one in some draw are
  evaluated;
* sets of few distinct totals (pools of equal size): terms once for each total, sums as matrix products;
* else every set, in the first 400 draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.planning.candidates import values_of_sets
from pipeline.planning.interpolated_sets import interpolated_values
from pipeline.planning.plan import Array
from pipeline.planning.pool_bounds import Bound, bound_of
from pipeline.planning.pool_sets import PoolSets
from pipeline.planning.pool_terms import columns_of_run, outer, sums_of_sets, terms
from pipeline.planning.setting import SEARCHED, Setting

FEW_SETS = 300
FEW_TOTALS = 100
BINS = 64
SLACK = 1e-9
"""Bounds are compared with this slack relative to the largest term, a million times the rounding of a sum of twelve terms."""


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


def champions(
    setting: Setting, theta: Array, sets: PoolSets, params: Array, seen: Array
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The place of the best set for each row of theta (batch,), and whether any of its values is finite."""
    if len(sets) > FEW_SETS and _one_run(params, seen) and not setting.walks:
        bound = usable_bound(setting, theta)
        if bound is not None:
            some = contenders(setting, theta, sets, float(params[0]), float(seen[0]), bound)
            best, finite = _least(values_of_sets(setting, theta, sets.take(some), params[some], seen[some]))
            return some[best], finite
        if len(np.unique(sets.unique)) <= FEW_TOTALS:
            return _least(grouped_values(setting, theta, sets, float(params[0]), float(seen[0])))
    return _least(values_of_sets(setting, theta, sets, params, seen))


def grouped_values(setting: Setting, theta: Array, sets: PoolSets, params: float, seen: float) -> Array:
    """The law for every set (batch, S), with each pool's term computed once for each distinct total."""
    run = columns_of_run(params, seen)
    totals, group = np.unique(sets.unique, return_inverse=True)
    table = terms(setting, theta, totals, sets.sizes, **run)
    out = np.empty((len(theta), len(sets)))
    for g, total in enumerate(totals):
        at = np.flatnonzero(group == g)
        inside = sets.inside[at].astype(float).T
        sums = [sums_of_sets(part[:, g], inside) for part in table]
        out[:, at] = outer(setting, theta, sums, np.full(len(at), total), **run)
    return out


def usable_bound(setting: Setting, theta: Array) -> Bound | None:
    """What is proved of the law, where every row of theta keeps to the bounds that the proof rests on."""
    limits = {p.name: p.bounds for p in setting.law.parameters if p.bounds is not None}
    for column, (name, _) in zip(theta.T, setting.fit.index, strict=True):
        low, high = limits.get(name, (-np.inf, np.inf))
        if ((column < low) | (column > high)).any():
            return None
    return bound_of(setting.law)


def contenders(setting: Setting, theta: Array, sets: PoolSets, params: float, seen: float, bound: Bound) -> NDArray[np.int64]:
    """Sets that may be the best in some row of theta: their bound reaches what another set is sure to have."""
    order = np.argsort(sets.unique, kind="stable")
    parts = np.array_split(order, BINS)
    edges = np.array([sets.unique[order[0]], *(sets.unique[part[-1]] for part in parts)])
    (table,) = terms(setting, theta, edges, sets.sizes, **columns_of_run(params, seen))
    gain = (table if bound.more_is_better else -table) * (edges[:, None] if bound.per_sample else 1.0)
    inside = [sets.inside[part].T / (sets.unique[part] if bound.per_sample else 1.0) for part in parts]
    ends = [(np.minimum(gain[:, j], gain[:, j + 1]), np.maximum(gain[:, j], gain[:, j + 1])) for j in range(len(parts))]
    assured = [np.fmax.reduce(sums_of_sets(low, m), axis=1) for (low, _), m in zip(ends, inside, strict=True)]
    reach = np.fmax.reduce(np.stack(assured)) - SLACK * np.fmax.reduce(np.abs(table), axis=(1, 2))
    kept = [
        part[(sums_of_sets(high, m) >= reach[:, None]).any(axis=0)]
        for part, (_, high), m in zip(parts, ends, inside, strict=True)
    ]
    found = np.sort(np.concatenate(kept))
    return found if len(found) else order


def _one_run(params: Array, seen: Array) -> bool:
    """Whether all sets are asked about the same run."""
    return bool(np.ptp(seen) == 0 and (np.isnan(params).all() or np.ptp(params) == 0))


def _least(values: Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    finite = np.isfinite(values)
    return np.where(finite, values, np.inf).argmin(axis=1), np.asarray(finite.any(axis=1))


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
