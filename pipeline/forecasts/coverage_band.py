"""Which coverage chance allows: the band in which the share of outcomes inside 90 % intervals lies if the intervals are right.

Without SciPy, whose distributions take longer to load than the doctor takes to look.
"""

from __future__ import annotations

from math import exp, lgamma, log

NOMINAL, BAND = 0.90, 0.99
FEWEST = 10
"""Forecasts below which a share of them says nothing."""


def band(count: int) -> tuple[float, float]:
    """The share of outcomes that lies inside 90 % intervals in 99 % of all samples of this size."""
    tail = (1 - BAND) / 2
    return binomial_quantile(tail, count, NOMINAL) / count, binomial_quantile(1 - tail, count, NOMINAL) / count


def binomial_quantile(level: float, count: int, chance: float) -> int:
    """The least k with P(X ≤ k) ≥ level, X the successes of `count` trials: the sum of n!/(k!(n − k)!) pᵏ(1 − p)ⁿ⁻ᵏ."""
    below, ways = 0.0, lgamma(count + 1)
    for k in range(count):
        place = ways - lgamma(k + 1) - lgamma(count - k + 1)
        below += exp(place + k * log(chance) + (count - k) * log(1 - chance))
        if below >= level:
            return k
    return count
