"""The search for the optimum: many data-aware starts, solved together, and the local minima that they end in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.fitting.effort import FULL
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.numerics.trials import Solution
from pipeline.fitting.problem import Problem

Array = np.ndarray
SAME = 1e-9
"""Two ends whose objectives differ by no more than this (relative) are the same minimum."""
APART = 1e-7
ONWARD = 6
"""Rows that go on where the best has not converged in a short search."""
EXACT = 1e-28
"""An objective this small beside that of predicting nothing is rounding: no other start can end lower."""
FIRST, HARDLY, SOON = 12, 2, 60
"""Starts that are tried alone where there are at most HARDLY observations a free parameter, and the steps they have: what meets
all observations goes there straight."""
HEATS, BROUGHT = (60, 120), (15, 60)
"""After so many steps most starts are left where few observations let all creep; sooner where they come from near."""
NEAR, AHEAD = 0.1, 2.0
"""Near its end, a row is taken to end at most AHEAD times its predicted decrease below where it is."""
ENDED = 1e-9
"""A part of the objective that a further step may still take off."""
NEAR_END = 0.1
"""Standard errors from its optimum at which a search may stop on its way: no interval is so narrow that it shows."""
CLOSE = 1.02
"""Other minima within this factor of the best are starts of every draw: a resample may prefer them."""


@dataclass(frozen=True)
class Minimum:
    """One local minimum: working vector, objective, and how many starts ended there."""

    w: Array
    value: float
    reached: int


@dataclass(frozen=True)
class Search:
    """The minima found, best first, and how the best one ends; exact: it meets all observations, to rounding."""

    minima: tuple[Minimum, ...]
    starts: int
    converged: bool
    moved: float
    gradient_norm: float
    predicted_decrease: float
    hessian: Array
    exact: bool = False

    @property
    def best(self) -> Minimum:
        return self.minima[0]

    def remaining(self, points: int) -> float:
        """What a Newton step would still take off the objective, as a part of it; nothing where it is the rounding of so many."""
        return self.predicted_decrease if self.best.value > EXACT * points else 0.0

    def away(self, points: int) -> float:
        """Standard errors that a Newton step would still go: beyond NEAR_END the fit is refused."""
        return float(np.sqrt(max(points - len(self.hessian), 1) * self.remaining(points)))

    def close(self) -> Array:
        """Working vectors (m, P) of the minima from which draws start."""
        limit = CLOSE * self.best.value
        return np.stack([m.w for m in self.minima[:4] if m is self.best or m.value <= limit])


def search(problem: Problem, starts: Array, weight: Array, longest: int = FULL.longest, heats: tuple[int, ...] = ()) -> Search:
    """Minimise from every start and sort the ends into minima. heats: see minimise.

    A search of fewer steps than a full one is an audit: starts that are still on their way then go on only where they are
    about to end below the best.
    """
    exact = EXACT * float(problem.rows.n if problem.objective.space == "log" else problem.target @ problem.target)
    for some, steps in _waves(problem, starts, longest):
        found = minimise(problem, some, weight, iterations=steps, enough=exact, heats=heats)
        if found.value[found.best] <= exact:
            ended = found.converged | (found.value <= exact)
            return replace(_summary(problem, found.only(ended), some[ended]), exact=True)
    if longest < FULL.longest:
        _go_on(problem, found, weight, FULL.longest - longest)
    return _summary(problem, found, starts)


def hardly_informed(problem: Problem) -> bool:
    """Whether there are so few observations that starts may follow their noise."""
    return bool(problem.rows.n <= HARDLY * problem.free.size)


def since(found: Search, start: Array, near: Array) -> Search:
    """A search that went on from `near`, where other steps had brought its starts: how far these went counts too."""
    steps = np.abs(near - start).max(axis=1, initial=0.0)
    return replace(found, moved=max(found.moved, float(np.max(steps[np.isfinite(steps)], initial=0.0))))


def _waves(problem: Problem, starts: Array, longest: int) -> list[tuple[Array, int]]:
    """All starts and their steps; before them a few, where so few observations may be met exactly, which ends the search."""
    exactly = hardly_informed(problem) and len(starts) > FIRST
    return [(starts[:FIRST], min(SOON, longest)), (starts, longest)] if exactly else [(starts, longest)]


def _summary(problem: Problem, found: Solution, starts: Array) -> Search:
    best = found.best
    value = max(abs(float(found.value[best])), 1e-300)
    steps = np.abs(found.w - starts).max(axis=1) if starts.size else np.zeros(1)
    return Search(
        _minima(found),
        len(starts),
        bool(found.converged[best]),
        float(np.max(steps[np.isfinite(steps)], initial=0.0)),
        float(np.abs(found.gradient[best]).max(initial=0.0)) / value,
        float(found.predicted_decrease[best]) / value if problem.free.size else 0.0,
        found.hessian[best],
    )


def _go_on(problem: Problem, found: Solution, weight: Array, longest: int) -> None:
    """Takes promising rows further, in place: the best ones while the best has not converged, and those that may end below it."""
    order = np.argsort(found.value, kind="stable")
    best = found.value[order[0]]
    with np.errstate(all="ignore"):
        near = found.predicted_decrease < NEAR * found.value
        below = near & (found.value - AHEAD * found.predicted_decrease < best * (1 - SAME))
    rows = order[(~found.converged & below)[order]] if found.converged[order[0]] else order
    rows = rows[:ONWARD]
    if not rows.size:
        return
    found.replace(rows, minimise(problem, found.w[rows], weight, iterations=longest))


def _minima(found: Solution) -> tuple[Minimum, ...]:
    """Ends grouped by objective: converged ones, and the best whatever it is."""
    best = found.best
    order = np.argsort(found.value, kind="stable")
    groups: list[list[int]] = []
    for i in order:
        if not (found.converged[i] or i == best) or not np.isfinite(found.value[i]):
            continue
        first = found.value[groups[-1][0]] if groups else np.nan
        if groups and found.value[i] <= first + APART * abs(first) + 1e-25:
            groups[-1].append(int(i))
        else:
            groups.append([int(i)])
    return tuple(_minimum(found, group) for group in groups) or (Minimum(found.w[best], float(found.value[best]), 0),)


def _minimum(found: Solution, group: list[int]) -> Minimum:
    """An end counts by its objective: at the last bit a start may be there and see no convergence for the noise."""
    value = float(found.value[group[0]])
    reached = int(np.sum(np.abs(found.value - value) <= SAME * abs(value) + 1e-25))
    return Minimum(found.w[group[0]], value, reached)
