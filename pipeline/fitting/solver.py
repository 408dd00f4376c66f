"""Batched damped Newton with exact Hessians: all starts and all resamples at once.

A row has converged when its Hessian is positive definite and the predicted decrease ½ gᵀH⁻¹g is at most 1e-13 of its objective:
a statement about the optimum, not about the size of the last step.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import overload

import numpy as np

from pipeline.fitting import objective as misfit
from pipeline.fitting.factorisation import newton_steps
from pipeline.fitting.problem import Problem
from pipeline.laws.law import Objective

Array = np.ndarray
TOLERANCE = 1e-13
LONGEST_STEP = 3.0
TURN = 0.1
FLAT = 1e-4
"""A negative curvature this small beside the metric is no reason to go on where the gradient is nothing."""
RIDGE = {"huber": 1e-3, "l2": 0.1}
"""Part of the scaled metric that is the identity: it bends damped steps away from directions in which the data say little."""
CREEPING = 2e-10
"""A predicted decrease, relative to the objective, at which a draw ends: its objective is then as good as the optimum to 1e-9."""
OFTEN = 0.4
"""From this part of guarded rows on, the metric is made together with the Hessian; below, for those rows alone."""
RAISE, RAISES = 4.0, 60
"""By what damping is raised until a step goes downhill, and how often at most."""
EASE = 0.2
WARY = 0.1


@dataclass(frozen=True)
class Pace:
    """How a batch is stepped: so many quick steps first, then each direction is damped by itself; and when a row may end.

    quick: steps in which a row whose Hessian is not definite is damped as a whole, in the metric of its start. ends: the
    predicted decrease, relative to the objective, at which a row ends, up to each number of steps.
    """

    quick: int
    ends: tuple[tuple[float, float], ...]

    def tolerance(self, tries: int) -> float:
        return next(tolerance for steps, tolerance in self.ends if tries < steps)


PATIENT = Pace(0, ((np.inf, TOLERANCE),))
NEAR = Pace(12, ((np.inf, CREEPING),))
LATE = Pace(0, ((35, CREEPING), (np.inf, 1e-6)))
"""For rows that a near start did not bring to their end: they creep along a valley."""


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


def _guarded_step(gradient: Array, hessian: Array, metric: Array, damping: Array, ridge: float) -> tuple[Array, Array, Array]:
    """Newton in the metric of the parabola above the loss: negative curvatures turned and floored there, damping added.

    Returns steps, undamped predicted decreases, and where the Hessian is positive (semi)definite.
    """
    size = gradient.shape[1]
    scale = np.sqrt(np.maximum(np.einsum("bii->bi", metric), 1e-300))
    scale = np.maximum(scale, 1e-9 * scale.max(axis=1, keepdims=True))
    scaled = metric / scale[:, :, None] / scale[:, None, :] + ridge * np.eye(size)
    root = np.linalg.inv(np.linalg.cholesky(_raised(scaled, ridge))) / scale[:, None, :]
    values, vectors = np.linalg.eigh(root @ hessian @ root.transpose(0, 2, 1))
    along = np.einsum("bji,bj->bi", vectors, np.einsum("bij,bj->bi", root, gradient))
    safe = np.where(values > 1e-3 * TURN, values, np.maximum(np.abs(values), TURN)) + damping[:, None]
    step = -np.einsum("bji,bj->bi", root, np.einsum("bij,bj->bi", vectors, along / safe))
    undamped = 0.5 * (along**2 / np.maximum(np.abs(values), 1e-12)).sum(axis=1)
    return step, undamped, values[:, 0] > -FLAT


def _damped_steps(gradient: Array, hessian: Array, metric: Array, damping: Array) -> tuple[Array, Array]:
    """Steps −(H + λM)⁻¹g, λ raised from `damping` until the matrix is positive definite; and the λ of each row."""
    step, damping, rest = np.zeros_like(gradient), damping.copy(), np.arange(len(gradient))
    for _ in range(RAISES):
        found, _, positive = newton_steps(hessian[rest] + damping[rest, None, None] * metric[rest], gradient[rest])
        step[rest[positive]] = found[positive]
        rest = rest[~positive]
        if not rest.size:
            break
        damping[rest] *= RAISE
    return step, damping


def _with_ridge(metric: Array, ridge: float) -> Array:
    """The metric made definite: its diagonal raised by a part of itself, entries of nothing by a trace of the largest."""
    diagonal = np.einsum("bii->bi", metric)
    least = 1e-18 * diagonal.max(axis=1, keepdims=True) + 1e-300
    out = metric.copy()
    np.einsum("bii->bi", out)[...] += ridge * np.maximum(diagonal, least)
    return out


def _raised(scaled: Array, ridge: float) -> Array:
    """Scaled metrics whose least curvature is the ridge, as arithmetic without rounding would have it.

    Far out the square of a parameter's slope underflows to zero while its products with others do not (a break at 1e160 FLOP), or
    an entry overflows: Cholesky has no answer for such a metric.
    """
    known = np.isfinite(scaled).all(axis=(1, 2))
    if not known.all():
        scaled = np.where(known[:, None, None], scaled, np.eye(scaled.shape[1]))
    try:
        np.linalg.cholesky(scaled)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(scaled)
        raised = (vectors * np.maximum(values, ridge)[:, None, :]) @ vectors.transpose(0, 2, 1)
        return np.where((values[:, 0] < 0.5 * ridge)[:, None, None], raised, scaled)
    return scaled


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
        solution = _newton(problem, begin, weight, target, iterations, stage, pace, enough, metric)
        late = np.flatnonzero(~solution.converged & np.isfinite(solution.value))
        if not patient and late.size:
            own = _rows_of(weight, late), _rows_of(target, late)
            solution.replace(late, _newton(problem, solution.w[late], *own, iterations, stage, LATE, 0.0, None))
    if solution is None:
        raise ValueError("an objective has at least one stage")
    return solution


@overload
def _rows_of(array: Array, rows: Array) -> Array: ...
@overload
def _rows_of(array: None, rows: Array) -> None: ...
def _rows_of(array: Array | None, rows: Array) -> Array | None:
    return array[rows] if array is not None and array.ndim == 2 and len(rows) < len(array) else array


def _newton(
    problem: Problem,
    start: Array,
    weight: Array,
    target: Array | None,
    iterations: int,
    stage: Objective,
    pace: Pace,
    enough: float,
    metric: Array | None,
) -> Solution:
    w = np.array(start, float)
    value, gradient, hessian, made = problem.evaluate(w, weight, target, stage, metric=metric is None)
    batch, size = gradient.shape
    metric = made if metric is None else np.array(np.broadcast_to(metric, hessian.shape))
    if metric is None:
        raise ValueError("a problem that is asked for its metric gives one")
    finite = _finite(value, gradient, hessian)
    value[~finite] = np.inf
    state = Solution(w, value, gradient, hessian, np.full(batch, np.inf), np.zeros(batch, bool), np.zeros(batch, int), metric)
    damping, active = np.zeros(batch), np.flatnonzero(finite)
    floor, tries = 1e-31 * problem.rows.n, 0
    while active.size and size:
        step, predicted, positive, guarded = _steps(state, active, damping, RIDGE[stage.loss], tries < pace.quick)
        state.predicted_decrease[active] = predicted
        state.iterations[active] = tries
        done = positive & (predicted <= pace.tolerance(tries) * np.abs(state.value[active]) + floor)
        state.converged[active[done]] = True
        going = ~(done | (damping[active] > 1e12))
        active, step = active[going], step[going]
        if not active.size or tries == iterations or (state.converged & (state.value <= enough)).any():
            break
        _advance(problem, state, active, step, damping, weight, target, stage, not pace.quick and guarded > OFTEN)
        tries += 1
    return state


def _finite(value: Array, gradient: Array, hessian: Array) -> Array:
    return np.isfinite(value) & np.isfinite(gradient).all(axis=1) & np.isfinite(hessian).all(axis=(1, 2))


def _steps(state: Solution, active: Array, damping: Array, ridge: float, quick: bool) -> tuple[Array, Array, Array, float]:
    """Plain Newton where the Hessian is positive definite and the last step was taken; damped steps elsewhere.

    Returns steps, undamped predicted decreases, where the Hessian is positive (semi)definite, and the share of damped rows.
    """
    gradient, hessian = state.gradient[active], state.hessian[active]
    step, predicted, positive = newton_steps(hessian, gradient)
    rest = np.flatnonzero(~positive | (damping[active] > 0))
    if not rest.size:
        return step, predicted, positive, 0.0
    if not quick:
        step[rest], predicted[rest], positive[rest] = _guarded_step(
            gradient[rest], hessian[rest], state.metric[active[rest]], damping[active[rest]], ridge
        )
        return step, predicted, positive, rest.size / len(active)
    metric = _with_ridge(state.metric[active[rest]], ridge)
    bent = ~positive[rest]
    saddle = rest[bent]
    if saddle.size:
        _, predicted[saddle], positive[saddle] = newton_steps(hessian[saddle] + FLAT * metric[bent], gradient[saddle])
    least = np.where(bent, TURN, 0.0)
    step[rest], damping[active[rest]] = _damped_steps(
        gradient[rest], hessian[rest], metric, np.maximum(damping[active[rest]], least)
    )
    return step, predicted, positive, rest.size / len(active)


def _advance(
    problem: Problem,
    state: Solution,
    active: Array,
    step: Array,
    damping: Array,
    weight: Array,
    target: Array | None,
    stage: Objective,
    guarded: bool,
) -> None:
    """Try the steps; keep those that do not rise, and damp the others."""
    longest = np.abs(step).max(axis=1)
    step *= np.minimum(1.0, LONGEST_STEP / np.maximum(longest, 1e-300))[:, None]
    trial = state.w[active]
    trial[:, problem.free] += step
    value, gradient, hessian, metric = problem.evaluate(trial, _rows_of(weight, active), _rows_of(target, active), stage, guarded)
    old = state.value[active]
    good = _finite(value, gradient, hessian) & (value <= old + 1e-14 * np.abs(old))
    promised = -np.einsum("bi,bi->b", state.gradient[active], step) - 0.5 * np.einsum(
        "bi,bij,bj->b", step, state.hessian[active], step
    )
    with np.errstate(all="ignore"):
        kept = np.where(promised > 1e-12 * np.abs(old), (old - value) / promised, 1.0)
    damping[active] = _adapted(damping[active], good, kept)
    took = active[good]
    state.w[took], state.value[took] = trial[good], value[good]
    state.gradient[took], state.hessian[took] = gradient[good], hessian[good]
    if metric is not None:
        state.metric[took] = metric[good]


def _adapted(damping: Array, good: Array, kept: Array) -> Array:
    """More damping after a step that failed or kept little of its promise, less after one that kept most of it."""
    less = np.where(damping > 1e-3, damping * EASE, 0.0)
    more = np.where(good, np.maximum(damping * 2.0, WARY), np.maximum(damping * 5.0, 0.1))
    return np.where(good & (kept > 0.75), less, np.where(good & (kept > 0.25), damping, more))
