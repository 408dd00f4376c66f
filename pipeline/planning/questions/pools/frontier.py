"""The frontier of budget and error: the best pool set at each budget, and only budgets that buy something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.pools.candidates import Budget, error_of_sets, has_size, runs_of, values_of_sets
from pipeline.planning.pools.pool_sets import PoolSets, all_sets, nested_sets
from pipeline.planning.questions.pools.filtering import answers
from pipeline.planning.questions.pools.filtering_switches import search_range
from pipeline.planning.ranking import best
from pipeline.planning.setting import Setting

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

POINTS = 41
SUBSETS_OF_SIZED_LAWS = 6
"""Up to so many pools a law with model size is asked about all subsets: each of them needs a best model size at each budget."""


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_frontier: one row a budget that no cheaper run matches. The budget is compute where the law sees model size."""
    setting = Setting(fit, study, frame)
    sets, params, seen, value = best_along(setting, budget_grid(setting))
    cost = setting.turned(value)
    gains = cost < np.fmin.accumulate(np.concatenate([[np.inf], cost[:-1]]))
    keep = np.flatnonzero(gains)
    sets, params, seen, value = sets.take(keep), params[keep], seen[keep], value[keep]
    distance = Budget().distance(setting, params, seen)
    draws = None if setting.draws is None else values_of_sets(setting, setting.draws, sets, params, seen)
    return table(
        {
            "distance": distance,
            "flops": TRAINING_FLOP * params * seen,
            "params": params,
            "data_seen": seen,
            "pools": [sets.names(i) for i in range(len(sets))],
            "data_unique": sets.unique,
            "epochs": seen / sets.unique,
            "metric": [setting.metric] * len(sets),
            **estimated("value", value, setting.with_law_error(draws, error_of_sets(setting, sets, params, seen))),
            "message": [None] * len(sets),
        },
        {"message": pl.String},
    )


def budget_grid(setting: Setting) -> list[Budget]:
    """Budgets from the smallest to ten times the largest of study and runs."""
    if not has_size(setting):
        return [Budget(data_seen=float(n)) for n in np.geomspace(*search_range(setting), POINTS)]
    low, high = search_range(setting, "flops")
    return [Budget(flops=float(c)) for c in np.geomspace(low, high, POINTS)]


def best_along(setting: Setting, budgets: list[Budget]) -> tuple[PoolSets, Array, Array, Array]:
    """The best set at each budget, with its params, data_seen and value, each (budgets,)."""
    few = not has_size(setting) or len(setting.pools) <= SUBSETS_OF_SIZED_LAWS
    sets = (all_sets if few else nested_sets)(setting.pools, setting.sizes)
    every, params, seen = runs_of(setting, sets, budgets)
    values = values_of_sets(setting, setting.estimate, every, params, seen)[0]
    at = np.arange(len(budgets)) * len(sets) + best(values.reshape(len(budgets), len(sets)), setting.measured)[0]
    return every.take(at), params[at], seen[at], values[at]


PLAN = Plan("plan_frontier", answers, build, "Which error can each budget buy, and with which pools?")
