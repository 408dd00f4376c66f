"""Which way each row of a batch goes: Newton steps, and what is done where the Hessian is no guide."""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dsygv

from pipeline.fitting.numerics.factorisation import FEW, newton_steps

Array = np.ndarray
TURN = 0.1
FLAT = 1e-4
"""A negative curvature this small beside the metric is no reason to go on where the gradient is nothing."""
NEARLY_ALL = 0.9
"""Where linear predictions would lose this part of the loss, residuals vanish soon, and their part of the Hessian with them.

On the way to an exact fit it only bends Newton's steps, and Gauss-Newton's go straight; a row whose last one failed is guarded.
"""
RAISE, RAISES = 4.0, 60
"""By what damping is raised until a step goes downhill, and how often at most."""


def near_steps(gradient: Array, hessian: Array, metric: Array, active: Array, ridge: float) -> tuple[Array, Array, Array]:
    """Newton steps, damped as a whole in the metric where the Hessian is not positive definite.

    metric (batch, P, P) of all rows, active which of them these are. Returns steps, undamped predicted decreases, and where the
    Hessian is positive (semi)definite.
    """
    step, predicted, positive = newton_steps(hessian, gradient)
    bent = np.flatnonzero(~positive)
    if bent.size:
        own = _with_ridge(metric[active[bent]], ridge)
        _, predicted[bent], positive[bent] = newton_steps(hessian[bent] + FLAT * own, gradient[bent])
        step[bent] = _damped_steps(gradient[bent], hessian[bent], own, ridge)
    return step, predicted, positive


def patient_steps(
    gradient: Array, hessian: Array, metric: Array, active: Array, damping: Array, ridge: float, value: Array | None
) -> tuple[Array, Array, Array, float]:
    """Plain Newton where the Hessian is positive definite and the last step was taken; guarded steps elsewhere.

    value: of the objective, where it may vanish with the residuals (l2). Returns what near_steps does, and the share of rows that
    were stepped in their metric.
    """
    step, predicted, positive = np.zeros_like(gradient), np.full(len(active), np.inf), np.zeros(len(active), bool)
    plain, exact = np.flatnonzero(damping == 0), 0
    if plain.size:
        step[plain], predicted[plain], positive[plain] = newton_steps(hessian[plain], gradient[plain])
    guarded = ~positive
    if value is not None and plain.size:
        straight, fall, definite = newton_steps(metric[active[plain]], gradient[plain])
        soon = definite & (fall >= NEARLY_ALL * value[plain]) & (fall <= value[plain] / NEARLY_ALL)
        rows = plain[soon]
        step[rows], predicted[rows], positive[rows], guarded[rows] = straight[soon], fall[soon], True, False
        exact = len(rows)
    rest = np.flatnonzero(guarded)
    if rest.size:
        own = metric[active[rest]]
        step[rest], predicted[rest], positive[rest] = _guarded_step(gradient[rest], hessian[rest], own, damping[rest], ridge)
    return step, predicted, positive, (rest.size + exact) / len(active)


def _guarded_step(gradient: Array, hessian: Array, metric: Array, damping: Array, ridge: float) -> tuple[Array, Array, Array]:
    """Newton in the metric of the parabola above the loss: negative curvatures turned and floored there, damping added.

    Returns steps, undamped predicted decreases, and where the Hessian is positive (semi)definite.
    """
    size = gradient.shape[1]
    scale = np.sqrt(np.maximum(np.einsum("bii->bi", metric), 1e-300))
    scale = np.maximum(scale, 1e-9 * scale.max(axis=1, keepdims=True))
    scaled = metric / scale[:, :, None] / scale[:, None, :] + ridge * np.eye(size)
    values, axes = _axes(hessian / scale[:, :, None] / scale[:, None, :], scaled, ridge)
    along = ((gradient / scale)[:, None, :] @ axes)[:, 0]
    safe = np.where(values > 1e-3 * TURN, values, np.maximum(np.abs(values), TURN)) + damping[:, None]
    step = -(axes @ (along / safe)[:, :, None])[..., 0] / scale
    undamped = 0.5 * (along**2 / np.maximum(np.abs(values), 1e-12)).sum(axis=1)
    return step, undamped, values[:, 0] > -FLAT


def _axes(hessian: Array, metric: Array, ridge: float) -> tuple[Array, Array]:
    """Curvatures (batch, P) relative to the metric, rising, and the directions (batch, P, P) that have them, of length 1 in it.

    For a few systems a LAPACK call each; where it has no answer, and for many, by the metric's Cholesky factor.
    """
    if len(hessian) <= FEW and np.isfinite(hessian).all() and np.isfinite(metric).all():
        values, axes = np.empty(hessian.shape[:2]), np.empty_like(hessian)
        for k, (matrix, own) in enumerate(zip(hessian, metric, strict=True)):
            values[k], axes[k], info = dsygv(matrix, own)
            if info:
                break
        else:
            return values, axes
    root = np.linalg.inv(_root(metric, ridge))
    values, vectors = np.linalg.eigh(root @ hessian @ root.transpose(0, 2, 1))
    return values, root.transpose(0, 2, 1) @ vectors


def _damped_steps(gradient: Array, hessian: Array, metric: Array, ridge: float) -> Array:
    """Steps −(H + λM)⁻¹g, λ the first of TURN, RAISE·TURN, … for which the matrix is positive definite."""
    step, rest = np.zeros_like(gradient), np.arange(len(gradient))
    damping = TURN * RAISE ** (_raises(hessian, metric, ridge) if len(gradient) <= FEW else np.zeros(len(gradient)))
    for _ in range(RAISES):
        found, _, positive = newton_steps(hessian[rest] + damping[rest, None, None] * metric[rest], gradient[rest])
        step[rest[positive]] = found[positive]
        rest = rest[~positive]
        if not rest.size:
            break
        damping[rest] *= RAISE
    return step


def _raises(hessian: Array, metric: Array, ridge: float) -> Array:
    """How often the damping has to be raised at least, by the least curvature in the metric; one less, for it is rounded.

    Many raises of a few systems cost more than their curvatures do; those of many systems less, since few go on.
    """
    scale = np.sqrt(np.einsum("bii->bi", metric))
    square = scale[:, :, None] * scale[:, None, :]
    least = _axes(hessian / square, metric / square, ridge)[0][:, 0]
    return np.clip(np.ceil(np.log(np.maximum(-least / TURN, 1.0)) / np.log(RAISE)) - 1, 0, RAISES)


def _with_ridge(metric: Array, ridge: float) -> Array:
    """The metric made definite: its diagonal raised by a part of itself, entries of nothing by a trace of the largest."""
    diagonal = np.einsum("bii->bi", metric)
    least = 1e-18 * diagonal.max(axis=1, keepdims=True) + 1e-300
    out = metric.copy()
    np.einsum("bii->bi", out)[...] += ridge * np.maximum(diagonal, least)
    return out


def _root(scaled: Array, ridge: float) -> Array:
    """Cholesky factors of scaled metrics whose least curvature is the ridge, as arithmetic without rounding would have it.

    Far out the square of a parameter's slope underflows to zero while its products with others do not (a break at 1e160 FLOP), or
    an entry overflows: Cholesky has no answer for such a metric.
    """
    known = np.isfinite(scaled).all(axis=(1, 2))
    if not known.all():
        scaled = np.where(known[:, None, None], scaled, np.eye(scaled.shape[1]))
    try:
        return np.linalg.cholesky(scaled)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(scaled)
        raised = (vectors * np.maximum(values, ridge)[:, None, :]) @ vectors.transpose(0, 2, 1)
        return np.linalg.cholesky(np.where((values[:, 0] < 0.5 * ridge)[:, None, None], raised, scaled))
