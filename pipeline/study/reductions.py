"""Winners of a sweep: which runs of one size and amount of data are as good as the best of them, and what a law takes of these.

    reduce = { best_of = ["peak_lr", "batch_size"], within = 0.0025 }

Runs that differ in nothing but the swept columns compete. A law that reads a swept column (a valley) keeps all of them; one whose
response is such a setting (a best rate, a best batch) is fitted to the settings of the runs within that part of the best value,
the plateau rule of Li et al. 2025; any other law to the best run alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import StudyError
from pipeline.schema.metrics import Metric, metric_of
from pipeline.study.derived.rules import BY_COLUMN, needs_in_words

if TYPE_CHECKING:
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

CELL = ("params", "params_nonembedding", "params_active", "data_planned", "data_seen", "data_unique")
"""What runs of one sweep share, where the study does not say `by`."""
ANSWERS = "answers of laws"
"""The column with the columns that the study makes and that are what laws of it give, in the place of its metric."""
SWEPT, BEST, PLATEAU = "swept", "best of its sweep", "on the plateau of its sweep"


class Reduce(BaseModel):
    """How a sweep is reduced: the swept columns, how near the best counts as good, and what runs of one sweep share."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    best_of: tuple[str, ...] = Field(min_length=1)
    within: float = Field(default=0.0, ge=0, lt=1)
    by: tuple[str, ...] = ()


def with_winners(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what `reduced` needs of the study's rule; unchanged where the study has none.

    Raises StudyError for a swept column that no run has or in which no two runs of one sweep differ.
    """
    rule, made = study.reduce, answers_of(study)
    if made and rows.height:
        rows = rows.with_columns(pl.lit(made, pl.List(pl.String)).alias(ANSWERS))
    if rule is None or rows.is_empty():
        return rows
    where = f"{study.source}: reduce"
    if missing := [
        name for name in (*rule.best_of, *rule.by) if name not in rows.columns or rows[name].null_count() == rows.height
    ]:
        raise StudyError(f"no run has {missing[0]!r}", place=str(where), fix="name columns that the runs have")
    by = [name for name in (rule.by or CELL) if name in rows.columns]
    used = rows.filter("used")
    varies = used.group_by("cohort", *by).agg(pl.struct(rule.best_of).n_unique().alias("settings"))
    if used.height and varies["settings"].max() == 1:
        raise StudyError(
            f"no two runs of the same {', '.join(by)} differ in {', '.join(rule.best_of)}", place=str(where), fix="say `by`"
        )
    sign = study.measured.sign
    best = (pl.when("used").then(sign * pl.col("value")).min() * sign).over("cohort", *by)
    near = (pl.col("value") - best) * sign <= rule.within * best.abs()
    alone = pl.when("used").then(pl.struct(rule.best_of)).drop_nulls().n_unique().over("cohort", *by) < 2
    return rows.with_columns(
        pl.lit(list(rule.best_of), pl.List(pl.String)).alias(SWEPT),
        pl.when(~alone).then(pl.col("value") == best).alias(BEST),
        pl.when(~alone).then(near).alias(PLATEAU),
    )


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
    swept = rows[SWEPT][0].to_list()
    if set(swept) & set(law.columns):
        return rows
    over = ", ".join(swept)
    mark, words = (
        (PLATEAU, f"not on the plateau of its sweep of {over}")
        if responds(law)
        else (BEST, f"not the best of its sweep of {over}")
    )
    why = (
        pl.when(pl.col(mark).is_null())
        .then(pl.lit(f"no sweep of {over} at its size and data"))
        .when(~pl.col(mark))
        .then(pl.lit(words))
    )
    found = rows.with_columns(pl.coalesce("reason", why).alias("reason"))
    return _as_answer(law, found) if own or responds(law) else found


def _answers(law: Law, rows: pl.DataFrame) -> bool:
    """Whether what the law gives is a column that the study or a rule has made of the runs."""
    made = rows[ANSWERS][0].to_list() if ANSWERS in rows.columns and rows.height else []
    return law.response in rows.columns and (law.response in BY_COLUMN or law.response in made)


def _as_answer(law: Law, rows: pl.DataFrame) -> pl.DataFrame:
    """The column that the law gives in the place of the study's metric."""
    value = pl.col(law.response).cast(pl.Float64) if law.response in rows.columns else pl.lit(None, pl.Float64)
    marked = rows.with_columns(value.alias("value"), pl.lit(law.response).alias("metric"))
    lacking = pl.when(pl.col("value").is_null()).then(pl.lit(f"no {law.response}{needs_in_words(law.response)}"))
    return marked.with_columns(pl.coalesce("reason", lacking).alias("reason")) if "reason" in rows.columns else marked
