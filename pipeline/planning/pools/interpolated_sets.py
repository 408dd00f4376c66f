"""A law of pool sums at thousands of pool sets in every draw: each pool's term at some totals, interpolated to each set's total.

A pool's term times the total U of the set is smooth in ln U, so lines between 65 totals are within 1e-4 of ln value:
far less than any law errs. Sums over pools are then matrix products.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.planning.plan import Array
from pipeline.planning.pools.pool_sets import PoolSets
from pipeline.planning.pools.pool_terms import columns_of_run, outer, sums_of_sets, terms
from pipeline.planning.setting import Setting

STRETCHES = 64
"""Stretches of ln U from the smallest set to the largest; the error falls with their square."""


@dataclass(frozen=True)
class Stretches:
    """Pool sets in order of the stretch of ln U that holds their total: made once, for any number of budgets."""

    sets: PoolSets

    @cached_property
    def ends(self) -> Array:
        """The totals between which lines are drawn (STRETCHES + 1,)."""
        return np.geomspace(self.sets.unique.min(), self.sets.unique.max(), STRETCHES + 1)

    @cached_property
    def position(self) -> Array:
        """Where each set's total lies: stretches from the smallest total (S,)."""
        return np.interp(np.log(self.sets.unique), np.log(self.ends), np.arange(len(self.ends)))

    @cached_property
    def left(self) -> NDArray[np.int64]:
        """The stretch of each set (S,)."""
        return np.minimum(self.position.astype(np.int64), STRETCHES - 1)

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """The sets, those of one stretch side by side and as they were among themselves (S,)."""
        return np.argsort(self.left, kind="stable")

    @cached_property
    def parts(self) -> list[tuple[slice, int, Array]]:
        """Of each stretch: its place in the order, its left end, and the weights (2K, s) of the pools' terms at both ends."""
        edges = [*np.flatnonzero(np.diff(self.left[self.order], prepend=-1)), len(self.sets)]
        return [self._part(slice(int(begin), int(end))) for begin, end in pairwise(edges)]

    def _part(self, place: slice) -> tuple[slice, int, Array]:
        at = self.order[place]
        stretch = int(self.left[at[0]])
        part, inside = self.position[at] - stretch, self.sets.inside[at].T / self.sets.unique[at]
        return place, stretch, np.vstack([inside * (1 - part), inside * part])


def values_by_stretch(
    setting: Setting, theta: Array, along: Stretches, params: float, seen: float
) -> Iterator[tuple[slice, Array]]:
    """The law for one run on each set, a stretch after the other: its place in the order, and the values (batch, s).

    For laws that are sums over pools, not walks over epochs. A stretch of values stays in the processor's cache.
    """
    run, sets = columns_of_run(params, seen), along.sets
    table = terms(setting, theta, along.ends, sets.sizes, **run) * along.ends[:, None]
    for place, stretch, weights in along.parts:
        sums = [sums_of_sets(term[:, stretch : stretch + 2].reshape(len(theta), -1), weights) for term in table]
        yield place, outer(setting, theta, sums, sets.unique[along.order[place]], **run)


def interpolated_values(setting: Setting, theta: Array, sets: PoolSets, params: float, seen: float) -> Array:
    """The same for all sets together, as they are given (batch, S)."""
    along, out = Stretches(sets), np.empty((len(theta), len(sets)))
    for place, values in values_by_stretch(setting, theta, along, params, seen):
        out[:, along.order[place]] = values
    return out
