"""AIC and BIC under the fit's own loss: p(residual) ∝ exp(−rho/s), normalised, with the scale s at its likelihood optimum."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import erf

from pipeline.fitting.numerics.objective import rho
from pipeline.laws.law import Objective

Array = np.ndarray


def _log_normaliser(log_scale: Array, objective: Objective) -> Array:
    """ln ∫ exp(−rho(r)/s) dr of each scale s."""
    s = np.exp(log_scale)
    if objective.loss == "l2":
        return np.asarray(0.5 * np.log(2 * np.pi * s))
    if objective.loss == "lad":
        return np.asarray(np.log(2 * s))
    delta = objective.delta
    body = np.sqrt(2 * np.pi * s) * erf(delta / np.sqrt(2 * s))
    return np.asarray(np.log(body + 2 * s / delta * np.exp(-delta * delta / (2 * s))))


def minus_two_log_likelihood(residual: Array, target: Array, objective: Objective, weight: Array | None = None) -> float:
    """−2 ln L of the responses (not of their logarithms), maximised over the scale s; s/weight is that of an observation."""
    loss, n = rho(residual, objective), len(residual)
    total, apart = (float(loss.sum()), 0.0) if weight is None else (float(weight @ loss), np.log(weight))
    centre = np.log(max(total / n, 1e-300))
    found = minimize_scalar(
        lambda u: total * np.exp(-u) + n * float(np.mean(_log_normaliser(u - apart, objective))),
        bounds=(centre - 8, centre + 8),
        method="bounded",
    )
    jacobian = float(target.sum()) if objective.space == "log" else 0.0
    return 2.0 * (float(found.fun) + jacobian)


def criteria(
    residual: Array, target: Array, objective: Objective, parameters: int, weight: Array | None = None
) -> tuple[float, float]:
    """(AIC, BIC); the scale counts as a parameter. weight (n,): of observations that stray unequally."""
    base, k = minus_two_log_likelihood(residual, target, objective, weight), parameters + 1
    return base + 2 * k, base + k * float(np.log(len(residual)))
