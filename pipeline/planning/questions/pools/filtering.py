"""Which pools to train on at each budget: every candidate set's predicted error, its rank, and the chance that it is best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.pools.candidates import error_of_sets, pool_budgets, runs_of, values_of_sets
from pipeline.planning.pools.champions import chances_of_budgets
from pipeline.planning.pools.pool_sets import PoolSets, all_sets
from pipeline.planning.ranking import ranks
from pipeline.planning.setting import Setting

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

KEPT = 20
"""Sets that a budget's rows hold beside the nested ones: the best by estimate, and any with a real chance."""
CHANCE = 0.01


def answers(law: Law) -> bool:
    """Laws over pools that see how much data a run draws, and how much of it is unique: others take every repeat for fresh."""
    return law.pooled and "data_seen" in law.columns and "unique" in law.member_columns


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_filtering: one row a pool set and budget. Ranks and chances are over all candidates, also those not listed."""
    setting = Setting(fit, study, frame)
    sets = all_sets(setting.pools, setting.sizes)
    budgets = pool_budgets(setting)
    every, *runs = runs_of(setting, sets, budgets)
    value = values_of_sets(setting, setting.estimate, every, *runs)[0]
    params, seen, value = (x.reshape(len(budgets), -1) for x in (*runs, value))
    distance = np.array([budget.distance(setting, *run) for budget, *run in zip(budgets, params, seen, strict=True)])
    error = error_of_sets(setting, every, *runs).reshape(params.shape)
    chances = chances_of_budgets(setting, sets, params, seen, error, np.isfinite(value))
    parts = zip(params, seen, distance, error, value, chances, strict=True)
    return pl.concat([rows_of_budget(setting, sets, *part) for part in parts])


def rows_of_budget(
    setting: Setting,
    sets: PoolSets,
    params: Array,
    seen: Array,
    distance: Array,
    error: Array,
    value: Array,
    chance: Array | None,
) -> pl.DataFrame:
    """The rows of one budget, best set first, from the runs, law errors, values at the estimate and chances of all sets (S,)."""
    rank = ranks(value, setting.measured)
    nested_rank = ranks(np.where(sets.nested, value, np.nan), setting.measured)
    keep = sets.nested | (rank <= KEPT) | (chance >= CHANCE if chance is not None else False)
    shown = np.flatnonzero(keep & np.isfinite(value))
    shown = shown[np.argsort(rank[shown])]
    some, seen, params, distance, error = sets.take(shown), *(each[shown] for each in (seen, params, distance, error))
    draws = None if setting.draws is None else values_of_sets(setting, setting.draws, some, params, seen)
    behind = behind_the_best(setting, some, value[shown], draws, error)
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
            **estimated("value", value[shown], setting.with_law_error(draws, error)),
            "rank": rank[shown],
            "probability_best": None if chance is None else chance[shown],
            "nested": some.nested,
            "nested_rank": [int(r) or None for r in nested_rank[shown]],
            **behind,
            **_next(some, behind, count=len(some)),
            "message": [None] * len(some),
        },
        {"message": pl.String, "rank": pl.Int64, "nested_rank": pl.Int64, "next_pools": pl.List(pl.String)},
    )


def behind_the_best(setting: Setting, sets: PoolSets, value: Array, draws: Array | None, error: Array) -> dict[str, Any]:
    """By how much each set is worse than the first, what the law gets wrong by pool included: what taking it instead costs."""
    gap = setting.turned(value - value[:1])
    if draws is None:
        return estimated("behind", gap, None)
    wrong = setting.turned(setting.with_law_error_of_sets(draws, sets.members().share, error))
    return estimated("behind", gap, wrong - wrong[:, :1])


def _next(sets: PoolSets, behind: dict[str, Any], count: int) -> dict[str, Any]:
    """For the best set alone: the second best with what it costs, and how many sets the runs cannot tell from the best."""
    none: list[Any] = [None] * (count - 1)
    if count < 2:
        return {"next_pools": [None] * count, "next_behind": [None] * count, "next_behind_low": [None] * count,
                "next_behind_high": [None] * count, "ties": [None] * count}  # fmt: skip
    names = ("behind", "behind_low", "behind_high")
    low = behind["behind_low"][1:]
    ties = None if low[0] is None else int(np.sum(np.asarray(low) <= 0.0))
    return {
        "next_pools": [sets.names(1), *none],
        **{f"next_{name}": [behind[name][1], *none] for name in names},
        "ties": [ties, *none],
    }


PLAN = Plan("plan_filtering", answers, build, "Which quality pools should a run use at its budget?")
