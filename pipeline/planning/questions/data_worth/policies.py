"""How often should each pool be drawn: counts by rank of quality, n(rank), against uniform repetition and the best pool alone.

A policy gives the pool of rank r of K the weight ((K − r + 1)/K)^p and every document of it n = min(c·weight, n_max) expected
draws, c such that Σ n·U = D (after Fang et al. 2025, arXiv:2503.07879: counts by quality beat uniform repetition). p = 0 is
uniform; a large p is the best pool alone until it is exhausted. The law prices each policy at the budget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.pools.candidates import Budget, pool_budgets
from pipeline.planning.pools.pool_sets import nested_sets
from pipeline.planning.questions.mixtures.mixture import EPOCHS_MAX, error_of_weights, values_of_weights
from pipeline.planning.questions.pools.filtering import answers
from pipeline.planning.ranking import chances, known_ranks
from pipeline.planning.setting import Setting

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

POWERS = (0.0, 0.5, 1.0, 2.0, 4.0, 16.0)
HALVINGS = 200
UNKNOWN = ("power", "epochs_max", "pools", "draws_of_pools", "value", "value_low", "value_high", "rank", "probability_best")
EXHAUSTED = "All pools together hold less than this budget at {:g} epochs of each: no policy reaches it."


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_policies: one row a budget and policy."""
    setting = Setting(fit, study, frame)
    most = float(max((setting.study.plan or {}).get("epochs") or [EPOCHS_MAX]))
    return pl.concat([rows_of_budget(setting, budget, most) for budget in pool_budgets(setting)])


def counts(sizes: Array, budget: float, power: float, most: float) -> Array | None:
    """Expected draws of a document of each pool, best first, that spend the budget; None where `most` of each is not enough."""
    if most * sizes.sum() < budget * (1 - 1e-12):
        return None
    weight = ((len(sizes) - np.arange(len(sizes))) / len(sizes)) ** power
    low, high = 0.0, most / weight.min()
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        enough = (np.minimum(middle * weight, most) * sizes).sum() >= budget
        low, high = (low, middle) if enough else (middle, high)
    return np.asarray(np.minimum(high * weight, most))


def rows_of_budget(setting: Setting, budget: Budget, most: float) -> pl.DataFrame:
    """The policies of one budget; a compute budget is spent at the model size that is best for all pools together."""
    params, seen = _run(setting, budget)
    found = [counts(setting.sizes, seen, power, most) for power in POWERS]
    if found[0] is None:
        return _table(setting, budget, params, seen, [], None, EXHAUSTED.format(most))
    return _table(setting, budget, params, seen, [n for n in found if n is not None], most, None)


def _run(setting: Setting, budget: Budget) -> tuple[float, float]:
    sets = nested_sets(setting.pools, setting.sizes)
    params, seen = budget.of_sets(setting, sets.take(np.array([len(sets) - 1])))
    return float(params[0]), float(seen[0])


def _table(
    setting: Setting, budget: Budget, params: float, seen: float, found: list[Array], most: float | None, message: str | None
) -> pl.DataFrame:
    count = max(len(found), 1)
    distance = np.repeat(budget.distance(setting, np.array([params]), np.array([seen])), count)
    given = {"distance": distance, "params": [params] * count, "data_seen": [seen] * count, "metric": [setting.metric] * count}
    schema = {"message": pl.String, "draws_of_pools": pl.List(pl.Float64), "pools": pl.List(pl.String), "rank": pl.Int64}
    if not found:
        return table(given | {name: [None] for name in UNKNOWN} | {"message": [message]}, schema)
    weights = np.array([n * setting.sizes for n in found])
    weights = weights / weights.sum(axis=1, keepdims=True)
    value = values_of_weights(setting, setting.estimate, weights, params, seen)[0]
    drawn = None if setting.draws is None else values_of_weights(setting, setting.draws, weights, params, seen)
    error = error_of_weights(setting, weights, params, seen)
    wrong = None if drawn is None else setting.with_law_error_of_sets(drawn, weights, error)
    return table(
        given
        | {
            "power": list(POWERS[: len(found)]),
            "epochs_max": [most] * count,
            "pools": [list(setting.pools)] * count,
            "draws_of_pools": [n.tolist() for n in found],
            **estimated("value", value, wrong),
            "rank": known_ranks(value, setting.measured),
            "probability_best": None if wrong is None else chances(wrong, setting.measured, np.isfinite(value)),
            "message": [message] * count,
        },
        schema,
    )


PLAN = Plan("plan_policies", answers, build, "How often should a document of each quality be drawn?")
