"""From plain bootstrap draws to draws whose percentiles cover what they say.

Percentiles of weights over few runs are too narrow: a run's own leverage hides its residual, and few runs have a Student spread.
Draws are therefore moved away from the estimate by one factor, in working coordinates, the same for all parameters, because
factors of their own would tear apart parameters that trade off.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from pipeline.fitting.information_matrix import Information

Array = np.ndarray
WIDEST = 3.0


def calibration_factor(information: Information, runs: int, level: float = 0.9) -> float:
    """Median ratio of leverage-corrected to plain sandwich errors, times Student's over the normal quantile."""
    if not information.jacobian.shape[1] or runs < 2:
        return 1.0
    plain = np.sqrt(np.diag(information.sandwich(information.scores)))
    wide = np.sqrt(np.diag(information.covariance()))
    known = plain > 0  # an exact fit has no errors at all
    ratio = float(np.median(wide[known] / plain[known])) if known.any() else 1.0
    freedom = max(runs - information.jacobian.shape[1], 2)
    student = float(stats.t.ppf(0.5 + level / 2, freedom) / stats.norm.ppf(0.5 + level / 2))
    return float(np.clip(ratio if np.isfinite(ratio) else WIDEST, 1.0, WIDEST)) * student


def calibrated(draws: Array, centre: Array, factor: float) -> Array:
    """centre + factor·(draws − centre), in working coordinates."""
    return centre + factor * (draws - centre)
