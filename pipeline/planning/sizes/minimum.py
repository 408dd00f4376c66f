"""One-dimensional minima of many laws at once: a grid on a logarithmic axis, then golden section in every bracket together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pipeline.planning.plan import Array

DECADES = 4.0
PER_DECADE = 10
GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
STEPS = 44
"""Golden steps: a bracket of a fifth of a decade shrinks to 3e-10 of it, below what a flat minimum in float64 resolves."""
TOGETHER = 16_384
"""Values of one call on the grid: 128 KiB an array."""

HALVINGS, PARTS = 60, 16
"""Of a bracket in which a crossing is sought: down to the last bit of ln x, and parts of it that are looked at together."""


def minimise(
    objective: Callable[[Array], Array], centre: Array, decades: float = DECADES, *, wide: bool = False
) -> tuple[Array, Array]:
    """The global minimum over x within `decades` of `centre`: (argmin, minimum), both (batch, m).

    `objective` maps x (k, m), k = 1 or batch, to values (batch, m). A minimum on the edge of the range is no minimum: NaN.
    wide: the objective also takes several points of the grid side by side, x (1, g·m), which spares a call for each.
    """
    offsets = np.linspace(-decades, decades, int(2 * decades * PER_DECADE) + 1) * np.log(10.0)
    middle = np.log(np.asarray(centre, dtype=float))[None, :]
    values = _on_grid(objective, middle, offsets, wide)
    values = np.where(np.isfinite(values), values, np.inf)
    best = values.argmin(axis=0)
    inside = (best > 0) & (best < len(offsets) - 1) & np.isfinite(values.min(axis=0))
    best = np.clip(best, 1, len(offsets) - 2)
    x = golden(objective, middle + offsets[best - 1], middle + offsets[best + 1])
    found = np.exp(x)
    minimum = objective(found)
    return np.where(inside, found, np.nan), np.where(inside, minimum, np.nan)


def _on_grid(objective: Callable[[Array], Array], middle: Array, offsets: Array, wide: bool) -> Array:
    """The objective at middle (1, m) + each offset: (offsets, batch, m); of a wide one so many in a call as stay in the cache."""
    values = [objective(np.exp(middle + offsets[0]))]
    many = max(1, TOGETHER // values[0].size) if wide else 1
    for start in range(1, len(offsets), many):
        some = offsets[start : start + many]
        found = objective(np.exp(middle + some[:, None]).reshape(1, -1))
        values += list(found.reshape(len(found), len(some), -1).swapaxes(0, 1))
    return np.stack(values)


def tiled(given: Array, x: Array) -> Array:
    """What is given for each of m columns (m,), for x (k, g·m): what a wide objective divides or compares by."""
    return given if x.shape[-1] == len(given) else np.tile(given, x.shape[-1] // len(given))


def golden(objective: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """The minimum of a unimodal function of ln x in each bracket (batch, m), by golden section."""
    low, high = low.copy(), high.copy()
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = objective(np.exp(left)), objective(np.exp(right))
    for _ in range(STEPS):
        smaller = at_left < at_right
        low, high = np.where(smaller, low, left), np.where(smaller, right, high)
        probe = np.where(smaller, high - GOLDEN * (high - low), low + GOLDEN * (high - low))
        at_probe = objective(np.exp(probe))
        left, right = np.where(smaller, probe, right), np.where(smaller, left, probe)
        at_left, at_right = np.where(smaller, at_probe, at_right), np.where(smaller, at_left, at_probe)
    return (low + high) / 2


def crossing(difference: Callable[[Array], Array], low: Array, high: Array, steps: int = HALVINGS) -> Array:
    """Where a function that changes its sign once between low and high (batch, m) is zero, by bisection in ln x; else NaN."""
    bottom, top = np.log(low), np.log(high)
    start, end = difference(np.exp(bottom)), difference(np.exp(top))
    sign = np.sign(start)
    for _ in range(steps):
        middle = (bottom + top) / 2
        same = np.sign(difference(np.exp(middle))) == sign
        bottom, top = np.where(same, middle, bottom), np.where(same, top, middle)
    changes = np.isfinite(start) & np.isfinite(end) & (sign * np.sign(end) < 0)
    return np.where(changes, np.exp((bottom + top) / 2), np.where(start == 0, low, np.nan))


def sections(difference: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """What `crossing` finds between low and high (m,), for a difference that is asked at several points of a column at once.

    difference: (m, points) to the same shape. A round looks at PARTS − 1 points and keeps one part, until it is as near as
    HALVINGS halvings: few calls of many points.
    """
    bottom, top = np.log(low), np.log(high)
    ends = difference(np.exp(np.stack([bottom, top], axis=1)))
    start, end, inner = ends[:, 0], ends[:, 1], np.arange(1, PARTS) / PARTS
    for _ in range(round(HALVINGS / np.log2(PARTS))):
        width = (top - bottom) / PARTS
        same = np.sign(difference(np.exp(bottom[:, None] + (top - bottom)[:, None] * inner))) == np.sign(start)[:, None]
        bottom = bottom + width * np.logical_and.accumulate(same, axis=1).sum(axis=1)
        top = bottom + width
    changes = np.isfinite(start) & np.isfinite(end) & (np.sign(start) * np.sign(end) < 0)
    return np.where(changes, np.exp((bottom + top) / 2), np.where(start == 0, low, np.nan))
