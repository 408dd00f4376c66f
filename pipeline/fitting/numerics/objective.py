"""The misfit of one residual, and what Newton needs of it: value, slope and curvature. Objectives are weighted sums of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipeline.laws.law import Objective

Array = np.ndarray
SMOOTHING = (1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 1e-7, 4.7e-9)
"""Huber deltas by which a least-absolute-deviations fit is approached; the last is where it is left."""


def stages(objective: Objective) -> list[Objective]:
    """The smooth objectives that are minimised one after another: one, or for LAD a falling Huber delta scaled to 1."""
    if objective.loss != "lad":
        return [objective]
    return [replace(objective, loss="huber", delta=delta) for delta in SMOOTHING]


def rho(residual: Array, objective: Objective) -> Array:
    """Loss of each residual: r²/2 (l2), |r| (lad), r²/2 inside delta and delta·(|r| − delta/2) outside (huber)."""
    if objective.loss == "l2":
        return 0.5 * residual * residual
    size = np.abs(residual)
    if objective.loss == "lad":
        return size
    inside = np.minimum(size, objective.delta)
    return inside * (size - 0.5 * inside)


def derivatives(residual: Array, objective: Objective) -> tuple[Array, Array, Array]:
    """(rho, slope, curvature) of a smooth loss; all three arrays are new and may be written to."""
    if objective.loss == "l2":
        return 0.5 * residual * residual, residual.copy(), np.ones_like(residual)
    slope = np.clip(residual, -objective.delta, objective.delta)
    curvature = (np.abs(residual) <= objective.delta).astype(float)
    return slope * (residual - 0.5 * slope), slope, curvature


def majorant(residual: Array, objective: Objective) -> Array:
    """Curvature of the parabola that touches the loss at r and lies above it: min(1, delta/|r|), 1 for l2."""
    if objective.loss == "l2":
        return np.ones_like(residual)
    return objective.delta / np.maximum(np.abs(residual), objective.delta)


def side(residual: Array, objective: Objective) -> Array | float:
    """Weight of under-tuned observations: those above the curve (residual < 0) count 1/one_sided."""
    return 1.0 if objective.one_sided == 1 else np.where(residual < 0, 1.0 / objective.one_sided, 1.0)


def reported_scale(objective: Objective) -> float:
    """What turns a stage's value into the objective's own unit: a LAD fit is solved as Huber divided by delta."""
    return 1.0 / SMOOTHING[-1] if objective.loss == "lad" else 1.0
