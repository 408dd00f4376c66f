"""Plans from published constants alone, for those who have no runs yet: every question that the law can answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.errors import LawbookError, PlanError
from pipeline.fitting.published import constants_named, paper_rows, published_fit
from pipeline.planning import PLANS
from pipeline.planning.outside import outside
from pipeline.planning.plan import Fitted
from pipeline.planning.setting import Setting
from pipeline.schema import TABLES
from pipeline.study.declaration import Study

NEEDS_RUNS = ("plan_next_runs", "plan_schedule", "plan_ladder")
"""Questions about runs that somebody has made, or would make beside them."""


def published_plans(constants: str, plan: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """The rows of each plan table from LAW/SETTING at the budgets of `plan` ([plan] of a study), graded "published".

    Raises FitError for constants that there are not, StudyError or ValueError for budgets that are none, PlanError where none of
    the budgets is one that the law can answer for.
    """
    law, one = constants_named(constants)
    fit = published_fit(law, one)
    study = Study(study="published", runs="false", metric=_metric(law.response), laws=(law.name,), plan=dict(plan))
    rows = paper_rows(law, one)
    found = {}
    for name, question in PLANS.items():
        if name in NEEDS_RUNS or not question.needs(law) or not (study.measured.goal or not question.judges):
            continue
        try:
            built = (
                question.build(fit, study, rows) if question.gather is None else question.gather(study, [Fitted(fit, "", rows)])
            )
        except (LawbookError, pl.exceptions.ColumnNotFoundError):  # a question about columns that only runs have
            continue
        if built.height:
            marks = {"study": study.study, "cohort": "", "law": law.name, "fit_id": fit.fit_id, "grade": fit.grade}
            lacking = [pl.lit(None).alias(column) for column in TABLES[name].names if column not in built.columns]
            found[name] = built.with_columns(*lacking).with_columns(
                outside(Setting(fit, study, rows), built), *(pl.lit(v).alias(k) for k, v in marks.items())
            )
    if not found:
        columns = ", ".join(law.columns)
        fix = f"give a budget of {columns}, or ask for one prediction by [plan.response] with {columns}"
        raise PlanError(f"{law.name} answers none of {', '.join(plan) or 'no budget'}", fix=fix)
    return found


def _metric(response: str) -> str:
    """The metric under which the response is measured."""
    return "loss" if response == "metric" else response
