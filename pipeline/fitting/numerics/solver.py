"""Batched damped Newton with exact Hessians: all starts and all resamples at once.

A row has converged when its Hessian is positive definite and the predicted decrease ½ gᵀH⁻¹g is at most 1e-13 of its objective:
a statement about the optimum, not about the size of the last step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.fitting.numerics import objective as misfit
from pipeline.fitting.numerics.steps import near_steps, patient_steps
from pipeline.fitting.numerics.trials import Solution, Sums, adapted, finite, limited, promise, tried
from pipeline.fitting.problem import Problem
from pipeline.laws.law import Objective

Array = np.ndarray
TOLERANCE = 1e-13
RIDGE = {"huber": 1e-3, "l2": 0.1}
"""Part of the scaled metric that is the identity: it bends damped steps away from directions in which the data say little."""
CREEPING = 2e-10
"""A predicted decrease, relative to the objective, at which a draw ends: its objective is then as good as the optimum to 1e-9."""
FINALISTS = 8
"""Rows that go on after a heat, at least."""
OFTEN = 0.4
"""From this part of guarded rows on, the metric is made together with the Hessian; below, for those rows alone."""


@dataclass(frozen=True)
class Pace:
    """How a batch is stepped, and when a row may end.

    near: rows start near their end and go along their Newton direction, which is shortened where it did not go down; otherwise
    each direction is damped by itself. ends: the predicted decrease, relative to the objective, at which a row ends, up to each
    number of steps. heats: see minimise.
    """

    near: bool
    ends: tuple[tuple[float, float], ...]
    heats: tuple[int, ...] = ()

    def tolerance(self, tries: int) -> float:
        return next(tolerance for steps, tolerance in self.ends if tries < steps)


PATIENT = Pace(False, ((np.inf, TOLERANCE),))
NEAR = Pace(True, ((np.inf, CREEPING),))
LATE = Pace(False, ((35, CREEPING), (np.inf, 1e-6)))
"""For rows that a near start did not bring to their end: they creep along a valley."""


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
    heats: tuple[int, ...] = (),
) -> Solution:
    """Minimise from each row of `start` (batch, P), weight and target (n,) or (batch, n). LAD goes through falling deltas.

    Without patience rows are taken to start near their end: they step at the pace NEAR, and those left behind at LATE. All rows
    end where one has converged at `enough` or below: for starts of one problem, an exact fit ends the search. metric (F, F): of
    every start, where it is known. heats, of starts of one problem too: numbers of steps after which, while the best row has not
    converged, the lowest quarter of the rows goes on.
    """
    solution, pace = None, replace(PATIENT, heats=heats) if patient else NEAR
    for stage in stages or misfit.stages(problem.objective):
        begin = start if solution is None else solution.w
        sums = Sums(problem, weight, target, stage)
        solution = _newton(sums, begin, iterations, pace, enough, metric)
        late = np.flatnonzero(~solution.converged & np.isfinite(solution.value))
        if not patient and late.size:
            solution.replace(late, _newton(sums.only(late), solution.w[late], iterations, LATE, 0.0, None))
    if solution is None:
        raise ValueError("an objective has at least one stage")
    return solution


def _newton(sums: Sums, start: Array, iterations: int, pace: Pace, enough: float, metric: Array | None) -> Solution:
    w = np.array(start, float)
    value, gradient, hessian, made = sums.at(w, metric=metric is None)
    batch, size = gradient.shape
    metric = made if metric is None else np.array(np.broadcast_to(metric, hessian.shape))
    if metric is None:
        raise ValueError("a problem that is asked for its metric gives one")
    known = finite(value, gradient, hessian)
    value[~known] = np.inf
    state = Solution(w, value, gradient, hessian, np.full(batch, np.inf), np.zeros(batch, bool), np.zeros(batch, int), metric)
    damping, reach, active = np.zeros(batch), np.ones(batch), np.flatnonzero(known)
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
        active, step = active[going], limited(step[going])
        if not active.size or tries == iterations or (state.converged & (state.value <= enough)).any():
            break
        if pace.near:
            trial = tried(sums, state, active, step, False)
            reach[active] = np.where(trial.good, 1.0, reach[active] * trial.shortened())
        else:
            promised = promise(state, active, step)
            trial = tried(sums, state, active, step, guarded > OFTEN)
            damping[active] = adapted(damping[active], trial.good, trial.kept(promised))
        tries += 1
        if tries in pace.heats:
            active = _leading(state, active)
    return state


def _leading(state: Solution, active: Array) -> Array:
    """The rows that go on after a heat: all once the best of the batch has converged, until then the lowest on their way."""
    if state.converged[state.best]:
        return active
    order = active[np.argsort(state.value[active], kind="stable")]
    return np.sort(order[: max(len(order) // 4, FINALISTS)])
