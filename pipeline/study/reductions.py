"""What a law takes of the rows of a study that reduces a sweep or makes the law's answer, and what its fit gives there.

A law that reads a swept column (a valley) keeps all runs; one whose response is such a setting (a best rate, a best batch) is
fitted to the settings of the runs on the plateau of each sweep, the rule of Li et al. 2025; any other law to the best run alone.
`take` of the study says otherwise for all of its laws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipeline.schema.metrics import Metric, metric_of
from pipeline.study.derived.rules import BY_COLUMN, needs_in_words
from pipeline.study.sweeps.low_points import WHY_NOT_LOW
from pipeline.study.sweeps.reached import answer_of
from pipeline.study.sweeps.winners import BEST, LOW_POINT, ON_PLATEAU, PLATEAU, SWEPT, TAKE

if TYPE_CHECKING:
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

ANSWERS = "answers of laws"
"""The column with the columns that the study makes and that are what laws of it give, in the place of its metric."""


def with_answers(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the names of the columns that laws of the study give and [derive] makes."""
    made = answers_of(study)
    return rows.with_columns(pl.lit(made, pl.List(pl.String)).alias(ANSWERS)) if made and rows.height else rows


def answers_of(study: Study) -> list[str]:
    """Columns that [derive] of the study makes and that laws of it give: `capability`, or a `perplexity` of the loss."""
    return [law.response for law in study.law_objects() if law.name in study.laws and law.response in study.derive]


def responds(law: Law) -> bool:
    """Whether what a law gives is a setting of runs, a column, and no measured metric."""
    from pipeline.study.declaration import RUN_COLUMNS

    return law.response in RUN_COLUMNS or law.response in BY_COLUMN


def response_of(study: Study, law: Law) -> str:
    """What a fit of the law in this study gives: the study's metric, or the setting or derived column that the law is about."""
    if law.name in getattr(study, "first_laws", ()):
        return str(study.link)
    if (rule := getattr(study, "reach", None)) is not None:
        return answer_of(law, rule.of, study.metric)
    made = law.response in BY_COLUMN or law.response in getattr(study, "derive", ())
    swept = getattr(study, "reduce", None) is not None and responds(law)
    return law.response if made or swept else study.metric


def measured_of(study: Study, law: Law) -> Metric:
    """What is known of the response of a fit of the law in this study: of the study's metric, what the study declares."""
    response = response_of(study, law)
    return study.measured if response == study.metric else metric_of(response)


def reduced(law: Law, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as `law` takes them of a reduced sweep: the others are not used, with the reason; its response is the value."""
    own = _answers(law, rows)
    if SWEPT not in rows.columns or not rows.height:
        return _as_answer(law, rows) if own else rows
    swept, take = rows[SWEPT][0].to_list(), rows[TAKE][0]
    if set(swept) & set(law.columns) and take is None:
        return rows
    found = rows.with_columns(pl.coalesce("reason", _outdone(law, ", ".join(swept), take)).alias("reason"))
    return _as_answer(law, found) if own or responds(law) else found


def _outdone(law: Law, over: str, take: str | None) -> pl.Expr:
    """Why a law does not take a row of a sweep; NULL where it does."""
    if take == LOW_POINT:
        return pl.col(WHY_NOT_LOW)
    plateau = responds(law) if take is None else take == ON_PLATEAU
    mark, words = (PLATEAU, "not on the plateau") if plateau else (BEST, "not the best")
    no_sweep = pl.when(pl.col(mark).is_null()).then(pl.lit(f"no sweep of {over} at its size and data"))
    return no_sweep.when(~pl.col(mark)).then(pl.lit(f"{words} of its sweep of {over}"))


def _answers(law: Law, rows: pl.DataFrame) -> bool:
    """Whether what the law gives is a column that the study or a rule has made of the runs."""
    made = rows[ANSWERS][0].to_list() if ANSWERS in rows.columns and rows.height else []
    return law.response in rows.columns and (law.response in BY_COLUMN or law.response in made)


def _as_answer(law: Law, rows: pl.DataFrame) -> pl.DataFrame:
    """The column that the law gives in the place of the study's metric; a metric of that name was logged and stays."""
    if rows.height and "metric" in rows.columns and rows["metric"][0] == law.response:
        return rows
    value = pl.col(law.response).cast(pl.Float64) if law.response in rows.columns else pl.lit(None, pl.Float64)
    marked = rows.with_columns(value.alias("value"), pl.lit(law.response).alias("metric"))
    lacking = pl.when(pl.col("value").is_null()).then(pl.lit(f"no {law.response}{needs_in_words(law.response)}"))
    return marked.with_columns(pl.coalesce("reason", lacking).alias("reason")) if "reason" in rows.columns else marked
