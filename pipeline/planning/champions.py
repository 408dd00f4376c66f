"""In which share of the draws each pool set is the best: the same draw judges all sets.

With 12 pools there are 4095 sets. Three exact ways, by what is known of them:
* a law proved to fall with its sum, and whose terms are proved to fall with the total of the set: sets are sorted by total into
  bins, terms at a bin's ends bound all its sets, and only sets whose upper bound reaches the best lower bound in some draw are
  evaluated;
* sets of few distinct totals (pools of equal size): terms once for each total, sums as matrix products;
* else every set, in the first 400 draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.planning.candidates import values_of_sets
from pipeline.planning.plan import Array
from pipeline.planning.pool_sets import PoolSets
from pipeline.planning.pool_terms import more_is_better_and_dilution_costs, outer, terms
from pipeline.planning.setting import Setting

FEW_SETS = 300
FEW_TOTALS = 100
BINS = 64
SLACK = 1e-9
"""Bounds are compared with this relative slack, a million times the rounding of a sum of twelve terms."""


def count_best(setting: Setting, sets: PoolSets, params: Array, seen: Array) -> Array | None:
    """Share of draws in which each set (S,) has the smallest value. None without draws, NaN where no draw is finite."""
    if setting.draws is None:
        return None
    fast = len(sets) <= FEW_SETS or more_is_better_and_dilution_costs(setting.law)
    draws = setting.draws if fast or len(np.unique(sets.unique)) <= FEW_TOTALS else setting.search_draws
    best, finite = champions(setting, setting.draws if draws is None else draws, sets, params, seen)
    return shares(best, finite, len(sets))


def champions(
    setting: Setting, theta: Array, sets: PoolSets, params: Array, seen: Array
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The place of the best set for each row of theta (batch,), and whether any of its values is finite."""
    same_run = np.ptp(seen) == 0 and (np.isnan(params).all() or np.ptp(params) == 0)
    if len(sets) > FEW_SETS and same_run and not setting.walks:
        if more_is_better_and_dilution_costs(setting.law):
            some = contenders(setting, theta, sets, float(params[0]), float(seen[0]))
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


def contenders(setting: Setting, theta: Array, sets: PoolSets, params: float, seen: float) -> NDArray[np.int64]:
    """Sets that may be the best in some row of theta: no other set's lower bound of the sum exceeds their upper bound."""
    order = np.argsort(sets.unique, kind="stable")
    parts = np.array_split(order, BINS)
    edges = np.array([sets.unique[order[0]], *(sets.unique[part[-1]] for part in parts)])
    (table,) = terms(setting, theta, edges, sets.sizes, **_run(params, seen))
    inside = [sets.inside[part].astype(float).T for part in parts]
    least = np.stack([_sums(table[:, j + 1], m).max(axis=1) for j, m in enumerate(inside)]).max(axis=0)
    reach = least - SLACK * np.abs(least)
    kept = [
        part[(_sums(table[:, j], m) >= reach[:, None]).any(axis=0)] for j, (part, m) in enumerate(zip(parts, inside, strict=True))
    ]
    found = np.sort(np.concatenate(kept))
    return found if len(found) else order


def _sums(terms_of_pools: Array, inside: Array) -> Array:
    """(batch, K) times (K, S), by NumPy's own loops: products so thin gain nothing from BLAS and its threads."""
    return np.einsum("bk,ks->bs", terms_of_pools, inside)


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
