"""Pass rates without bias: pass@k from n samples, decodes until r passes, their budget, and emergence by curvature.

Sources: Chen et al. 2021 (pass@k); Hu et al. 2024, arXiv:2310.03262 (PassUntil; here the unbiased (r-1)/(K-1) instead of r/K).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from scipy.stats import beta

from pipeline.errors import FitError

Array = np.ndarray


def pass_at_k(n: int, correct: int, k: int) -> float:
    """1 - C(n-c, k)/C(n, k) as a product; 1 where fewer than k samples are wrong."""
    if not 0 <= correct <= n or not 1 <= k <= n:
        raise FitError(f"pass@{k} of {n} samples with {correct} correct: needs 0 <= correct <= n and 1 <= k <= n")
    if n - correct < k:
        return 1.0
    return float(1 - np.prod(1 - k / np.arange(n - correct + 1, n + 1)))


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
        raise FitError(f"{passes} passes in {decodes} decodes until {target}: needs passes <= decodes, target >= 2")
    censored = passes < target
    rate = passes / decodes if censored else (target - 1) / (decodes - 1)
    variance = rate * (1 - rate) / decodes if censored else rate**2 * (1 - rate) / max(target - 2, 1)
    return PassRate(rate, sqrt(variance), censored, _upper(passes, decodes))


def _upper(passes: int, decodes: int, level: float = 0.95) -> float:
    """Clopper-Pearson upper bound."""
    return 1.0 if passes == decodes else float(beta.ppf(level, passes + 1, decodes - passes))


def expected_decodes(rate: float, passes: int) -> float:
    """Decodes that `passes` passes cost on average: r/p."""
    return passes / rate


@dataclass(frozen=True)
class Emergence:
    """Slope and curvature of F = ln(-ln PU) in ln N, and the class that they mean."""

    kind: str
    slope: float
    curvature: float
    z: float


def emergence(params: Array, rates: Array, std_errors: Array, level: float = 0.99) -> Emergence:
    """Class of a task over sizes: "scaling" (F linear in ln N), "accelerated" (concave) or "sub-scaling" (convex).

    Weights by the delta method, Var F = Var PU / (PU ln PU)^2. The quadratic term must differ from 0 at `level`.
    """
    rates = np.asarray(rates, dtype=float)
    if len(set(np.asarray(params, dtype=float))) < 4 or np.any(rates <= 0) or np.any(rates >= 1):
        raise FitError(
            "emergence needs at least 4 different sizes with rates inside (0, 1)", fix="censored rates are bounds, leave them out"
        )
    x = np.log(np.asarray(params, dtype=float))
    scale = np.asarray(std_errors) / np.abs(rates * np.log(rates))
    centred = x - x.mean()
    design = np.stack([np.ones_like(x), centred, centred**2], axis=1) / scale[:, None]
    covariance = np.linalg.inv(design.T @ design)
    _, slope, curvature = covariance @ design.T @ (np.log(-np.log(rates)) / scale)
    z = float(curvature / sqrt(covariance[2, 2]))
    bound = NormalDist().inv_cdf(0.5 + level / 2)
    kind = "scaling" if abs(z) <= bound else "accelerated" if z < 0 else "sub-scaling"
    return Emergence(kind, float(slope), float(curvature), z)
