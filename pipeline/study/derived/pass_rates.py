"""The passing rate of one decode without bias, from decodes until r passes (Hu et al. 2024, arXiv:2310.03262).

Decoding until the r-th pass makes r/K too large; (r-1)/(K-1) is unbiased.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from scipy.special import betaincinv

from pipeline.errors import FitError


@dataclass(frozen=True)
class PassRate:
    """Estimated passing rate of one decode, its standard error, and whether the budget ended before r passes came."""

    rate: float
    std_error: float
    censored: bool
    high: float


def pass_until(decodes: int, passes: int, target: int) -> PassRate:
    """Passing rate from decoding until `target` passes: (r-1)/(K-1), unbiased for r >= 2.

    Where the budget ended first (passes < target) the run is censored: the plain fraction is the estimate, and `high` is the
    rate that so few passes exclude at 95 % (3/K for none). A censored rate of 0 is a bound, not a zero.
    """
    if not 0 <= passes <= decodes or target < 2 or passes > target:
        raise FitError(f"{passes} passes in {decodes} decodes until {target}", fix="give passes <= decodes and a target >= 2")
    censored = passes < target
    rate = passes / decodes if censored else (target - 1) / (decodes - 1)
    variance = rate * (1 - rate) / decodes if censored else rate**2 * (1 - rate) / max(target - 2, 1)
    return PassRate(rate, sqrt(variance), censored, _upper(passes, decodes))


def _upper(passes: int, decodes: int, level: float = 0.95) -> float:
    """Clopper-Pearson upper bound."""
    return 1.0 if passes == decodes else float(betaincinv(passes + 1, decodes - passes, level))


def rate_of(passes: float, decodes: float, wanted: float | None) -> float | None:
    """The rate of one observation; without `wanted` of a fixed number of decodes. None where none passed: a bound, no rate."""
    try:
        whole = pass_until(round(decodes), round(passes), round(wanted) if wanted else round(decodes) + 2)
    except FitError:  # more passes than decodes or than were wanted say nothing
        return None
    return whole.rate or None
