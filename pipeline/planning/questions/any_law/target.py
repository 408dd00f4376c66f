"""The inverse of any law in one of its columns: the value of that column at which the law reaches a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.planning.asked import Asked, asked, bounds
from pipeline.planning.plan import Array, Plan, estimated, join_notes, table
from pipeline.planning.questions.any_law.response import TEXTS, every_law
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.minimum import crossing

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

PER_DECADE = 24
STEPS = 48
"""Halvings of a bracket of a 24th of a decade: it ends below what float64 resolves."""
SEVERAL = "The law takes this value more than once there: the least such {find} is given; narrow it with `between`."


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_target: one row for each value to reach and each combination of the other columns that [plan.target] names."""
    setting = Setting(fit, study, frame)
    question: dict[str, Any] = (study.plan or {}).get("target", {})
    found = asked(setting, "target", np.atleast_1d(np.asarray(question.get("reach", [np.nan]), dtype=float)))
    if found is None:
        return pl.DataFrame()
    (runs, reach), find, ends = found, question["find"], bounds(setting, "target")
    amount, times = solve(setting, runs, find, reach, ends, setting.estimate)
    drawn = None if setting.search_draws is None else solve(setting, runs, find, reach, ends, setting.search_draws)[0]
    known = np.where(np.isfinite(amount[0]), amount[0], np.nan)
    absent = f"The law does not take this value for any {setting.called(find)} from {ends[0]:.3g} to {ends[1]:.3g}."
    notes = [
        join_notes(absent if n == 0 else SEVERAL.format(find=setting.called(find)) if n > 1 else None, runs.message)
        for n in times[0]
    ]
    return table(
        {
            "distance": setting.distance_of(runs.run(setting, **{find: known}), runs.count),
            **runs.described(setting, **{find: known}),
            "target": reach,
            "sought": [setting.called(find)] * runs.count,
            **estimated("amount", known, drawn),
            "message": notes,
        },
        TEXTS,
    )


def solve(setting: Setting, runs: Asked, find: str, reach: Array, ends: tuple[float, float], theta: Array) -> tuple[Array, Array]:
    """(least amount in `ends` at which the law takes each target, how often it takes it): (batch, m). NaN where never."""
    low, high = np.log(ends[0]), np.log(ends[1])
    grid = np.linspace(low, high, max(2, int(np.ceil((high - low) / np.log(10.0) * PER_DECADE)) + 1))

    def difference(amount: Array) -> Array:
        return runs.value(setting, theta, **{find: amount}) - reach

    above = np.stack([difference(np.full((1, runs.count), np.exp(x))) for x in grid])
    signs = np.where(np.isfinite(above), np.sign(above), np.nan)
    turns = (signs[:-1] * signs[1:] <= 0) & (signs[:-1] != 0)
    turns[0] |= signs[0] == 0
    times = turns.sum(axis=0)
    first = turns.argmax(axis=0)
    found = crossing(difference, np.exp(grid[first]), np.exp(grid[first + 1]), STEPS)
    end = np.exp(grid[first + 1])
    found = np.where(np.isnan(found) & (difference(end) == 0), end, found)
    return np.where(times > 0, found, np.nan), times


PLAN = Plan("plan_target", every_law, build, "At which value of one column does the law reach a target?", judges=False)
