"""Two recipes: who is better at which budget, how much compute the better one saves, and where they cross.

Each recipe is a cohort with a fit of its own, and budgets are counted in any column that both laws read: compute (the loss of a
recipe is then its compute-optimal one), samples, hours, bits, trainable parameters, denoising steps. `[plan.comparison] axis`
names it for a law of several columns; what else the law reads is held at its median over the cohort's own runs. Draws of the two
fits are independent: draw i of one is paired with draw i of the other. No crossover is claimed beyond ten times the runs' range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.errors import PlanError
from pipeline.planning.asked import asks
from pipeline.planning.budgets import budgets
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Plan, around, estimated, interval, table
from pipeline.planning.questions.sizes import compute_optimal
from pipeline.planning.questions.sizes.inverse import interpolate
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
NONE = "The two do not cross within ten times the range of the runs."


def answers(law: Law) -> bool:
    """Laws of runs without pools: of size and data, of one column, or of several of which the study names one."""
    return not law.pooled and bool(law.columns)


def loss_curve(setting: Setting, theta: Array, budget: Array) -> Array:
    """The loss of a recipe at each budget for each row of theta: (batch, budgets)."""
    axis = budget_column(setting)
    if axis == "flops" and compute_optimal.answers(setting.law):
        return compute_optimal.optimum(setting, theta, budget)[1]
    return setting.value(theta, None, **{axis: budget})


def error_on(setting: Setting, budget: Array) -> Array:
    """The sd (budgets,) of what the law of a recipe may get wrong there."""
    axis = budget_column(setting)
    if axis == "flops" and compute_optimal.answers(setting.law):
        params = compute_optimal.optimum(setting, setting.estimate, budget)[0][0]
        return setting.law_error(params=params, data_seen=budget / (TRAINING_FLOP * params))
    return setting.law_error(**{axis: budget})


def budget_column(setting: Setting) -> str:
    """What a recipe's budget is counted in. Raises PlanError where a law of several columns leaves it open."""
    law, wanted = setting.law, (setting.study.plan or {}).get("comparison", {}).get("axis")
    if wanted is not None:
        if not asks(law.columns, wanted):
            raise PlanError(
                f"[plan.comparison] axis = {wanted!r}: {law.name} reads {', '.join(law.columns)}", fix="name one of these"
            )
        return str(wanted)
    if compute_optimal.answers(law):
        return "flops"
    if len(law.columns) > 1:
        raise PlanError(f"{law.name} reads {', '.join(law.columns)}", fix="say in [plan.comparison] axis along which to compare")
    return law.columns[0]


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG001 - a plan's signature
    """Nothing: one recipe alone has no other to be compared with. See `compare`."""
    return pl.DataFrame()


def compare(
    fit: Fit, other_fit: Fit, study: Study, frame: pl.DataFrame, other_frame: pl.DataFrame, other_cohort: str
) -> pl.DataFrame:
    """plan_comparison: one row a budget. compute_multiplier < 1: the cohort needs that part of the other's compute."""
    setting, other = Setting(fit, study, frame), Setting(other_fit, study, other_frame, own_error=1)
    column = budget_column(setting)
    if column != budget_column(other):
        raise PlanError(
            f"{setting.law.name} and {other.law.name} count budgets in {column} and {budget_column(other)}",
            fix="fit one law to both cohorts",
        )
    wanted = (study.plan or {}).get("comparison", {}).get("amounts")
    asked = budgets(setting, column) if wanted is None else np.unique(np.atleast_1d(np.asarray(wanted, dtype=float)))
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
    count, compute = len(asked), column == "flops"
    erring: list[Array | None] = [None, None]
    if drawn is not None:
        erring = [side.with_law_error(own, error_on(side, asked)) for side, own in ((setting, drawn[0]), (other, drawn[1]))]
    chance = None if erring[0] is None or erring[1] is None else wins(erring[1], erring[0], setting.measured)
    share, *ends = (None, None, None) if drawn is None else _spread(drawn[3])
    at = np.full(count, crossover)
    bottom, top = (None if end is None else np.repeat(end, count) for end in ends)
    return table(
        {
            "distance": setting.distance(column, asked),
            "other_cohort": [other_cohort] * count,
            "axis": [setting.called(column)] * count,
            "amount": asked,
            "flops": asked if compute else [None] * count,
            **estimated("loss", point[0][0], erring[0]),
            **estimated("other_loss", point[1][0], erring[1]),
            **estimated("compute_multiplier", point[2][0], None if drawn is None else drawn[2]),
            "probability_other_wins": chance,
            **around("crossover", at, bottom, top),
            **around("crossover_flops", at if compute else at * np.nan, *((bottom, top) if compute else (None, None))),
            "share_of_draws": [share] * count,
            "message": [None if np.isfinite(crossover) else NONE] * count,
        },
        {"message": pl.String, "other_cohort": pl.String},
    )


def _spread(crossovers: Array) -> tuple[float, Array | None, Array | None]:
    """The share of draws that have a crossover, and the ends of its interval where enough of them do."""
    found = crossovers[np.isfinite(crossovers)]
    share = len(found) / len(crossovers)
    return share, *(interval(found[:, None]) if share >= FEW_DRAWS else (None, None))


PLAN = Plan("plan_comparison", answers, build, "Which of two recipes is better, and where do they cross?", compare)
