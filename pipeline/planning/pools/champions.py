"""In which share of the draws each pool set is the best: the same draw, and the same error of the law by pool, judge all sets.

With 12 pools there are 4095 sets, and a law that may be wrong about each makes many of them contenders. All are evaluated in
every draw, in two ways: sums over pools are interpolated (interpolated_sets.py); a law that is one recursion over the epochs of a
union (union_path.py) is exact, and one walk serves all budgets. Budgets that give each set a run of its own get
the first 400 draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.planning.plan import Array
from pipeline.planning.pools.candidates import values_by_union, values_of_sets
from pipeline.planning.pools.interpolated_sets import Stretches, values_by_stretch
from pipeline.planning.pools.pool_sets import PoolSets
from pipeline.planning.ranking import chances, lowest_of, shares
from pipeline.planning.setting import SEARCHED, Setting

FEW_SETS = 300


def chances_of_budgets(
    setting: Setting,
    sets: PoolSets,
    params: Array,
    seen: Array,
    error: Array,
    candidates: NDArray[np.bool_] | None = None,
) -> list[Array | None]:
    """For each budget, its runs (budgets, S): the share of draws in which each set is the best. None without draws.

    error (budgets, S): what the law itself may get wrong at each of them.
    candidates (budgets, S): sets with a value at the estimate; the others cannot be run, and are never the best.
    """
    candidates = np.ones(params.shape, dtype=bool) if candidates is None else candidates
    if setting.draws is None or not setting.steps:
        race = Race(setting, sets)
        return [count_best(setting, sets, *given, race) for given in zip(params, seen, error, candidates, strict=True)]
    best, complete = best_by_union(setting, setting.draws, sets, params, seen, error, candidates)
    return [shares(*found) for found in zip(best, complete, candidates, strict=True)]


@dataclass(frozen=True)
class Race:
    """What all budgets of many sets have in common: the order in which sets are interpolated, and the law's error by pool."""

    setting: Setting
    sets: PoolSets

    @cached_property
    def along(self) -> Stretches:
        return Stretches(self.sets)

    @cached_property
    def errors(self) -> Array:
        """Of each draw and set, in that order: one product instead of one a budget."""
        return self.setting.errors_of_sets(self.sets.members(self.along.order).share)

    def shares(self, theta: Array, params: float, seen: float, error: Array, candidates: NDArray[np.bool_]) -> Array:
        """The share of the draws that each set (S,) wins with one run on each; of equal ones the first wins, as in `chances`."""
        least, winner = np.full(len(theta), np.inf), np.zeros(len(theta), dtype=np.int64)
        complete = np.ones(len(theta), dtype=bool)
        for place, values in values_by_stretch(self.setting, theta, self.along, params, seen):
            at = self.along.order[place]
            wrong = self.setting.with_errors_of_sets(values, self.errors[:, place], error[at])
            first, lowest = lowest_of(wrong, self.setting.measured, candidates[at])
            better = (lowest < least) | ((lowest == least) & (at[first] < winner))
            least, winner = np.where(better, lowest, least), np.where(better, at[first], winner)
            complete &= ~np.isnan(lowest)
        return shares(winner, complete, candidates)


def count_best(
    setting: Setting,
    sets: PoolSets,
    params: Array,
    seen: Array,
    error: Array,
    candidates: NDArray[np.bool_] | None = None,
    race: Race | None = None,
) -> Array | None:
    """Share of draws in which each set (S,) has the best value, where the law errs by pool. None without draws, NaN where draws
    do not know every candidate. race: of these sets, where other budgets share it."""
    if setting.draws is None:
        return None
    if len(sets) <= FEW_SETS:
        values = values_of_sets(setting, setting.draws, sets, params, seen)
    elif _one_run(params, seen) and not setting.walks:
        among = np.ones(len(sets), dtype=bool) if candidates is None else candidates
        return (race or Race(setting, sets)).shares(setting.draws, float(params[0]), float(seen[0]), error, among)
    else:
        values = values_of_sets(setting, setting.draws[:SEARCHED], sets, params, seen)
    return chances(setting.with_law_error_of_sets(values, sets.members().share, error), setting.measured, candidates)


def best_by_union(
    setting: Setting,
    theta: Array,
    sets: PoolSets,
    params: Array,
    seen: Array,
    error: Array,
    candidates: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The best candidate of each budget for each row of theta (budgets, batch), and whether every candidate's value is known."""
    shape = (len(seen), len(theta))
    least, best = np.full(shape, np.inf), np.zeros(shape, dtype=np.int64)
    complete = np.ones(shape, dtype=bool)
    among = np.ones((len(seen), len(sets)), dtype=bool) if candidates is None else candidates
    every = sets.take(np.tile(np.arange(len(sets)), len(seen)))
    for rows, values in values_by_union(setting, theta, every, params.ravel(), seen.ravel()):
        wrong = setting.with_law_error_of_sets(values, every.members(rows).share, error.ravel()[rows])
        of_sets = setting.turned(wrong).T.reshape(-1, *shape)
        for place, value in zip(rows[:: len(seen)] % len(sets), of_sets, strict=True):
            own = among[:, place][:, None]
            complete &= ~np.isnan(value) | ~own
            better = own & (value < least)
            np.copyto(least, value, where=better)
            best[better] = place
    return best, complete


def _one_run(params: Array, seen: Array) -> bool:
    """Whether all sets are asked about the same run."""
    return bool(np.ptp(seen) == 0 and (np.isnan(params).all() or np.ptp(params) == 0))
