"""Planning questions as functions of a fit: `plan.compute_optimal(fit, flops=[1e22, 1e23])`, `plan.pools(fit, data_seen=[1e11])`.

Each is the question of a published table (`dir(plan)` lists them), with the keys of a study's `[plan]` as its arguments. It gives
the rows of that table as a Polars frame: estimates with `_low` and `_high`, and a `sentence` that says a row in words.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from pydantic import ValidationError

from pipeline.config import explained
from pipeline.errors import PlanError, meant
from pipeline.fitting import Fit
from pipeline.notebook.inputs import as_polars
from pipeline.planning import PLANS, Plan
from pipeline.schema import MEASUREMENTS, RUNS
from pipeline.study.declaration import Study
from pipeline.wording.sentences import sentence

ALSO = {"pools": "filtering", "epochs": "repetition", "price": "money", "when_to_add_pools": "filtering_switches"}
"""Other names of questions, as people say them."""


class Question:
    """One planning question, to be called with a fit."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.__name__ = plan.table.removeprefix("plan_")
        self.__doc__ = f"{plan.question} The rows of {plan.table}."

    def __repr__(self) -> str:
        return f"plan.{self.__name__}(fit, ...): {self.plan.question}"

    def __call__(
        self,
        fit: Fit,
        other: Fit | None = None,
        *,
        frame: Any = None,
        metric: str = "",
        unit: str | None = None,
        **asked: Any,
    ) -> pl.DataFrame:
        """The plan of `fit`; of a comparison, against `other`.

        frame: the runs, where the fit does not keep its own. metric: what the response is called (else the law's word for it).
        unit: what data are counted in, in the singular. asked: keys of a study's [plan], as flops, data_seen, accelerator.
        Raises PlanError where the law cannot answer, a key is unknown, or one fit alone has no answer.
        """
        if not self.plan.needs(fit.law):
            able = ", ".join(name for name in __dir__() if (found := _plan(name)) and found.needs(fit.law))
            raise PlanError(f"{fit.law.name} cannot answer {self.__name__}", fix=f"ask {able}, or fit another law")
        study, rows = _study(fit, metric, asked), _rows(fit, frame)
        if other is None:
            built = self.plan.build(fit, study, rows)
            if built.is_empty():
                self._refuse_one_fit()
        elif self.plan.compare is None:
            raise PlanError(f"{self.__name__} is asked of one fit", fix="give `other` to plan.comparison")
        else:
            built = self.plan.compare(fit, other, study, rows, _rows(other, None), "the other")
        return _said(self.plan.table, built, fit, unit)

    def _refuse_one_fit(self) -> None:
        """Raises PlanError where the question is one of several fits."""
        name = self.__name__
        if self.plan.compare is not None:
            raise PlanError(f"{name} is asked of two fits", fix=f"give the other one too: plan.{name}(fit, other, ...)")
        if self.plan.gather is not None:
            raise PlanError(f"{name} is asked of all fits of a study", fix=f"declare one with `group_by` and read best_{name}")


def __getattr__(name: str) -> Any:
    """A question by its name; the registry of plans as PLANS."""
    plan = _plan(name)
    if plan is None:
        raise AttributeError(f"there is no question {name!r}{meant(name, __dir__())}; there are {', '.join(__dir__())}")
    return Question(plan)


def __dir__() -> list[str]:
    return sorted([*(table.removeprefix("plan_") for table in PLANS), *ALSO])


def _plan(name: str) -> Plan | None:
    return PLANS.get(f"plan_{ALSO.get(name, name)}")


def _study(fit: Fit, metric: str, asked: dict[str, Any]) -> Study:
    """The study that a declaration of these questions alone would be."""
    try:
        return Study(study="notebook", runs="true", metric=metric or fit.law.response, laws=(fit.law.name,), plan=asked)
    except ValidationError as error:
        message, fix = (words.replace("[plan]", "a plan") for words in explained(error, Study))
        raise PlanError(message, fix=fix) from error


def _rows(fit: Fit, frame: Any) -> pl.DataFrame:
    rows = fit.frame if frame is None else as_polars(frame)
    if rows is None:
        raise PlanError("the fit does not keep its runs", fix="give them as frame=..., or fit with `from pipeline import fit`")
    return _whole(rows, fit.law.response)


def _whole(rows: pl.DataFrame, response: str) -> pl.DataFrame:
    """The runs with all columns that a store's have: unknown where the frame does not say them, every run used."""
    if "value" not in rows.columns and response in rows.columns:
        rows = rows.with_columns(pl.col(response).alias("value"))
    unsaid = {name: pl.String if column.type == "VARCHAR" else pl.Float64 for name, column in (MEASUREMENTS | RUNS).items()}
    lacking = [pl.lit(None, kind).alias(name) for name, kind in unsaid.items() if name not in (*rows.columns, "value", "run_key")]
    return rows.with_columns(*lacking, *([] if "used" in rows.columns else [pl.lit(True).alias("used")]))


def _said(table: str, built: pl.DataFrame, fit: Fit, unit: str | None) -> pl.DataFrame:
    """The rows with a sentence each, as `lawbook plan` says them."""
    about = {"metric": fit.law.response, "law": fit.law.name, "grade": str(fit.grade), "stale_since": None, "cohort": ""}
    words = [sentence(table, about | row, unit) for row in built.iter_rows(named=True)]
    return built.with_columns(pl.Series("sentence", words, dtype=pl.String))
