"""Where the draws of a fit start: one step of the majorant away from the optimum, worked out for all draws at once."""

from __future__ import annotations

import numpy as np

from pipeline.fitting import objective as misfit
from pipeline.fitting.factorisation import newton_steps
from pipeline.fitting.problem import Problem

Array = np.ndarray
OBSERVATIONS = 1.0
"""Most observations a draw for which a pass over every single one costs less than the step of each draw that it saves."""
LONGEST = 1.0


def near_starts(problem: Problem, w: Array, base: Array, weight: Array, target: Array | None) -> tuple[Array, Array]:
    """Starts (batch, P) of draws with `weight` (batch, n) around w (P,), and the metric (F, F) at w under weights `base` (n,).

    All draws share w, so that gradient and majorant of each observation there serve every draw: the first step of a draw is a
    weighted sum of them, in which no prediction is made. Where targets differ between draws, or observations are many, draws
    start at w.
    """
    stage = misfit.stages(problem.objective)[0]
    metric = problem.evaluate(w[None], base, None, stage, metric=True)[3]
    if metric is None:
        raise ValueError("the metric was asked for")
    begin, n = np.tile(w, (len(weight), 1)), problem.rows.n
    if target is not None or n > OBSERVATIONS * len(weight) or not problem.free.size or problem.prior is not None:
        return begin, metric[0]
    _, slopes, _, above = problem.evaluate(np.tile(w, (n, 1)), np.eye(n), None, stage, metric=True)
    if above is None:
        raise ValueError("the metric was asked for")
    step, _, positive = newton_steps(np.tensordot(weight, above, axes=1), weight @ slopes)
    with np.errstate(all="ignore"):
        sound = positive & (np.abs(step).max(axis=1) < LONGEST)
    begin[np.ix_(sound, problem.free)] += step[sound]
    return begin, metric[0]
