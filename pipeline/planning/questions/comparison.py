"""Two recipes: who is better at which budget, how much compute the better one saves, and where they cross.

Each recipe is a cohort with a fit of its own. The loss of a recipe at a budget is its compute-optimal one (its value at that many
samples, for a law without model size). Draws of the two fits are independent: draw i of one is paired with draw i of the other.
No crossover is claimed beyond ten times the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.errors import PlanError
from pipeline.planning.budgets import budgets
from pipeline.planning.plan import Array, Plan, around, estimated, interval, table
from pipeline.planning.questions import compute_optimal
from pipeline.planning.questions.inverse import interpolate
from pipeline.planning.ranking import wins
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.minimum import crossing

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

BEYOND = 10.0
POINTS = 81
FEW_DRAWS = 0.1
NONE = "No crossover within ten times the data."


def answers(law: Law) -> bool:
    """Laws whose loss depends on compute: by model size and data, or by one of flops and data_seen alone."""
    return compute_optimal.answers(law) or (not law.pooled and law.columns in {("flops",), ("data_seen",)})


def loss_curve(setting: Setting, theta: Array, budget: Array) -> Array:
    """The loss of a recipe at each budget for each row of theta: (batch, budgets)."""
    if compute_optimal.answers(setting.law):
        return compute_optimal.optimum(setting, theta, budget)[1]
    return setting.value(theta, None, **{setting.law.columns[0]: budget})


def budget_column(law: Law) -> str:
    """What a recipe's budget is counted in."""
    return "data_seen" if law.columns == ("data_seen",) else "flops"


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG001 - a plan's signature
    """Nothing: one recipe alone has no other to be compared with. See `compare`."""
    return pl.DataFrame()


def compare(
    fit: Fit, other_fit: Fit, study: Study, frame: pl.DataFrame, other_frame: pl.DataFrame, other_cohort: str
) -> pl.DataFrame:
    """plan_comparison: one row a budget. compute_multiplier < 1: the cohort needs that part of the other's compute."""
    setting, other = Setting(fit, study, frame), Setting(other_fit, study, other_frame)
    column = budget_column(setting.law)
    if column != budget_column(other.law):
        raise PlanError(
            f"{setting.law.name} and {other.law.name} count budgets in {column} and {budget_column(other.law)}; "
            f"fit one law to both cohorts"
        )
    asked = budgets(setting, column)
    known = np.concatenate([setting.logged(column), other.logged(column)])
    grid = np.geomspace(min(asked.min(), known.min()) / BEYOND, max(asked.max(), known.max()) * BEYOND, POINTS)
    ends = (float(known.min()), float(known.max()) * BEYOND)
    point = _compare((setting, setting.estimate), (other, other.estimate), asked, grid, ends)
    drawn = None
    if setting.search_draws is not None and other.search_draws is not None:
        count = min(len(setting.search_draws), len(other.search_draws))
        drawn = _compare((setting, setting.search_draws[:count]), (other, other.search_draws[:count]), asked, grid, ends)
    return _table(setting, other, column, asked, point, drawn, _exact_crossing(setting, other, point[3][0], grid), other_cohort)


def _compare(
    mine: tuple[Setting, Array], theirs: tuple[Setting, Array], asked: Array, grid: Array, ends: tuple[float, float]
) -> tuple[Array, Array, Array, Array]:
    """(loss, other loss, multiplier), each (batch, budgets), and the crossover (batch,)."""
    own, other = loss_curve(*mine, grid), loss_curve(*theirs, grid)
    at, at_other = loss_curve(*mine, asked), loss_curve(*theirs, asked)
    goals, curves = mine[0].turned(at_other), mine[0].turned(own)
    needed = np.exp(np.array([interpolate(t, c, np.log(grid)) for t, c in zip(goals, curves, strict=True)]))
    return at, at_other, needed / asked, first_crossing(own - other, grid, ends)


def first_crossing(gap: Array, grid: Array, ends: tuple[float, float]) -> Array:
    """Where the gap (batch, grid) first changes its sign inside `ends`, linear in ln budget; NaN where it does not."""
    inside = (grid[:-1] >= ends[0]) & (grid[1:] <= ends[1])
    hits = (np.sign(gap[:, :-1]) * np.sign(gap[:, 1:]) < 0) & inside
    at, row = hits.argmax(axis=1), np.arange(len(gap))
    left, right, axis = gap[row, at], gap[row, at + 1], np.log(grid)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.clip(np.nan_to_num(left / (left - right)), 0.0, 1.0)
    return np.where(hits.any(axis=1), np.exp(axis[at] + part * (axis[at + 1] - axis[at])), np.nan)


def _exact_crossing(setting: Setting, other: Setting, near: float, grid: Array) -> float:
    """The estimate's crossover by bisection between the points of the grid around it."""
    if not np.isfinite(near):
        return float("nan")
    place = int(np.searchsorted(grid, near))

    def difference(budget: Array) -> Array:
        return loss_curve(setting, setting.estimate, budget[0]) - loss_curve(other, other.estimate, budget[0])

    low, high = grid[max(place - 1, 0)], grid[min(place, len(grid) - 1)]
    return float(crossing(difference, np.array([[low]]), np.array([[high]]))[0, 0])


def _table(
    setting: Setting,
    other: Setting,
    column: str,
    asked: Array,
    point: tuple[Array, Array, Array, Array],
    drawn: tuple[Array, Array, Array, Array] | None,
    crossover: float,
    other_cohort: str,
) -> pl.DataFrame:
    count, distance = len(asked), setting.distance(column, asked)
    share = low = high = chance = None
    if drawn is not None:
        found = drawn[3][np.isfinite(drawn[3])]
        share = len(found) / len(drawn[3])
        chance = wins(drawn[1], drawn[0], setting.measured)
        low, high = interval(found[:, None]) if share >= FEW_DRAWS else (None, None)
    return table(
        {
            "distance": distance,
            "other_cohort": [other_cohort] * count,
            "flops": asked,
            **estimated("loss", point[0][0], setting.with_misfit(None if drawn is None else drawn[0], distance)),
            **estimated("other_loss", point[1][0], other.with_misfit(None if drawn is None else drawn[1], distance)),
            **estimated("compute_multiplier", point[2][0], None if drawn is None else drawn[2]),
            "probability_other_wins": chance,
            **around(
                "crossover_flops", np.full(count, crossover), *(None if x is None else np.repeat(x, count) for x in (low, high))
            ),
            "share_of_draws": [share] * count,
            "message": [None if np.isfinite(crossover) else NONE] * count,
        },
        {"message": pl.String, "other_cohort": pl.String},
    )


PLAN = Plan("plan_comparison", answers, build, "Which of two recipes is better, and where do they cross?", compare)
