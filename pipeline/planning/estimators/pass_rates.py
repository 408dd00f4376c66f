"""Whether a task's pass rate scales with size, accelerates or stalls: the curvature of ln(-ln rate) in ln N (Hu et al. 2024)."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from pipeline.errors import FitError

Array = np.ndarray


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
