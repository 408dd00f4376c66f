"""How hard to prune a corpus whose score bins are pools, and which end to keep: from logged runs, and from theory beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.estimators.pruning_theory import Keep, pruned_error
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.pools.candidates import Budget, pool_budgets
from pipeline.planning.questions.pools.filtering import answers
from pipeline.planning.ranking import chances, known_ranks
from pipeline.planning.setting import Members, Setting
from pipeline.planning.sizes.minimum import minimise
from pipeline.schema.metrics import METRICS

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

FRACTIONS = (0.75, 0.5, 0.25)
KINDS = ("easy", "hard", "any")
PERCEPTRON = "error of a perceptron"
THEORY = "A perceptron student with a perfect score (Sorscher et al. 2022): it says which way, not how much."
SCHEMA = {"message": pl.String, "keep": pl.String, "rank": pl.Int64} | dict.fromkeys(
    ("params", "data_seen", "examples_per_dimension", "data_unique", "epochs", "probability_best"), pl.Float64
)


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_pruning: one row a share of the data at a budget. Only where [plan] has keep_fraction or examples_per_dimension."""
    asked = study.plan or {}
    choices = choices_of(asked.get("keep_fraction", FRACTIONS))
    parts = []
    if "keep_fraction" in asked and answers(fit.law):
        setting = Setting(fit, study, frame)
        parts += [rows_of_budget(setting, choices, budget) for budget in pool_budgets(setting)]
    parts += [rows_of_theory(choices, alpha) for alpha in asked.get("examples_per_dimension", ())]
    return pl.concat(parts, how="diagonal_relaxed") if parts else pl.DataFrame()


def choices_of(fractions: list[float] | tuple[float, ...]) -> list[tuple[str, float]]:
    """All of the data, and each smaller fraction of its easy end, of its hard end, and at random."""
    return [("all", 1.0), *product(KINDS, sorted({f for f in fractions if f < 1}, reverse=True))]


def kept_members(sizes: Array, choices: list[tuple[str, float]]) -> Members:
    """What each choice keeps of the score bins (K,), easiest first: a bin at the cut in part, drawn from uniformly."""
    before = np.cumsum(sizes) - sizes
    after = sizes.sum() - before - sizes
    rows = []
    for keep, fraction in choices:
        room = fraction * sizes.sum() - (after if keep == "hard" else before)
        rows.append(sizes * fraction if keep in ("any", "all") else np.clip(room, 0.0, sizes))
    amounts = np.array(rows)
    share = amounts / amounts.sum(axis=1, keepdims=True)
    return Members(share, amounts, np.where(amounts > 0, sizes, 0.0))


def rows_of_budget(setting: Setting, choices: list[tuple[str, float]], budget: Budget) -> pl.DataFrame:
    """The rows of one budget, from the fitted law of pools."""
    members = kept_members(setting.sizes, choices)
    unique = members.unique.sum(axis=1)

    def columns(params: Array, seen: Array) -> dict[str, Array]:
        return {"data_seen": seen, "data_unique": unique} | ({} if np.isnan(params).any() else {"params": params})

    def values(theta: Array, params: Array, seen: Array) -> Array:
        return setting.value(theta, members, **columns(params, seen))

    params, seen = _runs(setting, values, budget, len(choices))
    value = values(setting.estimate, params, seen)[0]
    draws = None if setting.draws is None else values(setting.draws, params, seen)
    distance = budget.distance(setting, params, seen)
    error = setting.law_error(**columns(params, seen))
    wrong = None if draws is None else setting.with_law_error_of_sets(draws, members.share, error)
    chance = None if wrong is None else chances(wrong, setting.measured, np.isfinite(value))
    return _table(
        choices,
        "runs",
        {
            "distance": distance,
            "params": params,
            "data_seen": seen,
            "data_unique": unique,
            "epochs": seen / unique,
            "metric": [setting.metric] * len(choices),
            **estimated("value", value, setting.with_law_error(draws, error)),
            "rank": known_ranks(value, setting.measured),
            "probability_best": chance,
            "message": [None] * len(choices),
        },
    )


def _runs(setting: Setting, values: Callable[[Array, Array, Array], Array], budget: Budget, count: int) -> tuple[Array, Array]:
    """(params, data_seen) of each choice: as given, or the best N at 6 N D = C for each. NaN where N has no part."""
    if budget.flops is None:
        return np.full(count, np.nan if budget.params is None else budget.params), np.full(count, float(budget.data_seen or 0.0))
    flops = budget.flops
    start = np.full(count, np.sqrt(flops / TRAINING_FLOP))
    params = minimise(lambda n: setting.turned(values(setting.estimate, n[0], flops / (TRAINING_FLOP * n[0]))), start)[0][0]
    return params, flops / (TRAINING_FLOP * params)


@cache
def perceptron_error(alpha_total: float, fraction: float, keep: str) -> float:
    """Test error of the student: α_total examples a dimension are there, the fraction of them is trained on."""
    if keep in ("any", "all"):
        return pruned_error(alpha_total * fraction, 1.0)
    end: Keep = "hard" if keep == "hard" else "easy"
    return pruned_error(alpha_total * fraction, fraction, end)


def rows_of_theory(choices: list[tuple[str, float]], alpha: float) -> pl.DataFrame:
    """The rows of one number of examples per input dimension, from the saddle-point equations: nothing in them is fitted."""
    value = np.array([perceptron_error(alpha, fraction, keep) for keep, fraction in choices])
    given = {"examples_per_dimension": [alpha] * len(choices), "metric": [PERCEPTRON] * len(choices)}
    return _table(
        choices,
        "saddle_point",
        {
            **given,
            **estimated("value", value, None),
            "rank": known_ranks(value, METRICS["error"]),
            "message": [THEORY] * len(value),
        },
    )


def _table(choices: list[tuple[str, float]], approach: str, columns: dict[str, object]) -> pl.DataFrame:
    keep, fraction = ([choice[place] for choice in choices] for place in (0, 1))
    given = {"approach": [approach] * len(choices), "keep": keep, "keep_fraction": fraction}
    return table({**given, **columns}, {name: kind for name, kind in SCHEMA.items() if name in columns or name == "keep"})


PLAN = Plan("plan_pruning", lambda _: True, build, "Which share of the data should a run keep, and of which end?")
