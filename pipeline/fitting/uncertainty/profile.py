"""Profile intervals: how far one parameter can go, with all others refitted, before the objective says no.

For parameters that the runs hardly inform, a standard error describes a parabola that is not there; the profile follows the
valley. The limit is where the objective has risen by ½·1.645²·V/(H⁻¹), V the sandwich and H⁻¹ the naive variance: a 90 % interval
whose unit is what the residuals of whole runs allow, for any loss.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.numerics.trials import Solution
from pipeline.fitting.problem import Problem

Array = np.ndarray
STEPS = np.array([0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0])
FARTHEST = 12.0
QUANTILE = 1.645


@dataclass(frozen=True)
class Profile:
    """low and high in natural units, an end of the range where the objective never says no; ends (2, P): w there."""

    low: float
    high: float
    ends: Array


def profiles(
    problem: Problem, w: Array, value: float, parameters: Array, variances: Array, naives: Array, weight: Array
) -> list[Profile]:
    """The profile of each of some free parameters (columns of theta) at the optimum w (P,), all of them solved together."""
    spreads = np.array([np.sqrt(v) if np.isfinite(v) and v > 0 else 1.0 for v in variances])
    offsets, found = valleys(problem, w, parameters, spreads, weight)
    rise = np.where(np.isfinite(found.value), found.value - value, np.inf).reshape(len(offsets), -1)
    ends = found.w.reshape(*rise.shape, -1)
    limits = [_limit(*each) for each in zip(variances, naives, strict=True)]
    each = zip(parameters, offsets, rise, ends, limits, strict=True)
    return [_profile(problem, w, int(parameter), *one) for parameter, *one in each]


def _limit(variance: float, naive: float) -> float:
    """By how much the objective may rise inside the interval."""
    return float(0.5 * QUANTILE**2 * (variance / naive if naive > 0 and np.isfinite(variance) else 1.0))


def _profile(problem: Problem, w: Array, parameter: int, offsets: Array, rise: Array, ends: Array, limit: float) -> Profile:
    half = len(offsets)
    lower, at_low = _crossing(offsets, rise[:half][::-1], limit)
    upper, at_high = _crossing(offsets, rise[half:], limit)
    low = natural(problem, w, parameter, -lower)
    high = natural(problem, w, parameter, upper)
    return Profile(min(low, high), max(low, high), np.stack([ends[half - 1 - at_low], ends[half + at_high]]))


def valleys(problem: Problem, w: Array, parameters: Array, spreads: Array, weight: Array) -> tuple[Array, Solution]:
    """Offsets (parameters, steps) of each parameter from the optimum, and the minima over all others there: of one parameter
    after the other, those below it first, then those above."""
    offsets = np.minimum(np.outer(spreads, STEPS), FARTHEST * STEPS / STEPS[-1])
    held = np.repeat(parameters, 2 * len(STEPS))
    begin = np.tile(w, (len(held), 1))
    begin[np.arange(len(held)), held] += np.concatenate([-offsets[:, ::-1], offsets], axis=1).ravel()
    others = np.array([problem.free[problem.free != parameter] for parameter in parameters])
    rest = replace(problem, free=np.repeat(others, 2 * len(STEPS), axis=0))
    return offsets, minimise(rest, begin, weight, iterations=60, patient=False)


def _crossing(offsets: Array, rise: Array, limit: float) -> tuple[float, int]:
    """Offset at which √rise reaches √limit, and the last step inside; infinite where it never does."""
    outside = np.flatnonzero(rise > limit)
    if not outside.size:
        return float("inf"), len(offsets) - 1
    k = int(outside[0])
    before, after = np.sqrt(max(float(rise[k - 1]), 0.0)) if k else 0.0, np.sqrt(float(rise[k]))
    left = float(offsets[k - 1]) if k else 0.0
    part = (np.sqrt(limit) - before) / max(after - before, 1e-300) if np.isfinite(after) else 0.5
    return left + float(np.clip(part, 0.0, 1.0)) * (float(offsets[k]) - left), max(k - 1, 0)


def natural(problem: Problem, w: Array, parameter: int, offset: float) -> float:
    """The natural value at w + offset; beyond every step it is the end of the parameter's range."""
    one = problem.coordinates.ones[parameter]
    if one.low is not None:
        span = [one.low, one.low + one.width]
        base = span[int(offset > 0)] if np.isinf(offset) else float(one.base(np.array([w[parameter] + offset]))[0][0])
        return float(np.exp(base)) if one.log else base
    return float(np.exp(w[parameter] + offset)) if one.log else float(w[parameter] + offset)
