"""The price of the wrong filter: what a nested pool set loses against the best one, in error and in times the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.pools.candidates import Budget, error_of_sets, pool_budgets, runs_of, values_of_sets
from pipeline.planning.pools.pool_sets import PoolSets, all_sets
from pipeline.planning.questions.pools.filtering import answers
from pipeline.planning.ranking import best as best_of
from pipeline.planning.setting import Setting

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

MOST_TIMES = 10.0
TIMES = np.geomspace(1.0, MOST_TIMES, 17)
NEVER = "At ten times the budget this set does not reach what the best set reaches now."


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_filter_cost: one row a nested set and budget, against the best of all candidate sets at that budget."""
    setting = Setting(fit, study, frame)
    sets = all_sets(setting.pools, setting.sizes)
    return pl.concat([rows_of_budget(setting, sets, budget) for budget in pool_budgets(setting)])


def rows_of_budget(setting: Setting, sets: PoolSets, budget: Budget) -> pl.DataFrame:
    """The rows of one budget; times_budget is 1 for the best set itself."""
    params, seen = budget.of_sets(setting, sets)
    best = int(best_of(values_of_sets(setting, setting.estimate, sets, params, seen)[0], setting.measured)[0])
    places = np.flatnonzero(sets.nested)
    nested = sets.take(places)
    curves = _curves(setting, setting.estimate, nested, budget)
    goal = _at(setting, setting.estimate, sets, best, params, seen)
    theta = setting.search_draws
    drawn = None if theta is None else _curves(setting, theta, nested, budget)
    drawn_goal = None if theta is None else _at(setting, theta, sets, best, params, seen)
    times = times_to_reach(setting.turned(curves), setting.turned(goal))[0]
    drawn_times = excess = None
    if drawn is not None and drawn_goal is not None:
        drawn_times = times_to_reach(setting.turned(drawn), setting.turned(drawn_goal))
        excess = setting.turned(drawn[:, 0] - drawn_goal)
    distance = budget.distance(setting, params[places], seen[places])
    return table(
        {
            "distance": distance,
            "params": params[places],
            "data_seen": seen[places],
            "pools": [nested.names(i) for i in range(len(nested))],
            "best_pools": [sets.names(best)] * len(nested),
            "metric": [setting.metric] * len(nested),
            **estimated("value", curves[0, 0], None if drawn is None else drawn[:, 0]),
            **estimated("excess", setting.turned(curves[0, 0] - goal[0]), excess),
            **estimated("times_budget", times, drawn_times),
            "message": [None if np.isfinite(t) else NEVER for t in times],
        },
        {"message": pl.String},
    )


def _at(setting: Setting, theta: Array, sets: PoolSets, place: int, params: Array, seen: Array) -> Array:
    """The value of one set (batch, 1)."""
    one = np.array([place])
    return _values(setting, theta, sets.take(one), params[one], seen[one])


def _curves(setting: Setting, theta: Array, sets: PoolSets, budget: Budget) -> Array:
    """Values of each set at multiples of the budget: (batch, times, S). The model size is best for each set at the estimate."""
    every, params, seen = runs_of(setting, sets, [budget.times(float(factor)) for factor in TIMES])
    return _values(setting, theta, every, params, seen).reshape(len(theta), len(TIMES), len(sets))


def _values(setting: Setting, theta: Array, sets: PoolSets, params: Array, seen: Array) -> Array:
    """The law at one run on each set (batch, S), in draws with what it may get wrong."""
    values = values_of_sets(setting, theta, sets, params, seen)
    if theta is setting.estimate:
        return values
    return setting.with_law_error_of_sets(values, sets.members().share, error_of_sets(setting, sets, params, seen))


def times_to_reach(curves: Array, goal: Array) -> Array:
    """The multiple of the budget at which each turned curve (batch, times, S) first reaches `goal` (batch, 1); NaN if never."""
    below = curves <= goal[:, :, None] + 1e-12 * np.abs(goal[:, :, None])
    at = below.argmax(axis=1)
    row, column = np.indices(at.shape)
    before = np.maximum(at - 1, 0)
    high, low = curves[row, before, column], curves[row, at, column]
    axis = np.log(TIMES)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.clip(np.nan_to_num(np.where(at > 0, (high - goal) / (high - low), 0.0)), 0.0, 1.0)
    times = np.exp(axis[before] + part * (axis[at] - axis[before]))
    return np.where(below.any(axis=1), times, np.nan)


PLAN = Plan("plan_filter_cost", answers, build, "What does the wrong filter cost, in error and in compute?")
