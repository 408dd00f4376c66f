"""What each pool set is worth when compute is no limit, and from which compute on it is the best set (no filter among them).

L*(pools) = min over model size and epochs of the law (the value of a data set of Mohri, Duchi, Hashimoto 2026, arXiv:2605.19407).
The minimum is sought up to a thousand times the largest model of the runs and a thousand epochs; the row says where it lies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.plan import LOW, Array, Plan, around, estimated, interval, table
from pipeline.planning.pools.candidates import Budget, error_of_sets, has_size, runs_of, values_of_sets
from pipeline.planning.pools.pool_sets import PoolSets, nested_sets
from pipeline.planning.questions.pools.filtering import answers
from pipeline.planning.questions.pools.filtering_switches import search_range
from pipeline.planning.questions.pools.frontier import budget_grid
from pipeline.planning.ranking import best as best_of
from pipeline.planning.ranking import chances, known_ranks
from pipeline.planning.setting import Setting
from pipeline.schema.numbers_in_words import amount, flops

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

EPOCHS_TRIED = np.geomspace(1.0, 1000.0, 16)
TIMES_LARGEST = np.geomspace(1e-3, 1e3, 13)
NOT_HERE = "Best at no budget up to ten times the largest."
FAR, TIMES, PER_DECADE = 1e30, 1e3, 2
"""How far a budget is sought before which a set is not the best: FLOP, or times the largest budget where the law sees no size, up
to as many epochs of the largest set as are tried elsewhere: some laws walk over each of them."""
FEW_DRAWS = 0.1


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_dataset_value: one row a nested pool set; wins_from is in FLOP where the law sees model size, else in samples."""
    setting = Setting(fit, study, frame)
    sets = nested_sets(setting.pools, setting.sizes)
    params, epochs, value = limits(setting, sets)
    seen = epochs * sets.unique
    draws = None if setting.draws is None else values_of_sets(setting, setting.draws, sets, params, seen)
    distance, error = Budget().distance(setting, params, seen), error_of_sets(setting, sets, params, seen)
    wrong = None if draws is None else setting.with_law_error_of_sets(draws, sets.members().share, error)
    chance = None if wrong is None else chances(wrong, setting.measured, np.isfinite(value))
    start, drawn, share = wins(setting, sets)
    low, high = _of_those_that_win(drawn, share)
    before = not_before(setting, sets)
    return table(
        {
            "distance": distance,
            "pools": [sets.names(i) for i in range(len(sets))],
            "data_unique": sets.unique,
            "params": params,
            "epochs": epochs,
            "metric": [setting.metric] * len(sets),
            **estimated("value", value, setting.with_law_error(draws, error)),
            "rank": known_ranks(value, setting.measured),
            "probability_best": chance,
            **around("wins_from", start, low, high),
            "share_of_draws": share,
            "not_before": before,
            "message": [_message(setting, *ends) for ends in zip(start, before, strict=True)],
        },
        {"message": pl.String, "rank": pl.Int64},
    )


def _message(setting: Setting, start: float, before: float) -> str | None:
    """That a set wins nowhere near, and before which budget it does not win at all."""
    if np.isfinite(start):
        return None
    if not np.isfinite(before):
        return NOT_HERE
    return f"{NOT_HERE} Not before {flops(before) if has_size(setting) else f'{amount(before)} {setting.counted_in}'}."


def far_grid(setting: Setting, sets: PoolSets) -> list[Budget]:
    """Budgets from the smallest of study and runs to FAR."""
    sized = has_size(setting)
    low, high = search_range(setting, "flops" if sized else "data_seen")
    end = max(high, FAR if sized else min(high * TIMES, float(EPOCHS_TRIED[-1] * sets.unique.max())))
    points = np.geomspace(low, end, max(int(PER_DECADE * np.log10(end / low)), 2))
    return [Budget(flops=float(x)) if sized else Budget(data_seen=float(x)) for x in points]


def not_before(setting: Setting, sets: PoolSets) -> Array:
    """The budget before which each set is the best in fewer than one draw in twenty (S,): a promise that needs no crossing.

    The end of the search where fewer win at all: FAR, or the last budget at which the law has a best size for every set. NaN
    without draws, or where one of them has no value.
    """
    if setting.search_draws is None:
        return np.full(len(sets), np.nan)
    grid = far_grid(setting, sets)
    every, params, seen = runs_of(setting, sets, grid)
    known = np.isfinite(seen.reshape(len(grid), len(sets))).all(axis=1)
    axis = np.array([budget.flops or budget.data_seen for budget in grid], dtype=float)[known]
    values = setting.turned(values_of_sets(setting, setting.search_draws, every, params, seen))
    values = values.reshape(len(values), len(grid), len(sets))[:, known]
    if np.isnan(values).any() or not axis.size:
        return np.full(len(sets), np.nan)
    first = first_win(values, np.log(axis))
    return np.asarray(np.percentile(np.where(np.isfinite(first), first, axis[-1]), LOW, axis=0, method="lower"))


def limits(setting: Setting, sets: PoolSets) -> tuple[Array, Array, Array]:
    """(params, epochs, value) at each set's least value at the estimate, each (S,)."""
    top = setting.largest("params") if has_size(setting) else None
    sizes = TIMES_LARGEST * top if top else np.array([np.nan])
    size, epochs, place = (x.ravel() for x in np.meshgrid(sizes, EPOCHS_TRIED, np.arange(len(sets)), indexing="ij"))
    every = sets.take(place.astype(np.int64))
    values = values_of_sets(setting, setting.estimate, every, size, epochs * every.unique)[0].reshape(-1, len(sets))
    best = best_of(values.T, setting.measured)[0]
    at = best * len(sets) + np.arange(len(sets))
    return size[at], epochs[at], values.ravel()[at]


def wins(setting: Setting, sets: PoolSets) -> tuple[Array, Array | None, Array | None]:
    """The budget from which each set is the best nested one: at the estimate (S,), in draws (batch, S), and in which share."""
    grid = budget_grid(setting)
    every, params, seen = runs_of(setting, sets, grid)
    axis = np.array([budget.flops or budget.data_seen for budget in grid], dtype=float)

    def start(values: Array) -> Array:
        return first_win(setting.turned(values).reshape(len(values), len(grid), len(sets)), np.log(axis))

    at = start(values_of_sets(setting, setting.estimate, every, params, seen))[0]
    if setting.search_draws is None:
        return at, None, None
    values = values_of_sets(setting, setting.search_draws, every, params, seen)
    values = setting.with_law_error_of_sets(values, every.members().share, error_of_sets(setting, every, params, seen))
    drawn = start(values)
    return at, drawn, np.isfinite(drawn).mean(axis=0)


def first_win(values: Array, axis: Array) -> Array:
    """exp(axis) where each set (batch, n, S) first is the least, linear between grid points; NaN where it never is.

    A draw in which a value is unknown knows no winner.
    """
    best = np.where(np.isnan(values).any(axis=2), -1, values.argmin(axis=2))
    out = np.full((len(values), values.shape[2]), np.nan)
    row = np.arange(len(values))
    for k in range(values.shape[2]):
        hits = best == k
        at = hits.argmax(axis=1)
        before = np.maximum(at - 1, 0)
        rival = best[row, before]
        left = values[row, before, k] - values[row, before, rival]
        right = values[row, at, k] - values[row, at, rival]
        with np.errstate(divide="ignore", invalid="ignore"):
            part = np.clip(np.nan_to_num(np.where(at > 0, left / (left - right), 0.0)), 0.0, 1.0)
        out[:, k] = np.where(hits.any(axis=1), np.exp(axis[before] + part * (axis[at] - axis[before])), np.nan)
    return out


def _of_those_that_win(drawn: Array | None, share: Array | None) -> tuple[Array | None, Array | None]:
    """5th and 95th percentile over the draws in which a set wins somewhere; NaN where few draws have it win."""
    if drawn is None or share is None:
        return None, None
    ends = [interval(d[np.isfinite(d), None]) if s >= FEW_DRAWS else (None, None) for d, s in zip(drawn.T, share, strict=True)]
    low, high = (np.array([np.nan if end is None else end[0] for end in side]) for side in zip(*ends, strict=True))
    return low, high


PLAN = Plan(
    "plan_dataset_value", answers, build, "What is each pool set worth without a limit of compute, and when does no filter win?"
)
