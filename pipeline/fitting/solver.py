"""Batched damped Newton with exact Hessians: all starts and all resamples at once.

A row has converged when its Hessian is positive definite and the predicted decrease ½ gᵀH⁻¹g is at most 1e-13 of its objective:
a statement about the optimum, not about the size of the last step.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import overload

import numpy as np

from pipeline.fitting import objective as misfit
from pipeline.fitting.problem import Problem
from pipeline.fitting.steps import near_steps, patient_steps
from pipeline.laws.law import Objective

Array = np.ndarray
TOLERANCE = 1e-13
LONGEST_STEP = 3.0
RIDGE = {"huber": 1e-3, "l2": 0.1}
"""Part of the scaled metric that is the identity: it bends damped steps away from directions in which the data say little."""
CREEPING = 2e-10
"""A predicted decrease, relative to the objective, at which a draw ends: its objective is then as good as the optimum to 1e-9."""
OFTEN = 0.4
"""From this part of guarded rows on, the metric is made together with the Hessian; below, for those rows alone."""
EASE = 0.2
SHORTEST = 0.1
"""A step that failed is tried again at no less than this part of its length."""
WARY = 0.1


@dataclass(frozen=True)
class Pace:
    """How a batch is stepped, and when a row may end.

    near: rows start near their end and go along their Newton direction, which is shortened where it did not go down; otherwise
    each direction is damped by itself. ends: the predicted decrease, relative to the objective, at which a row ends, up to each
    number of steps.
    """

    near: bool
    ends: tuple[tuple[float, float], ...]

    def tolerance(self, tries: int) -> float:
        return next(tolerance for steps, tolerance in self.ends if tries < steps)


PATIENT = Pace(False, ((np.inf, TOLERANCE),))
NEAR = Pace(True, ((np.inf, CREEPING),))
LATE = Pace(False, ((35, CREEPING), (np.inf, 1e-6)))
"""For rows that a near start did not bring to their end: they creep along a valley."""


@dataclass(frozen=True)
class _Sums:
    """What is summed for a batch: weight and target are (n,) or (batch, n), stage the smooth objective."""

    problem: Problem
    weight: Array
    target: Array | None
    stage: Objective

    def at(self, w: Array, rows: Array | None = None, metric: bool = False) -> tuple[Array, Array, Array, Array | None]:
        """value, gradient, Hessian and metric of some rows of the batch, or of all."""
        return self.problem.evaluate(w, self.weight, self.target, self.stage, metric, rows)

    def only(self, rows: Array) -> _Sums:
        return _Sums(self.problem, _rows_of(self.weight, rows), _rows_of(self.target, rows), self.stage)


@dataclass
class Solution:
    """Where each row of the batch ended: w (batch, P), value, gradient, predicted decrease, and whether it converged."""

    w: Array
    value: Array
    gradient: Array
    hessian: Array
    predicted_decrease: Array
    converged: Array
    iterations: Array
    metric: Array

    @property
    def best(self) -> int:
        return int(np.nanargmin(self.value))

    def only(self, rows: Array) -> Solution:
        """Some rows of the batch."""
        return Solution(**{part.name: getattr(self, part.name)[rows] for part in fields(self)})

    def replace(self, rows: Array, end: Solution) -> None:
        """Puts the ends of some rows, taken further, in place of where they were."""
        for part in fields(self):
            getattr(self, part.name)[rows] = getattr(end, part.name)


def minimise(
    problem: Problem,
    start: Array,
    weight: Array,
    target: Array | None = None,
    *,
    iterations: int = 100,
    patient: bool = True,
    stages: list[Objective] | None = None,
    enough: float = 0.0,
    metric: Array | None = None,
) -> Solution:
    """Minimise from each row of `start` (batch, P), weight and target (n,) or (batch, n). LAD goes through falling deltas.

    Without patience rows are taken to start near their end: they step at the pace NEAR, and those left behind at LATE. All rows
    end where one has converged at `enough` or below: for starts of one problem, an exact fit ends the search. metric (F, F): of
    every start, where it is known.
    """
    solution, pace = None, PATIENT if patient else NEAR
    for stage in stages or misfit.stages(problem.objective):
        begin = start if solution is None else solution.w
        sums = _Sums(problem, weight, target, stage)
        solution = _newton(sums, begin, iterations, pace, enough, metric)
        late = np.flatnonzero(~solution.converged & np.isfinite(solution.value))
        if not patient and late.size:
            solution.replace(late, _newton(sums.only(late), solution.w[late], iterations, LATE, 0.0, None))
    if solution is None:
        raise ValueError("an objective has at least one stage")
    return solution


@overload
def _rows_of(array: Array, rows: Array) -> Array: ...
@overload
def _rows_of(array: None, rows: Array) -> None: ...
def _rows_of(array: Array | None, rows: Array) -> Array | None:
    return array[rows] if array is not None and array.ndim == 2 else array


def _newton(sums: _Sums, start: Array, iterations: int, pace: Pace, enough: float, metric: Array | None) -> Solution:
    w = np.array(start, float)
    value, gradient, hessian, made = sums.at(w, metric=metric is None)
    batch, size = gradient.shape
    metric = made if metric is None else np.array(np.broadcast_to(metric, hessian.shape))
    if metric is None:
        raise ValueError("a problem that is asked for its metric gives one")
    finite = _finite(value, gradient, hessian)
    value[~finite] = np.inf
    state = Solution(w, value, gradient, hessian, np.full(batch, np.inf), np.zeros(batch, bool), np.zeros(batch, int), metric)
    damping, reach, active = np.zeros(batch), np.ones(batch), np.flatnonzero(finite)
    floor, ridge, tries = 1e-31 * sums.problem.rows.n, RIDGE[sums.stage.loss], 0
    while active.size and size:
        if pace.near:
            step, predicted, positive = near_steps(state.gradient[active], state.hessian[active], state.metric, active, ridge)
            step *= reach[active, None]
        else:
            vanishing = state.value[active] if sums.stage.loss == "l2" else None
            step, predicted, positive, guarded = patient_steps(
                state.gradient[active], state.hessian[active], state.metric, active, damping[active], ridge, vanishing
            )
        state.predicted_decrease[active] = predicted
        state.iterations[active] = tries
        done = positive & (predicted <= pace.tolerance(tries) * np.abs(state.value[active]) + floor)
        state.converged[active[done]] = True
        going = ~(done | (damping[active] > 1e12))
        active, step = active[going], _limited(step[going])
        if not active.size or tries == iterations or (state.converged & (state.value <= enough)).any():
            break
        if pace.near:
            tried = _tried(sums, state, active, step, False)
            reach[active] = np.where(tried.good, 1.0, reach[active] * tried.shortened())
        else:
            promised = _promise(state, active, step)
            tried = _tried(sums, state, active, step, guarded > OFTEN)
            damping[active] = _adapted(damping[active], tried.good, tried.kept(promised))
        tries += 1
    return state


def _finite(value: Array, gradient: Array, hessian: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.isfinite(value + gradient.sum(axis=1) + hessian.reshape(len(value), -1).sum(axis=1))


def _limited(step: Array) -> Array:
    return step * np.minimum(1.0, LONGEST_STEP / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]


def _promise(state: Solution, active: Array, step: Array) -> Array:
    """By how much slope and curvature say that the steps lower the objective."""
    return -np.vecdot(state.gradient[active] + 0.5 * np.matvec(state.hessian[active], step), step)


@dataclass(frozen=True)
class _Trial:
    """Steps that were tried: the value before and after, the slope along them before, and which did not rise."""

    old: Array
    value: Array
    slope: Array
    good: Array

    def kept(self, promised: Array) -> Array:
        """The part of the promise that came true."""
        with np.errstate(all="ignore"):
            return np.where(promised > 1e-12 * np.abs(self.old), (self.old - self.value) / promised, 1.0)

    def shortened(self) -> Array:
        """The part of a failed step to try next: where the parabola through both values and the slope is lowest."""
        with np.errstate(all="ignore"):
            part = -0.5 * self.slope / (self.value - self.old - self.slope)
        return np.clip(np.nan_to_num(part, nan=SHORTEST), SHORTEST, 0.5)


def _tried(sums: _Sums, state: Solution, active: Array, step: Array, metric: bool) -> _Trial:
    """Tries the steps, and takes those that do not rise."""
    w, old = state.w[active], state.value[active]
    w[:, sums.problem.free] += step
    value, gradient, hessian, hull = sums.at(w, active, metric)
    good = _finite(value, gradient, hessian) & (value <= old + 1e-14 * np.abs(old))
    trial = _Trial(old, value, np.vecdot(state.gradient[active], step), good)
    took = active[good]
    state.w[took], state.value[took] = w[good], value[good]
    state.gradient[took], state.hessian[took] = gradient[good], hessian[good]
    if hull is not None:
        state.metric[took] = hull[good]
    return trial


def _adapted(damping: Array, good: Array, kept: Array) -> Array:
    """More damping after a step that failed or kept little of its promise, less after one that kept most of it."""
    less = np.where(damping > 1e-3, damping * EASE, 0.0)
    more = np.where(good, np.maximum(damping * 2.0, WARY), np.maximum(damping * 5.0, 0.1))
    return np.where(good & (kept > 0.75), less, np.where(good & (kept > 0.25), damping, more))
