"""In which share of the draws each pool set is the best: the same draw judges all sets.

With 12 pools there are 4095 sets. Three exact ways, by what is known of them:
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
from pipeline.planning.plan import Array
from pipeline.planning.pool_bounds import Bound, bound_of
from pipeline.planning.pool_sets import PoolSets
from pipeline.planning.pool_terms import outer, terms
from pipeline.planning.setting import Setting

FEW_SETS = 300
FEW_TOTALS = 100
BINS = 64
SLACK = 1e-9
"""Bounds are compared with this slack relative to the largest term, a million times the rounding of a sum of twelve terms."""

HUGE = 1e300
"""In place of infinity, which times zero would be not-a-number for sets without the pool."""


def count_best(setting: Setting, sets: PoolSets, params: Array, seen: Array) -> Array | None:
    """Share of draws in which each set (S,) has the smallest value. None without draws, NaN where no draw is finite."""
    if setting.draws is None:
        return None
    fast = len(sets) <= FEW_SETS or usable_bound(setting, setting.draws) is not None
    draws = setting.draws if fast or len(np.unique(sets.unique)) <= FEW_TOTALS else setting.search_draws
    best, finite = champions(setting, setting.draws if draws is None else draws, sets, params, seen)
    return shares(best, finite, len(sets))


def champions(
    setting: Setting, theta: Array, sets: PoolSets, params: Array, seen: Array
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The place of the best set for each row of theta (batch,), and whether any of its values is finite."""
    same_run = np.ptp(seen) == 0 and (np.isnan(params).all() or np.ptp(params) == 0)
    if len(sets) > FEW_SETS and same_run and not setting.walks:
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
    run = _run(params, seen)
    totals, group = np.unique(sets.unique, return_inverse=True)
    table = terms(setting, theta, totals, sets.sizes, **run)
    out = np.empty((len(theta), len(sets)))
    for g, total in enumerate(totals):
        at = np.flatnonzero(group == g)
        inside = sets.inside[at].astype(float).T
        sums = [_sums(part[:, g], inside) for part in table]
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
    (table,) = terms(setting, theta, edges, sets.sizes, **_run(params, seen))
    gain = (table if bound.more_is_better else -table) * (edges[:, None] if bound.per_sample else 1.0)
    inside = [sets.inside[part].T / (sets.unique[part] if bound.per_sample else 1.0) for part in parts]
    ends = [(np.minimum(gain[:, j], gain[:, j + 1]), np.maximum(gain[:, j], gain[:, j + 1])) for j in range(len(parts))]
    assured = [np.fmax.reduce(_sums(low, m), axis=1) for (low, _), m in zip(ends, inside, strict=True)]
    reach = np.fmax.reduce(np.stack(assured)) - SLACK * np.fmax.reduce(np.abs(table), axis=(1, 2))
    kept = [part[(_sums(high, m) >= reach[:, None]).any(axis=0)] for part, (_, high), m in zip(parts, ends, inside, strict=True)]
    found = np.sort(np.concatenate(kept))
    return found if len(found) else order


def _sums(terms_of_pools: Array, inside: Array) -> Array:
    """(batch, K) times (K, S), not-a-number only for sets with a pool whose term is. By NumPy's own loops: products so thin gain
    nothing from BLAS and its threads."""
    lost = np.isnan(terms_of_pools)
    out = np.einsum("bk,ks->bs", np.nan_to_num(terms_of_pools, posinf=HUGE, neginf=-HUGE), inside)
    if lost.any():
        out[np.einsum("bk,ks->bs", lost.astype(float), inside) > 0] = np.nan
    return out


def _run(params: float, seen: float) -> dict[str, float]:
    return {"data_seen": seen} if np.isnan(params) else {"data_seen": seen, "params": params}


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
