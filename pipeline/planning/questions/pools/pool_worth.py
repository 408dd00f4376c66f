"""How many samples a new pool must have to be worth adding, if it is of the quality of a pool that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.pools.candidates import Budget, pool_budgets, values_of_sets
from pipeline.planning.pools.pool_sets import PoolSets, all_sets
from pipeline.planning.questions.pools.filtering import answers
from pipeline.planning.ranking import best as best_of
from pipeline.planning.ranking import room
from pipeline.planning.setting import Members, Setting

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

WORTH = 0.01
"""A new pool is worth adding when it betters the metric by this part of what is left to better."""
SIZES = np.geomspace(1e-3, 1e3, 61)
NEVER = "No amount of a pool of this quality betters the metric by that much at this budget."


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_pool_worth: one row a quality and budget: the smallest new pool that lowers the best set's metric by one percent."""
    setting = Setting(fit, study, frame)
    sets = all_sets(setting.pools, setting.sizes)
    return pl.concat([rows_of_budget(setting, sets, budget) for budget in pool_budgets(setting)])


def rows_of_budget(setting: Setting, sets: PoolSets, budget: Budget) -> pl.DataFrame:
    """The rows of one budget: a new pool like each known pool, added to the best set."""
    params, seen = budget.of_sets(setting, sets)
    value = values_of_sets(setting, setting.estimate, sets, params, seen)[0]
    best = int(best_of(value, setting.measured)[0])
    count = len(setting.pools)
    needed = smallest(setting, setting.estimate, sets, best, params[best], seen[best])[0]
    theta = setting.search_draws
    draws = None if theta is None else smallest(setting, theta, sets, best, params[best], seen[best])
    distance = budget.distance(setting, params[[best]], seen[[best]])
    return table(
        {
            "distance": np.repeat(distance, count),
            "params": [params[best]] * count,
            "data_seen": [seen[best]] * count,
            "pools": [sets.names(best)] * count,
            "like_pool": list(setting.pools),
            "metric": [setting.metric] * count,
            "improvement": [WORTH] * count,
            **estimated("data_unique", needed, draws),
            "message": [None if np.isfinite(size) else NEVER for size in needed],
        },
        {"message": pl.String},
    )


def smallest(setting: Setting, theta: Array, sets: PoolSets, best: int, params: float, seen: float) -> Array:
    """Unique samples (batch, K) that a new pool like each known one needs; NaN where no amount does."""
    added = SIZES * sets.unique[best]
    columns = {"data_seen": np.full(len(added), seen), "params": np.full(len(added), params)}
    columns = {name: x for name, x in columns.items() if not np.isnan(x).any()}
    base = values_of_sets(setting, theta, sets.take(np.array([best])), np.array([params]), np.array([seen]))
    out = np.empty((len(theta), len(setting.pools)))
    for k in range(len(setting.pools)):
        members, levels = with_new_pool(setting, theta, sets, best, k, added)
        values = setting.value(levels, members, data_unique=sets.unique[best] + added, **columns)
        goal = setting.turned(base) - WORTH * room(base, setting.measured)
        out[:, k] = _first(added, setting.turned(values), goal)
    return out


def with_new_pool(setting: Setting, theta: Array, sets: PoolSets, best: int, like: int, added: Array) -> tuple[Members, Array]:
    """Members of the best set and a new pool, and theta in which a pool outside the set (or a twin in it) plays the new pool.

    The new pool needs a place among the K known ones: that of a pool that is not drawn from. Where all are, it is merged with
    its twin, which is exact for laws whose pools differ by parameters and size only: the twin grows.
    """
    inside = sets.inside[best]
    amounts = np.tile(inside * sets.sizes, (len(added), 1))
    free = np.flatnonzero(~inside)
    place = int(free[0]) if free.size and free[0] != like else like
    levels = theta.copy()
    for j, (name, pool) in enumerate(setting.fit.index):
        if pool == setting.pools[place]:
            levels[:, j] = theta[:, setting.fit.index.index((name, setting.pools[like]))]
    amounts[:, place] += added
    share = amounts / amounts.sum(axis=1, keepdims=True)
    return Members(share, amounts, amounts), levels


def _first(axis: Array, values: Array, goal: Array) -> Array:
    """Where each curve (batch, n) first is at or below its goal (batch, 1), linear in ln size."""
    below = values <= goal
    at = below.argmax(axis=1)
    row, before = np.arange(len(at)), np.maximum(at - 1, 0)
    high, low = values[row, before], values[row, at]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.clip(np.nan_to_num(np.where(at > 0, (high - goal[:, 0]) / (high - low), 0.0)), 0.0, 1.0)
    size = np.exp(np.log(axis[before]) + part * (np.log(axis[at]) - np.log(axis[before])))
    return np.where(below.any(axis=1), size, np.nan)


PLAN = Plan("plan_pool_worth", answers, build, "How large must a new pool of a known quality be to be worth adding?")
