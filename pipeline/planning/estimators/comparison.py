"""Two recipes as curves of scale: savings at equal quality, where they cross, how often they do over draws.

Sources: Tay et al. 2022 (savings rate); Stanic et al. 2023 and arXiv:2409.15156 (crossover).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from pipeline.errors import PlanError

Array = np.ndarray
Curve = Callable[[float], float]


def power_crossover(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Scale at which A1 x^-a1 = A2 x^-a2 (equal floors): (A1/A2)^(1/(a1-a2)). Raises PlanError for equal exponents."""
    (a, alpha), (b, beta) = first, second
    if alpha == beta:
        raise PlanError(f"curves with the same exponent {alpha:g} never cross; compare their coefficients")
    return float((a / b) ** (1 / (alpha - beta)))


def crossover(first: Curve, second: Curve, low: float, high: float, largest: float) -> float | None:
    """The last scale in [low, high] at which the curves cross; None where there is none, or only beyond ten times `largest`."""
    grid = np.geomspace(low, min(high, 10 * largest), 400)
    gap = np.array([first(x) - second(x) for x in grid])
    turns = np.flatnonzero(np.sign(gap[:-1]) * np.sign(gap[1:]) < 0)
    if not len(turns):
        return None
    i = int(turns[-1])
    return float(np.exp(brentq(lambda u: first(np.exp(u)) - second(np.exp(u)), np.log(grid[i]), np.log(grid[i + 1]), xtol=1e-12)))


def savings_rate(baseline: Curve, new: Curve, quality: float, low: float, high: float) -> float:
    """Compute of the baseline over that of the new recipe at equal quality: > 1 saves. Curves must bracket `quality`."""

    def needs(curve: Curve) -> float:
        ends = curve(low) - quality, curve(high) - quality
        if ends[0] * ends[1] > 0:
            raise PlanError(f"quality {quality:g} is not reached between {low:g} and {high:g}; widen the range")
        return float(np.exp(brentq(lambda u: curve(np.exp(u)) - quality, np.log(low), np.log(high), xtol=1e-12)))

    return needs(baseline) / needs(new)


def share_of_draws(crossings: list[float | None]) -> float:
    """Share of resamples in which the curves cross within the allowed range: says how sure a crossover is."""
    return sum(c is not None for c in crossings) / max(len(crossings), 1)


def rollouts_ratio(samples: tuple[Array, Array], scores: tuple[Array, Array], target: float) -> float:
    """Samples that method B needs over those of A for the target score, by linear interpolation of score in log2 samples."""

    def needs(n: Array, s: Array) -> float:
        if not min(s) <= target <= max(s) or np.any(np.diff(s) <= 0):
            raise PlanError(f"score {target:g} is outside the measured, rising curve {list(s)}; measure further")
        return float(2 ** np.interp(target, s, np.log2(n)))

    return needs(samples[1], scores[1]) / needs(samples[0], scores[0])
