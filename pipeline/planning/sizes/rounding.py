"""Whether logged values were rounded so coarsely that the bottom of an isoFLOP profile is made of steps."""

from __future__ import annotations

import numpy as np

from pipeline.planning.plan import Array

MOST_DECIMALS = 6
COARSE = 0.05
"""Steps of the loss above this part of a profile's depth move its minimum: a 0.01 in a valley 0.1 deep."""
DIGITS = 2


def loss_step(loss: Array) -> float | None:
    """The step 10^-k to which all losses are rounded; None where there is none, or it is finer than a millionth."""
    kept = loss[np.isfinite(loss)]
    for decimals in range(MOST_DECIMALS):
        if len(kept) and np.allclose(kept, np.round(kept, decimals), rtol=0, atol=1e-9):
            return float(10.0**-decimals)
    return None


def coarse(loss: Array, step: float | None) -> bool:
    """Whether a profile's losses (m,) are rounded to more than a twentieth of its depth."""
    return step is not None and step > COARSE * float(loss.max() - loss.min())


def rounded_sizes(params: Array) -> bool:
    """Whether all model sizes have at most two digits, as 70M and 1.3B: true sizes then differ by up to 5 %."""
    kept = np.unique(params[np.isfinite(params) & (params > 0)])
    if not len(kept):
        return False
    scale = 10.0 ** (np.floor(np.log10(kept)) - (DIGITS - 1))
    return bool(np.allclose(kept / scale, np.round(kept / scale), rtol=0, atol=1e-6))
