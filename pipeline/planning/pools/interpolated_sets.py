"""A law of pool sums at thousands of pool sets in every draw: each pool's term at some totals, interpolated to each set's total.

A pool's term times the total U of the set is smooth in ln U, so lines between 65 totals are within 1e-4 of ln value:
far less than any law's misfit. Sums over pools are then matrix products.
"""

from __future__ import annotations

import numpy as np

from pipeline.planning.plan import Array
from pipeline.planning.pools.pool_sets import PoolSets
from pipeline.planning.pools.pool_terms import columns_of_run, outer, sums_of_sets, terms
from pipeline.planning.setting import Setting

STRETCHES = 64
"""Stretches of ln U from the smallest set to the largest; the error falls with their square."""


def interpolated_values(setting: Setting, theta: Array, sets: PoolSets, params: float, seen: float) -> Array:
    """The law (batch, S) for one run on each set; for laws that are sums over pools, not walks over epochs."""
    run = columns_of_run(params, seen)
    ends = np.geomspace(sets.unique.min(), sets.unique.max(), STRETCHES + 1)
    table = terms(setting, theta, ends, sets.sizes, **run) * ends[:, None]
    position = np.interp(np.log(sets.unique), np.log(ends), np.arange(len(ends)))
    left = np.minimum(position.astype(np.int64), STRETCHES - 1)
    out = np.empty((len(theta), len(sets)))
    for stretch in np.unique(left):
        at = np.flatnonzero(left == stretch)
        part, inside = position[at] - stretch, sets.inside[at].T / sets.unique[at]
        weights = np.vstack([inside * (1 - part), inside * part])
        sums = [sums_of_sets(np.hstack([term[:, stretch], term[:, stretch + 1]]), weights) for term in table]
        out[:, at] = outer(setting, theta, sums, sets.unique[at], **run)
    return out
