"""Which tasks have a monotone trend over scale at all: standard, inverse, U, inverted U or flat, with false-discovery control.

A U or inverted U has no monotone law: it must not be extrapolated. Also the misalignment test of transfer (Isik et al. 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from pipeline.errors import FitError

Array = np.ndarray


@dataclass(frozen=True)
class Trend:
    """Class of a task's scores over log10 compute; z of the whole slope, z of the two halves and where they meet."""

    kind: str
    slope: float
    z: float
    halves: tuple[float, float]
    turn: int
    p_value: float

    @property
    def extrapolates(self) -> bool:
        """False where no monotone law may be fitted."""
        return self.kind in ("standard", "inverse")


def _slope(x: Array, y: Array, weights: Array) -> tuple[float, float]:
    """Weighted slope and its z by the known errors."""
    centred = x - np.average(x, weights=weights)
    information = float(np.sum(weights * centred**2))
    slope = float(np.sum(weights * centred * y) / information)
    return slope, slope * float(np.sqrt(information))


def trend(log_compute: Sequence[float], scores: Sequence[float], items: int, level: float = 0.99, inflate: float = 1.0) -> Trend:
    """Weighted slope test and two-lines test over all breaks with two points or more a side (the break is in both).

    Errors are binomial, s(1-s)/items, times `inflate`^2 for the variance of prompts and seeds that they leave out.
    """
    x, y = np.asarray(log_compute, dtype=float), np.asarray(scores, dtype=float)
    if len(x) < 4:
        raise FitError(f"a trend needs at least 4 sizes, {len(x)} given", fix="add sizes")
    smoothed = (y * items + 0.5) / (items + 1)
    weights = np.where(
        (y > 0) & (y < 1), items / np.where((y > 0) & (y < 1), y * (1 - y), 1), items / (smoothed * (1 - smoothed))
    )
    weights = weights / inflate**2
    slope, z = _slope(x, y, weights)
    parts = [
        (i, _slope(x[: i + 1], y[: i + 1], weights[: i + 1])[1], _slope(x[i:], y[i:], weights[i:])[1])
        for i in range(1, len(x) - 1)
    ]
    turn, first, second = max(
        ((i, a, b) for i, a, b in parts), key=lambda p: min(abs(p[1]), abs(p[2])) if p[1] * p[2] < 0 else -1.0
    )
    bound = NormalDist().inv_cdf(0.5 + level / 2)
    bends = first * second < 0 and min(abs(first), abs(second)) > bound
    kind = ("U" if first < 0 else "inverted U") if bends else ("standard" if z > 0 else "inverse") if abs(z) > bound else "flat"
    strength = min(abs(first), abs(second)) if bends else abs(z)
    return Trend(kind, slope, z, (first, second), turn, 2 * NormalDist().cdf(-strength))


def discoveries(p_values: Sequence[float], rate: float = 0.05) -> list[bool]:
    """Benjamini and Hochberg: which of many tests stand at this false-discovery rate."""
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p)
    below = p[order] <= rate * np.arange(1, len(p) + 1) / max(len(p), 1)
    kept = np.zeros(len(p), dtype=bool)
    if below.any():
        kept[order[: int(np.flatnonzero(below).max()) + 1]] = True
    return [bool(k) for k in kept]
