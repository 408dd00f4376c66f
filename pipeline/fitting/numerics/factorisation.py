"""Newton steps of many small systems at once, by Cholesky factors.

LAPACK is called once a matrix: that is fastest for a few matrices, and for many of five parameters it costs more than the
arithmetic; there one column of all of them is eliminated a step, and the batch is the inner loop. A matrix that is not positive
definite is a flag of its row, not an error of the batch.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.linalg.lapack import dposv

Array = np.ndarray
PIVOT = 1e-15
"""A pivot this small beside its diagonal entry is lost in rounding."""
FEW = 24
"""Systems up to which a call each is faster than their elimination together, as measured."""


def newton_steps(hessian: Array, gradient: Array) -> tuple[Array, Array, Array]:
    """Steps −H⁻¹g (batch, P), predicted decreases ½ gᵀH⁻¹g (batch,) and where H is positive definite (batch,).

    Where H is not positive definite, step and decrease mean nothing.
    """
    return _each(hessian, gradient) if 0 < len(gradient) <= FEW and gradient.shape[1] else _together(hessian, gradient)


def _each(hessian: Array, gradient: Array) -> tuple[Array, Array, Array]:
    """One LAPACK call a system."""
    factor, step, given = np.empty_like(hessian), np.empty_like(gradient), np.empty(len(gradient), bool)
    for k, (matrix, slope) in enumerate(zip(hessian, gradient, strict=True)):
        factor[k], step[k], info = dposv(matrix, slope, lower=1)
        given[k] = info == 0
    with np.errstate(all="ignore"):  # rows that are not positive definite may hold anything; they are flagged
        pivots, diagonal = np.einsum("bii->bi", factor), np.einsum("bii->bi", hessian)
        positive = given & (pivots * pivots > PIVOT * np.abs(diagonal)).all(axis=1)
        half = (step[:, None, :] @ np.where(_lower(gradient.shape[1]), factor, 0.0))[:, 0]
        return -step, 0.5 * np.vecdot(half, half), positive


@cache
def _lower(size: int) -> Array:
    """Where a matrix is lower triangular."""
    return np.tri(size, dtype=bool)


def _together(hessian: Array, gradient: Array) -> tuple[Array, Array, Array]:
    """One column of all systems a step; the gradient is carried along as one more row, so its forward substitution is free."""
    batch, size = gradient.shape
    work = np.empty((size + 1, size, batch))
    work[:size], work[size] = hessian.transpose(1, 2, 0), gradient.T
    smallest = PIVOT * np.abs(np.einsum("iib->ib", work[:size]))
    positive, inverse = np.ones(batch, bool), np.empty((size, batch))
    with np.errstate(all="ignore"):  # rows that are not positive definite may overflow; they are flagged
        for j in range(size):
            sound = work[j, j] > smallest[j]
            positive &= sound
            inverse[j] = 1.0 / np.sqrt(np.where(sound, work[j, j], 1.0))
            work[j + 1 :, j] *= inverse[j]
            work[j + 1 :, j + 1 :] -= work[j + 1 :, j, None] * work[None, j + 1 : size, j]
        step = work[size]
        predicted = 0.5 * np.einsum("ib,ib->b", step, step)
        for j in range(size - 1, -1, -1):
            step[j] *= inverse[j]
            step[:j] -= work[j, :j] * step[j]
    return -step.T, predicted, positive
