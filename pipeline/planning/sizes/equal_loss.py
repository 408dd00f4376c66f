"""How much data a model of another size needs to reach the same loss: the root of L(N, D) = L* in D, for many sizes and draws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.planning.plan import Array
from pipeline.planning.setting import Setting

DECADES = (-3.0, 5.0)  # of data, around the given one, in which the root is sought
GRID = 33
POLISH = 6  # steps after the grid: below 1e-9 of the data on the laws of the book


def data_for_loss(setting: Setting, theta: Array, params: Array, loss: Array, near: Array) -> Array:
    """The data D at which the law gives `loss` (batch, m) with `params` (batch, m) parameters; NaN where no amount does.

    theta: (batch, P). `near` (batch, m) is at most 3 decades above and 5 below the answer: the compute-optimal amount.
    """
    start = np.log(near)

    def excess(log_data: Array) -> Array:
        return setting.turned(setting.value(theta, params=params, data_seen=np.exp(log_data)) - loss)

    offsets = np.linspace(*DECADES, GRID) * np.log(10.0)
    values = np.stack([excess(start + offset) for offset in offsets])
    below = (values[1:] <= 0) & (values[:-1] > 0)
    first = np.where(below.any(axis=0), below.argmax(axis=0), -1)
    at = np.maximum(first, 0)
    pick = np.take_along_axis
    root = false_position(
        excess,
        start + offsets[at],
        start + offsets[at + 1],
        pick(values, at[None], axis=0)[0],
        pick(values, at[None] + 1, axis=0)[0],
    )
    return np.exp(np.where(first >= 0, root, np.nan))


def false_position(function: Callable[[Array], Array], low: Array, high: Array, at_low: Array, at_high: Array) -> Array:
    """Roots of a falling function in brackets (batch, m), by false position with Anderson and Björck's weights; NaN stays NaN."""
    side = np.zeros_like(low)
    with np.errstate(all="ignore"):
        for _ in range(POLISH):
            probe = _secant(low, high, at_low, at_high)
            value = function(probe)
            now = np.where(value > 0, 1.0, -1.0)
            kept = np.where(now > 0, at_low, at_high)
            weight = np.where(side == now, np.where(1 - value / kept > 0, 1 - value / kept, 0.5), 1.0)
            low, high = np.where(now > 0, probe, low), np.where(now > 0, high, probe)
            at_low, at_high = np.where(now > 0, value, at_low * weight), np.where(now > 0, at_high * weight, value)
            side = now
        return _secant(low, high, at_low, at_high)


def _secant(low: Array, high: Array, at_low: Array, at_high: Array) -> Array:
    return np.where(at_low == at_high, low, low + (high - low) * at_low / (at_low - at_high))
