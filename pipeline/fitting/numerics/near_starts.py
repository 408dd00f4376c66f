"""Where the draws of a fit start: one step of the majorant away from the optimum, worked out for all draws at once."""

from __future__ import annotations

import numpy as np

from pipeline.fitting.numerics import objective as misfit
from pipeline.fitting.numerics.factorisation import newton_steps
from pipeline.fitting.problem import Problem
from pipeline.fitting.uncertainty.information_matrix import jacobian

Array = np.ndarray
ENTRIES = 10_000_000
"""Most products of slopes (observations × parameters²) that are held at once; beyond, draws start at the optimum."""
LONGEST = 1.0


def near_starts(problem: Problem, w: Array, base: Array, weight: Array, target: Array | None) -> tuple[Array, Array]:
    """Starts (batch, P) of draws with `weight` (batch, n) around w (P,), and the metric (F, F) at w under weights `base` (n,).

    All draws share w, so that the slopes J of the observations there serve every draw: its first step −(Σ above·JJᵀ)⁻¹ Σ psi·J,
    with psi and above the slope and the majorant's curvature of the loss, is a weighted sum in which no prediction is made.
    Where w lies on a bound, draws start inside: on the bound itself a draw that wants to leave it sees no slope.
    """
    w = problem.coordinates.off_bounds(w)
    stage = misfit.stages(problem.objective)[0]
    metric = problem.evaluate(w[None], base, None, stage, metric=True)[3]
    if metric is None:
        raise ValueError("a problem that is asked for its metric gives one")
    begin, free = np.tile(w, (len(weight), 1)), problem.free
    if not free.size or problem.prior is not None or problem.rows.n * free.size**2 > ENTRIES:
        return begin, metric[0]
    slopes = np.nan_to_num(jacobian(problem, w))
    residual = np.atleast_2d(problem.residuals(w[None])[0] + problem.target - (problem.target if target is None else target))
    own = problem.weighed(weight) * misfit.side(residual, stage)
    _, psi, _ = misfit.derivatives(residual, stage)
    products = (slopes[:, :, None] * slopes[:, None, :]).reshape(len(slopes), -1)
    above = ((own * misfit.majorant(residual, stage)) @ products).reshape(len(weight), free.size, free.size)
    step, _, positive = newton_steps(above, (own * psi) @ slopes)
    with np.errstate(all="ignore"):
        sound = positive & (np.abs(step).max(axis=1) < LONGEST)
    begin[np.ix_(sound, free)] += step[sound]
    return begin, metric[0]
