"""The gradient noise scale, which is the critical batch, from gradients at two batches.

Batches are in tokens (or samples), the same unit as the answers (McCandlish et al. 2018; Lau et al. 2024, AdAdaGrad).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.errors import FitError


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
