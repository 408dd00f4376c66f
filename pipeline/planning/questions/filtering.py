"""Which pools to train on at each budget: every candidate set's predicted error, its rank, and the chance that it is best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.plan import Array, Plan, estimated, interval, table
from pipeline.planning.pools.candidates import pool_budgets, runs_of, values_of_sets
from pipeline.planning.pools.champions import chances_of_budgets
from pipeline.planning.pools.pool_sets import PoolSets, all_sets
from pipeline.planning.setting import Setting
from pipeline.schema.numbers_in_words import difference
from pipeline.schema.numbers_in_words import sets as named_sets

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

KEPT = 20
"""Sets that a budget's rows hold beside the nested ones: the best by estimate, and any with a real chance."""
CHANCE = 0.01


def answers(law: Law) -> bool:
    """Laws over pools that see how much data a run draws."""
    return law.pooled and "data_seen" in law.columns


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_filtering: one row a pool set and budget. Ranks and chances are over all candidates, also those not listed."""
    setting = Setting(fit, study, frame)
    sets = all_sets(setting.pools, setting.sizes)
    budgets = pool_budgets(setting)
    every, *runs = runs_of(setting, sets, budgets)
    value = values_of_sets(setting, setting.estimate, every, *runs)[0]
    params, seen, value = (x.reshape(len(budgets), -1) for x in (*runs, value))
    distance = np.array([budget.distance(setting, *run) for budget, *run in zip(budgets, params, seen, strict=True)])
    chances = chances_of_budgets(setting, sets, params, seen, distance)
    parts = zip(params, seen, distance, value, chances, strict=True)
    return pl.concat([rows_of_budget(setting, sets, *part) for part in parts])


def rows_of_budget(
    setting: Setting, sets: PoolSets, params: Array, seen: Array, distance: Array, value: Array, chance: Array | None
) -> pl.DataFrame:
    """The rows of one budget, best set first, from the runs, values at the estimate and chances of all sets (S,)."""
    rank = ranks(value)
    nested_rank = np.where(sets.nested, ranks(np.where(sets.nested, value, np.inf)), 0)
    keep = sets.nested | (rank <= KEPT) | (chance >= CHANCE if chance is not None else False)
    shown = np.flatnonzero(keep & np.isfinite(value))
    shown = shown[np.argsort(rank[shown])]
    some, seen, params, distance = sets.take(shown), seen[shown], params[shown], distance[shown]
    draws = None if setting.draws is None else values_of_sets(setting, setting.draws, some, params, seen)
    return table(
        {
            "distance": distance,
            "params": params,
            "data_seen": seen,
            "pools": [some.names(i) for i in range(len(some))],
            "data_unique": some.unique,
            "epochs": seen / some.unique,
            "epochs_max": seen / some.unique,
            "metric": [setting.metric] * len(some),
            **estimated("value", value[shown], setting.with_misfit(draws, distance)),
            "rank": rank[shown],
            "probability_best": None if chance is None else chance[shown],
            "nested": some.nested,
            "nested_rank": [int(r) or None for r in nested_rank[shown]],
            "message": [next_best(setting, some, value[shown], draws, distance), *[None] * (len(some) - 1)],
        },
        {"message": pl.String, "rank": pl.Int64, "nested_rank": pl.Int64},
    )


def next_best(setting: Setting, sets: PoolSets, value: Array, draws: Array | None, distance: Array) -> str | None:
    """By how much the second set is behind the first, in words: what a wrong choice between them costs."""
    if len(sets) < 2:
        return None
    low, high = None, None
    if draws is not None:
        wrong = setting.with_misfit_of_sets(draws[:, :2], sets.take(np.arange(2)).members().share, distance[:2])
        low, high = interval(wrong[:, 1:] - wrong[:, :1])
    ends = {"behind_low": None if low is None else float(low[0]), "behind_high": None if high is None else float(high[0])}
    behind = difference({"behind": float(value[1] - value[0]), **ends}, "behind", setting.metric)
    return f"The next best, {named_sets(sets.names(1))}, is {behind} worse."


def ranks(value: Array) -> np.ndarray:
    """1 for the smallest; not-a-number last; ties in order."""
    order = np.argsort(np.where(np.isfinite(value), value, np.inf), kind="stable")
    ranks = np.empty(len(value), dtype=np.int64)
    ranks[order] = np.arange(1, len(value) + 1)
    return ranks


PLAN = Plan("plan_filtering", answers, build, "Which quality pools should a run use at its budget?")
