"""Choosing runs within a budget: greedy at several prices of cost, then Fedorov's exchange until nothing improves."""

from __future__ import annotations

import numpy as np

from pipeline.planning.design.design_of_runs import Criterion, Ensemble, Growing
from pipeline.planning.plan import Array

EXPONENTS = (1.0, 0.5, 0.0)
"""Greedy divides a gain by cost to these powers: per unit of cost takes small runs, plain gain large ones."""
SWEEPS = 4
EVEN = 1e-6
NOTHING = 1e-12
WORTH = 0.01
MOST = 24


def best_design(ensemble: Ensemble, cost: Array, budget: float, *, most: int = MOST, criterion: Criterion = "I") -> list[int]:
    """The set of at most `most` runs whose cost (J,) stays within `budget` that gains most. Deterministic.

    Indices of candidates in the order of their use; an index that comes twice is a replicate.
    """
    starts = [greedy(ensemble, cost, budget, most, criterion, power) for power in EXPONENTS]
    found = [exchange(ensemble, start, cost, budget, most, criterion) for start in starts]
    best = max(found, key=lambda chosen: ensemble.score(chosen, criterion) if chosen else 0.0)
    return ordered(ensemble, pruned(ensemble, best), cost, criterion)


def pruned(ensemble: Ensemble, chosen: list[int]) -> list[int]:
    """Without the runs that nobody would miss: each adds less than a hundredth to what is left of the targets' variance."""
    while len(chosen) > 1:
        rests = [chosen[:k] + chosen[k + 1 :] for k in range(len(chosen))]
        variances = [ensemble.left(rest) for rest in rests]
        best = int(np.argmin(variances))
        if variances[best] > ensemble.left(chosen) * (1 + WORTH):
            break
        chosen = rests[best]
    return chosen


def greedy(ensemble: Ensemble, cost: Array, budget: float, most: int, criterion: Criterion, power: float) -> list[int]:
    """Takes the candidate with the largest gain / cost^power that still fits, until none fits or gains; replicates too."""
    chosen: list[int] = []
    left, growing = budget, Growing(ensemble)
    while len(chosen) < most:
        gain = np.where(cost <= left, growing.gain(criterion), 0.0)
        best = int(np.argmax(gain / cost**power))
        if gain[best] <= NOTHING:
            break
        chosen.append(best)
        growing.add(best)
        left -= cost[best]
    return chosen


def exchange(ensemble: Ensemble, chosen: list[int], cost: Array, budget: float, most: int, criterion: Criterion) -> list[int]:
    """Replaces each run by the best affordable one, and adds what still fits, until a sweep changes nothing."""
    for _ in range(SWEEPS):
        before, place = list(chosen), 0
        while place < len(chosen):
            without = ensemble.gains_without_each(chosen, criterion)
            place = next((k for k in range(place, len(chosen)) if _better(without[k], chosen, k, cost, budget)), len(chosen))
            if place < len(chosen):
                chosen = _swapped(ensemble, chosen, place, cost, budget, criterion)
                place += 1
        chosen = _filled(ensemble, chosen, cost, budget, most, criterion)
        if chosen == before:
            break
    return chosen


def _better(gain: Array, chosen: list[int], place: int, cost: Array, budget: float) -> bool:
    """Whether an affordable run gains more than the one at a place, by the gains (J,) beyond the others."""
    affordable = cost <= budget - cost[chosen[:place] + chosen[place + 1 :]].sum()
    return bool(np.where(affordable, gain, -1.0).max() > gain[chosen[place]] * (1 + EVEN))


def _swapped(ensemble: Ensemble, chosen: list[int], place: int, cost: Array, budget: float, criterion: Criterion) -> list[int]:
    """The chosen runs with the best affordable one at a place, if it gains more there."""
    others = chosen[:place] + chosen[place + 1 :]
    gain = np.where(cost <= budget - cost[others].sum(), ensemble.gain(others, criterion), -1.0)
    best = int(np.argmax(gain))
    return [*others[:place], best, *others[place:]] if gain[best] > gain[chosen[place]] * (1 + EVEN) else chosen


def _filled(ensemble: Ensemble, chosen: list[int], cost: Array, budget: float, most: int, criterion: Criterion) -> list[int]:
    """The chosen runs and those that still fit and gain, best first."""
    while len(chosen) < most:
        gain = np.where(cost <= budget - cost[chosen].sum(), ensemble.gain(chosen, criterion), 0.0)
        best = int(np.argmax(gain))
        if gain[best] <= NOTHING:
            break
        chosen = [*chosen, best]
    return chosen


def ordered(ensemble: Ensemble, chosen: list[int], cost: Array, criterion: Criterion) -> list[int]:
    """The runs in the order in which each, with its replicates, adds most per unit of cost."""
    left, order = list(chosen), list[int]()
    while left:
        gain = ensemble.gain(order, criterion)[left] / cost[left]
        best = left[int(np.argmax(gain))]
        order += [run for run in left if run == best]
        left = [run for run in left if run != best]
    return order
