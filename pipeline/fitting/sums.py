"""Sums over observations of a misfit's value, gradient and Hessian, for a batch of parameter vectors at once.

With T the prediction, r its residual and slope, curvature those of the misfit, all sums have the form
Σ_n weight·(c1·∂_i T·∂_j T + c2·∂_i∂_j T). Three backends give them: power terms (small GEMMs), dense derivatives, and pools.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pipeline.fitting import objective as misfit
from pipeline.laws.law import Objective

Array = np.ndarray
Sums = tuple[Array, Array, Array, Array | None]


def residuals(predicted: Array, target: Array, objective: Objective) -> Array:
    """ln predicted − target (log space, target = ln observed) or predicted − target; impossible predictions are infinite."""
    with np.errstate(all="ignore"):
        out = np.log(predicted) - target if objective.space == "log" else predicted - target
    return np.where(np.isfinite(out), out, np.inf)


@dataclass
class Factors:
    """value (batch,); c1, c2 (batch, n) of ∂T∂T and ∂²T; above (batch, n) of ∂T∂T in the metric, where that is wanted.

    T is the prediction, or in log space the prediction divided by itself.
    """

    value: Array
    c1: Array
    c2: Array
    above: Array | None


def factors(predicted: Array, target: Array, weight: Array, objective: Objective, metric: bool) -> Factors:
    residual = residuals(predicted, target, objective)
    value, slope, curvature = misfit.derivatives(residual, objective)
    weight = weight * misfit.side(residual, objective)
    value = np.einsum("bn,bn->b", *np.broadcast_arrays(value, weight))
    if objective.space == "log":
        curvature -= slope
    slope *= weight
    curvature *= weight
    return Factors(value, curvature, slope, misfit.majorant(residual, objective) * weight if metric else None)


class Contraction(Protocol):
    """One backend over one block of rows; piece is how many entries (batch × rows) are summed at once, as measured."""

    logs: tuple[bool, ...]
    piece: int

    def sums(self, base: Array, target: Array, weight: Array, objective: Objective, metric: bool = False) -> Sums:
        """value (batch,), gradient (batch, P), Hessian and, where wanted, metric (batch, P, P) in base coordinates."""
        ...


def weights(
    total: Array, target: Array, weight: Array, objective: Objective, metric: bool
) -> tuple[Array, Array, Array, Array | None]:
    """value (batch,) and c1, c2 and the metric's factor (batch, n) of ∂T∂T, ∂²T; in as few passes over the arrays as it takes.

    An impossible prediction makes the value NaN, which the solver takes as a step too far.
    """
    residual = np.log(total) - target if objective.space == "log" else total - target
    side = misfit.side(residual, objective)
    weight = weight if isinstance(side, float) else weight * side
    above = misfit.majorant(residual, objective) * weight if metric else None
    slope = residual if objective.loss == "l2" else np.clip(residual, -objective.delta, objective.delta)
    c2 = slope * weight
    c1 = np.array(np.broadcast_to(weight, c2.shape)) if objective.loss == "l2" else weight * (slope == residual)
    value = np.vecdot(c2, residual) - 0.5 * np.vecdot(c2, slope)
    if objective.space == "log":
        inverse = 1.0 / total
        c1 -= c2
        c1 *= inverse
        c1 *= inverse
        c2 *= inverse
        above = None if above is None else above * inverse * inverse
    return value, c1, c2, above
