"""Cholesky factors of many small matrices at once, one column of all of them a step.

LAPACK is called once a matrix, which for five parameters costs more than the arithmetic; here the batch is the inner loop. A
matrix that is not positive definite is a flag of its row, not an error of the batch.
"""

from __future__ import annotations

import numpy as np

Array = np.ndarray
PIVOT = 1e-15
"""A pivot this small beside its diagonal entry is lost in rounding."""


def newton_steps(hessian: Array, gradient: Array) -> tuple[Array, Array, Array]:
    """Steps −H⁻¹g (batch, P), predicted decreases ½ gᵀH⁻¹g (batch,) and where H is positive definite (batch,).

    The gradient is carried through the elimination as one more row of the matrix, so its forward substitution costs nothing.
    Where H is not positive definite, step and decrease mean nothing.
    """
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
