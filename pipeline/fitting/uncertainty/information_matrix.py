"""First-order facts at an optimum: residual Jacobian, scores by run, sandwich covariance, who informs which parameter."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.fitting.numerics import objective as misfit
from pipeline.fitting.problem import Problem

Array = np.ndarray
BLOCK = 4096
SINGULAR = 1e-12
INFORMS = 1e-3
"""A run informs a parameter when it carries at least this part of the information that an average run carries."""


def jacobian(problem: Problem, w: Array) -> Array:
    """∂residual/∂w (..., n, F) at working vectors w (..., P), over the free coordinates."""
    batch = np.atleast_2d(w)
    theta = problem.natural(batch)
    slope = problem.coordinates.in_base(batch, (False,) * batch.shape[1])[1][:, None, :]
    parts = []
    for start in range(0, problem.rows.n, BLOCK):
        whole = problem.rows.n <= BLOCK
        rows = problem.rows if whole else problem.rows.take(np.arange(start, min(start + BLOCK, problem.rows.n)))
        value, gradient = problem.law.gradient(theta, rows)
        part = (gradient * slope)[..., problem.free]
        parts.append(part / value[..., None] if problem.objective.space == "log" else part)
    return np.concatenate(parts, axis=1).reshape(*w.shape[:-1], problem.rows.n, -1)


@dataclass(frozen=True)
class Information:
    """residual (n,), jacobian (n, F), scores by run (runs, F), Hessian (F, F), leverage by run (runs,)."""

    residual: Array
    jacobian: Array
    scores: Array
    hessian: Array
    leverage: Array

    @cached_property
    def inverse(self) -> Array:
        """Of the Hessian; nothing along directions that it does not know."""
        return np.asarray(np.linalg.pinv(self.hessian, hermitian=True))

    def covariance(self) -> Array:
        """Sandwich H⁻¹(Σ s sᵀ)H⁻¹ over runs, with scores of leveraged runs widened by 1/(1 − leverage) (HC3)."""
        wide = self.scores / np.maximum(1.0 - self.leverage, 0.1)[:, None]
        return self.sandwich(wide)

    def sandwich(self, scores: Array) -> Array:
        return self.inverse @ (scores.T @ scores) @ self.inverse

    def undetermined(self, known: Array | float = 0.0) -> Array:
        """(F,) parameters that take part in a direction along which no prediction on these rows changes.

        known (F,): what priors add to the squared slopes of each.
        """
        gram = np.nan_to_num(self.jacobian).T @ np.nan_to_num(self.jacobian) + np.diag(np.full(self.jacobian.shape[1], known))
        if not len(gram):
            return np.zeros(0, bool)
        scale = np.sqrt(np.diag(gram))
        seen = scale > 1e-12 * scale.max()
        safe = np.where(seen, scale, 1.0)
        values, vectors = np.linalg.eigh(gram / np.outer(safe, safe) * np.outer(seen, seen) + np.diag((~seen).astype(float)))
        flat = vectors[:, values < SINGULAR * values.max()]
        return (np.abs(flat) > 0.1).any(axis=1) | ~seen

    def informing(self, run: Array) -> Array:
        """(F,) number of runs that inform each free parameter."""
        count = int(run.max()) + 1
        carried = np.zeros((count, self.jacobian.shape[1]))
        np.add.at(carried, run, np.nan_to_num(self.jacobian) ** 2)
        return (carried > INFORMS * carried.sum(axis=0) / count).sum(axis=0)


def information(problem: Problem, w: Array, run: Array, weight: Array) -> Information:
    """Everything at the optimum w (P,). Observations of weight 0 inform nothing."""
    residual, hessian = problem.residuals(w[None])[0], problem.evaluate(w[None], weight)[2][0]
    return assembled(problem, residual, jacobian(problem, w), hessian, run, weight)


def assembled(problem: Problem, residual: Array, slopes: Array, hessian: Array, run: Array, weight: Array) -> Information:
    """Scores and leverage of the runs, from what is known at an optimum."""
    stage = misfit.stages(problem.objective)[-1]
    _, psi, _ = misfit.derivatives(residual, stage)
    weight = problem.weighed(weight) * misfit.side(residual, stage)
    scores = np.zeros((int(run.max()) + 1, slopes.shape[1]))
    np.add.at(scores, run, np.nan_to_num((weight * psi)[:, None] * slopes))
    curvature = weight * misfit.majorant(residual, stage)
    hat = np.linalg.pinv((slopes * curvature[:, None]).T @ slopes, hermitian=True)
    leverage = np.zeros(len(scores))
    np.add.at(leverage, run, np.vecdot(slopes @ hat, slopes) * curvature)
    return Information(residual, slopes, scores, hessian, np.clip(leverage, 0.0, 1.0))
