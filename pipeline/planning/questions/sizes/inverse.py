"""The cheapest run that reaches a loss: free, at a fixed model size, or with a fixed amount of data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.budgets import declared
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.questions.sizes.compute_optimal import answers, optimum
from pipeline.planning.ranking import room
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.minimum import crossing

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

STEPS = (0.01, 0.03, 0.05)
"""Targets where the study names none: parts of what is left to better by which the best run is bettered."""
DECADES = 6.0
POINTS = 49
REACH, CUTS, GRIDS = 1.8, 33, 4
"""Factor around the interpolated budget in which the exact one lies; points of a grid; grids, each in one step of the last."""
UNREACHABLE = "No run reaches this loss: it lies below what the law allows, or beyond a million times the largest run."


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_inverse: for each target loss ([plan] loss) one row free, and one for each fixed size or amount of data."""
    setting = Setting(fit, study, frame)
    loss = targets(setting)
    parts = [cheapest(setting, loss)]
    parts += [at_fixed(setting, loss, "params", float(x)) for x in _given(setting, "params")]
    parts += [at_fixed(setting, loss, "data_seen", float(x)) for x in _given(setting, "data_seen")]
    return pl.concat(parts)


def targets(setting: Setting) -> Array:
    """The values to reach: the study's, or 1, 3 and 5 percent better than the best of the runs."""
    own = declared(setting, "loss")
    if own is not None:
        return own
    logged, metric = setting.logged("value"), setting.measured
    best = float(metric.sign * (metric.sign * logged).min())
    return best - metric.sign * room(np.array(best), metric) * np.array(STEPS)


def _given(setting: Setting, column: str) -> Array:
    own = declared(setting, column)
    top = setting.largest(column)
    return own if own is not None else np.array([top] if top else [])


def cheapest(setting: Setting, loss: Array) -> pl.DataFrame:
    """The least compute at which the compute-optimal run has the target loss."""
    top = setting.largest("flops") or 1e18
    grid = top * np.geomspace(10**-DECADES, 10**DECADES, POINTS)

    def solve(theta: Array) -> tuple[Array, Array]:
        sizes, best = optimum(setting, theta, grid)
        goals = _rows(setting.turned(loss), theta)
        flops = np.exp(np.array([interpolate(t, b, np.log(grid)) for t, b in zip(goals, setting.turned(best), strict=True)]))
        return flops, np.exp(np.array([np.interp(np.log(c), np.log(grid), np.log(n)) for c, n in zip(flops, sizes, strict=True)]))

    flops, params = (x[0] for x in solve(setting.estimate))
    flops, params = _polish(setting, loss, flops, params)
    drawn = None if setting.search_draws is None else solve(setting.search_draws)
    return _table(setting, "nothing", loss, (flops, params), drawn)


def _polish(setting: Setting, loss: Array, flops: Array, params: Array) -> tuple[Array, Array]:
    """The estimate's budget, around the interpolated one: grids of CUTS points, each between two points of the last.

    The optimum of all targets at all points of a grid is one call; bisection would ask for it forty times.
    """
    known = np.isfinite(flops)
    if not known.any():
        return flops, params
    low, high = np.log(flops[known] / REACH), np.log(flops[known] * REACH)
    rows, goal = np.arange(len(low)), setting.turned(loss[known])
    for _ in range(GRIDS):
        grid = np.linspace(low, high, CUTS, axis=1)
        best = setting.turned(optimum(setting, setting.estimate, np.exp(grid).reshape(-1))[1][0]).reshape(grid.shape)
        above = np.clip((best > goal[:, None]).sum(axis=1), 1, CUTS - 1)
        low, high, worse, better = grid[rows, above - 1], grid[rows, above], best[rows, above - 1], best[rows, above]
    with np.errstate(all="ignore"):
        exact = np.exp(low + (high - low) * np.clip((worse - goal) / (worse - better), 0.0, 1.0))
    reached = (worse >= goal) & (better <= goal)
    flops, params = flops.copy(), params.copy()
    flops[known] = np.where(reached, exact, np.nan)
    params[known] = optimum(setting, setting.estimate, np.nan_to_num(flops[known], nan=1e18))[0][0]
    return flops, params


def at_fixed(setting: Setting, loss: Array, column: str, given: float) -> pl.DataFrame:
    """The least data at a fixed model size, or the smallest model with a fixed amount of data, that has the target loss."""
    other = "data_seen" if column == "params" else "params"
    middle = setting.largest(other) or 1e9
    grid = middle * np.geomspace(10**-DECADES, 10**DECADES, 8 * POINTS)

    def solve(theta: Array) -> Array:
        curve = setting.turned(setting.value(theta, None, **{column: np.full(len(grid), given), other: grid}))
        goals = _rows(setting.turned(loss), theta)
        return np.exp(np.array([interpolate(t, c, np.log(grid)) for t, c in zip(goals, curve, strict=True)]))

    def difference(amount: Array) -> Array:
        return setting.value(setting.estimate, None, **{column: np.full(len(loss), given), other: amount[0]}) - loss

    near = np.nan_to_num(solve(setting.estimate), nan=middle)
    found = crossing(difference, near / 1.2, near * 1.2)[0]
    drawn = None if setting.search_draws is None else solve(setting.search_draws)
    flops = TRAINING_FLOP * given * found
    ends = None if drawn is None else TRAINING_FLOP * given * drawn
    params, sizes = (np.full(len(loss), given), None) if column == "params" else (found, drawn)
    pair = None if ends is None else (ends, np.full(ends.shape, given) if sizes is None else sizes)
    return _table(setting, column, loss, (flops, params), pair)


def _rows(loss: Array, theta: Array) -> Array:
    return np.broadcast_to(loss, (len(theta), len(loss)))


def interpolate(target: Array, curve: Array, axis: Array) -> Array:
    """Where a curve first is at or below each target, linear in the axis; NaN where it never is."""
    falling = np.minimum.accumulate(np.where(np.isfinite(curve), curve, np.inf))
    known = np.isfinite(falling)
    if not known.any():
        return np.full(target.shape, np.nan)
    return np.interp(-target, -falling[known], axis[known], left=np.nan, right=np.nan)


def _data_seen(flops: Array, params: Array) -> Array:
    return flops / (TRAINING_FLOP * params)


def _table(
    setting: Setting, fixed: str, loss: Array, found: tuple[Array, Array], drawn: tuple[Array, Array] | None
) -> pl.DataFrame:
    flops, params = found
    return table(
        {
            "distance": setting.distance("flops", flops),
            "fixed": [fixed] * len(loss),
            "loss": loss,
            **estimated("flops", flops, None if drawn is None else drawn[0]),
            **estimated("params", params, None if drawn is None else drawn[1]),
            **estimated("data_seen", _data_seen(*found), None if drawn is None else _data_seen(*drawn)),
            "message": [None if np.isfinite(c) else UNREACHABLE for c in flops],
        },
        {"message": pl.String},
    )


PLAN = Plan("plan_inverse", answers, build, "What is the cheapest run that reaches a given loss?")
