"""Sums over observations of a misfit's value, gradient and Hessian, for a batch of parameter vectors at once.

With T the prediction, r its residual and slope, curvature those of the misfit, all sums have the form
Σ_n weight·(c1·∂_i T·∂_j T + c2·∂_i∂_j T). Three backends give them: power terms (small GEMMs), dense derivatives, and pools.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from pipeline.fitting.numerics import objective as misfit
from pipeline.laws.law import Objective

Array = np.ndarray
Sums = tuple[Array, Array, Array, Array | None]


def residuals(predicted: Array, target: Array, objective: Objective) -> Array:
    """ln predicted − target (log space, target = ln observed) or predicted − target; impossible predictions are infinite."""
    with np.errstate(all="ignore"):
        out = np.log(predicted) - target if objective.space == "log" else predicted - target
    return np.where(np.isfinite(out), out, np.inf)


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
    """value (batch,), c1 and c2 (batch, n) of ∂T∂T and ∂²T, and the metric's factor of ∂T∂T where it is wanted.

    In as few passes over the arrays as it takes. An impossible prediction makes the value NaN, which the
    solver takes as a step too far.
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
