"""The value of one column at which any law is least (or most): in the column alone, or with others tied to it by a formula.

minimise over x:  law(x, given columns, tied columns y = f(x, ...))

As a tie, C = 6 N D makes it the compute-optimal size, D = C / (6 (N + V)) the best vocabulary at equal compute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.planning.asked import Asked, asked, bounds
from pipeline.planning.plan import Array, Plan, estimated, join_notes, table
from pipeline.planning.questions.any_law.response import TEXTS, every_law
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.minimum import minimise

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_optimum: one row for each combination of the other columns that [plan.optimum] names.

    The interval of the value is that of the recommended run; that of the amount says where the optimum itself may be.
    """
    setting = Setting(fit, study, frame)
    found = asked(setting, "optimum")
    if found is None:
        return pl.DataFrame()
    runs, question = found[0], study.plan["optimum"]
    find, ends, goal = question["find"], bounds(setting, "optimum"), question.get("goal", usual_goal(setting))
    amount = optimum(setting, runs, find, ends, goal, setting.estimate)[0]
    drawn = None if setting.search_draws is None else optimum(setting, runs, find, ends, goal, setting.search_draws)
    value = runs.value(setting, setting.estimate, **{find: amount})[0]
    distance = setting.distance_of(runs.run(setting, **{find: amount}), runs.count)
    expected = None if setting.draws is None else runs.value(setting, setting.draws, **{find: amount})
    inside = f"{setting.called(find)} from {ends[0]:.3g} to {ends[1]:.3g}"
    absent = f"The law has no {goal} value inside {inside}: it lies at an end, or beyond."
    return table(
        {
            "distance": distance,
            **runs.described(setting, **{find: amount}),
            "goal": [goal] * runs.count,
            "sought": [setting.called(find)] * runs.count,
            **estimated("amount", amount, drawn),
            **estimated("value", value, setting.with_law_error(expected, runs.law_error(setting, **{find: amount}))),
            "message": [join_notes(None if np.isfinite(x) else absent, runs.message) for x in amount],
        },
        TEXTS,
    )


def usual_goal(setting: Setting) -> str:
    """What is sought where the question does not say: the best of the metric, the least of a quantity without a goal."""
    return "most" if setting.measured.goal == "higher" else "least"


def optimum(setting: Setting, runs: Asked, find: str, ends: tuple[float, float], goal: str, theta: Array) -> Array:
    """The amount (batch, m) inside `ends` at which the law is least or most; NaN where that is at an end."""
    sign = 1.0 if goal == "least" else -1.0
    middle = np.full(runs.count, np.sqrt(ends[0] * ends[1]))
    found: Any = minimise(
        lambda x: sign * runs.value(setting, theta, **{find: x}), middle, decades=float(np.log10(ends[1] / ends[0])) / 2
    )
    return np.asarray(found[0], dtype=float)


PLAN = Plan("plan_optimum", every_law, build, "At which value of one column is the law least?", judges=False)
