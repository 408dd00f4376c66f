"""Batch sizes: the gradient noise scale, when to raise the batch, and steps corrected to an infinite batch.

Batches are in tokens (or samples), the same unit as the answers (McCandlish et al. 2018; Lau et al. 2024, AdAdaGrad).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.optimize import brentq

from pipeline.errors import FitError
from pipeline.laws.catalogue.hyperparameters.critical_batch import critical_batch, steps_at_batch
from pipeline.laws.catalogue.size_and_data.kaplan import kaplan_size_steps
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Law


@dataclass(frozen=True)
class NoiseScale:
    """Squared gradient, trace of the gradient covariance, and their ratio, the simple noise scale."""

    gradient_squared: float
    trace: float
    scale: float


def noise_scale(small: float, large: float, small_norms: Sequence[float], large_norms: Sequence[float]) -> NoiseScale:
    """|G|^2 = (B_b g_b^2 - B_s g_s^2)/(B_b - B_s), tr = (g_s^2 - g_b^2)/(1/B_s - 1/B_b), from squared norms at two batch sizes.

    The norms are averaged before the division: single pairs may be negative. Raises FitError where the mean still is.
    """
    if not small < large:
        raise FitError(f"noise scale: batch {small:g} is not below {large:g}", fix="give the smaller batch first")
    g_small, g_large = float(np.mean(small_norms)), float(np.mean(large_norms))
    squared = (large * g_large - small * g_small) / (large - small)
    trace = (g_small - g_large) / (1 / small - 1 / large)
    if squared <= 0 or trace <= 0:
        raise FitError(
            f"noise scale: |G|^2 = {squared:.3g}, trace = {trace:.3g} after averaging", fix="measure more gradients of each batch"
        )
    return NoiseScale(squared, trace, trace / squared)


def next_batch(gradient_squared: float, variance: float, batch: float, tolerance: float = 0.5) -> int:
    """AdAdaGrad's norm test: the batch stays while variance/batch <= tolerance^2 |g|^2, else it is the smallest that passes."""
    bound = tolerance**2 * gradient_squared
    return int(batch) if variance / batch <= bound else ceil(variance / bound)


def _value(law: Law, **arguments: float) -> float:
    """The law at scalar columns and parameters."""
    theta = np.array([[arguments[p.name] for p in law.parameters]])
    return float(compiled(law).value(theta, Rows({c: np.array([float(arguments[c])]) for c in law.columns}))[0, 0])


def steps_factor(batch: float, critical: float) -> float:
    """S / S_min at this batch, by the law steps_at_batch."""
    return _value(steps_at_batch, batch_size=batch, sequence_length=1.0, S_least=1.0, critical_tokens=critical)


def critical_at(loss: float, constants: Mapping[str, float]) -> float:
    """The critical batch at a loss, by the law critical_batch."""
    return _value(critical_batch, loss=loss, **constants)


@dataclass(frozen=True)
class LossAtBatch:
    """Loss after so many steps at a batch, with the critical batch and the equivalent steps at an infinite batch."""

    loss: float
    steps_min: float
    critical: float


def loss_at_batch(
    params: float, steps: float, batch: float, size_steps: Mapping[str, float], batch_constants: Mapping[str, float]
) -> LossAtBatch:
    """Loss of a run at any batch: the fixed point of kaplan_size_steps where steps_min is corrected by the loss's own batch.

    Source: Su et al. 2024, arXiv:2403.06563. Loss in nats per token, batch in tokens.
    """

    def at(loss: float) -> LossAtBatch:
        critical = critical_at(loss, batch_constants)
        fewest = steps / steps_factor(batch, critical)
        reached = _value(kaplan_size_steps, params_nonembedding=params, steps_min=fewest, **size_steps)
        return LossAtBatch(reached, fewest, critical)

    floor = _value(kaplan_size_steps, params_nonembedding=params, steps_min=1e300, **size_steps)
    root = brentq(lambda loss: at(loss).loss - loss, floor, 1e3, xtol=1e-13, rtol=1e-14)
    return at(float(root))
