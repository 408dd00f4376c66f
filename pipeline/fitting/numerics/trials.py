"""A step of a batch: what is summed for it, where each row stands, and what became of the steps that were tried."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import overload

import numpy as np

from pipeline.fitting.problem import Problem
from pipeline.laws.law import Objective

Array = np.ndarray
LONGEST_STEP = 3.0
EASE = 0.2
SHORTEST = 0.1
"""A step that failed is tried again at no less than this part of its length."""
WARY = 0.1


@overload
def _rows_of(array: Array, rows: Array) -> Array: ...
@overload
def _rows_of(array: None, rows: Array) -> None: ...
def _rows_of(array: Array | None, rows: Array) -> Array | None:
    return array[rows] if array is not None and array.ndim == 2 else array


@dataclass(frozen=True)
class Sums:
    """What is summed for a batch: weight and target are (n,) or (batch, n), stage the smooth objective."""

    problem: Problem
    weight: Array
    target: Array | None
    stage: Objective

    def at(self, w: Array, rows: Array | None = None, metric: bool = False) -> tuple[Array, Array, Array, Array | None]:
        """value, gradient, Hessian and metric of some rows of the batch, or of all."""
        return self.problem.evaluate(w, self.weight, self.target, self.stage, metric, rows)

    def only(self, rows: Array) -> Sums:
        problem = replace(self.problem, free=self.problem.stepped(rows))
        return Sums(problem, _rows_of(self.weight, rows), _rows_of(self.target, rows), self.stage)


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


def finite(value: Array, gradient: Array, hessian: Array) -> Array:
    with np.errstate(all="ignore"):
        return np.isfinite(value + gradient.sum(axis=1) + hessian.reshape(len(value), -1).sum(axis=1))


def limited(step: Array) -> Array:
    return step * np.minimum(1.0, LONGEST_STEP / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]


def promise(state: Solution, active: Array, step: Array) -> Array:
    """By how much slope and curvature say that the steps lower the objective."""
    return -np.vecdot(state.gradient[active] + 0.5 * np.matvec(state.hessian[active], step), step)


@dataclass(frozen=True)
class Trial:
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


def tried(sums: Sums, state: Solution, active: Array, step: Array, metric: bool) -> Trial:
    """Tries the steps, and takes those that do not rise."""
    w, old = state.w[active], state.value[active]
    w[np.arange(len(w))[:, None], sums.problem.stepped(active)] += step
    value, gradient, hessian, hull = sums.at(w, active, metric)
    good = finite(value, gradient, hessian) & (value <= old + 1e-14 * np.abs(old))
    trial = Trial(old, value, np.vecdot(state.gradient[active], step), good)
    took = active[good]
    state.w[took], state.value[took] = w[good], value[good]
    state.gradient[took], state.hessian[took] = gradient[good], hessian[good]
    if hull is not None:
        state.metric[took] = hull[good]
    return trial


def adapted(damping: Array, good: Array, kept: Array) -> Array:
    """More damping after a step that failed or kept little of its promise, less after one that kept most of it."""
    less = np.where(damping > 1e-3, damping * EASE, 0.0)
    more = np.where(good, np.maximum(damping * 2.0, WARY), np.maximum(damping * 5.0, 0.1))
    return np.where(good & (kept > 0.75), less, np.where(good & (kept > 0.25), damping, more))
