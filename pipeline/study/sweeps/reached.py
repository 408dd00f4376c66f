"""Points made of many runs' curves: what it takes to reach a level of the metric.

    reach = { levels = [3.2, 3.0], best_of = ["peak_lr"] }

At each level each run's curve says the steps, data and compute that it had spent (derived/crossings.py). Runs that share `by` and
`over` compete over `best_of`, and the one that spent least is the point. A law of an amount is fitted to these points, one of a
critical or cheapest batch to what they tell together at each level, one that reads `steps_min` to the ends of the curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import StudyError
from pipeline.study.held_out import is_held_out
from pipeline.study.sweeps.costs import (
    AMOUNTS,
    BATCH,
    BATCHES,
    END,
    GROUP,
    KIND,
    LEVEL,
    PLACE,
    POINT,
    WHY,
    WITHOUT_LIMIT,
    Curve,
    Row,
    Sweep,
)

if TYPE_CHECKING:
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

BY = ("params", "params_nonembedding", "params_active", "data_unique")
"""What runs share whose points are compared, where the study does not say `by`."""
RULE = "rule of the points"
"""The column with the amount that the study names, and the settings over which the cheapest run counts."""
EACH = "data of a step"
HELD = "held out of the points"
OF_KIND = {**dict.fromkeys(AMOUNTS, POINT), **dict.fromkeys(BATCHES, BATCH), WITHOUT_LIMIT: END}
"""Columns of runs that made rows say anew, and which rows."""
TEXTS = (KIND, GROUP, WHY)
MADE = {PLACE: pl.Int64, LEVEL: pl.Float64, **dict.fromkeys(TEXTS, pl.String), **dict.fromkeys(OF_KIND, pl.Float64)}


class Reach(BaseModel):
    """Which levels, which settings compete to reach them, what the points differ in, and what their runs share."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    levels: tuple[float, ...] = ()
    common: tuple[float, ...] = ()
    """Levels as multiples of the best value that every setting of `over` reaches: 1, and easier ones like 1.02."""
    best_of: tuple[str, ...] | None = None
    """Settings that compete to reach a level with least: the learning rate where the runs say one, if nothing else is said."""
    over: tuple[str, ...] = Field(default=("batch_size",), min_length=1)
    by: tuple[str, ...] = ()
    of: Literal["step", "data_seen", "flops"] | None = None
    """The amount that a law of the metric is fitted to; a law of an amount says it itself."""


def kind_of(law: Law, amount: str | None) -> str:
    """Which rows a law is fitted to, in a study that names this amount or none."""
    if law.response in BATCHES:
        return BATCH
    return POINT if law.response in AMOUNTS or amount else END


def answer_of(law: Law, amount: str | None, metric: str) -> str:
    """What a fit of the law gives there."""
    return law.response if law.response in (*AMOUNTS, *BATCHES) else amount or metric


def check_reach(study: Study) -> None:
    """Refuses a rule without curves, levels that are said twice, and laws that it has no rows for: StudyError with the fix."""
    rule, where = study.reach, f"{study.source}: reach"
    if rule is None:
        return
    if study.points.take != "all":
        raise StudyError("levels are reached along a curve", place=where, fix='say points = "all"')
    if rule.levels and rule.common:
        raise StudyError("`levels` and `common` both say the levels", place=where, fix="leave one of them out")
    if any(not each >= 1 for each in rule.common):
        raise StudyError("`common` multiplies what every setting reaches", place=where, fix="say 1, or more for easier levels")
    if study.reduce is not None or study.chain or study.constants is not None:
        raise StudyError("its rows are made of curves", place=where, fix="remove `reduce`, `chain` or `constants`")
    for law in study.law_objects():
        kind = kind_of(law, rule.of)
        if kind == END and WITHOUT_LIMIT not in law.columns:
            fix = f"say of = one of {', '.join(AMOUNTS)}, or name a law of an amount, like steps_at_batch"
            raise StudyError(f"{law.name} gives {law.response}, no amount that a level costs", place=where, fix=fix)
        if kind != POINT and "batch_size" not in rule.over:
            raise StudyError(f"{law.name} is about batches", place=where, fix='say over = ["batch_size"]')


def with_reached(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """What `reached` chooses from, in the place of the points of the curves; unchanged where the study has no rule.

    Raises StudyError for a column that no run has.
    """
    rule = study.reach
    if rule is None or rows.is_empty():
        return rows
    best_of = [name for name in ("peak_lr",) if rows[name].is_not_null().any()] if rule.best_of is None else rule.best_of
    asked = (*best_of, *rule.over, *rule.by)
    if missing := [name for name in asked if name not in rows.columns or rows[name].null_count() == rows.height]:
        raise StudyError(f"no run has {missing[0]!r}", place=f"{study.source}: reach", fix="name columns that the runs have")
    rows = _with_data(rows)
    placed = rows.with_row_index(PLACE).with_columns(is_held_out(rows).alias(HELD))
    curves = placed.filter((pl.col("used") | pl.col(HELD)) & pl.col("value").is_not_null())
    by = [name for name in (rule.by or BY) if name in rows.columns]
    made: list[Row] = []
    for number, (_, own) in enumerate(curves.group_by("cohort", HELD, *by, maintain_order=True)):
        sweep = Sweep(_curves(own, rule, study.measured.sign), study.metric, study.measured.sign, ", ".join(best_of))
        made += sweep.rows(sweep.levels(rule.levels, rule.common), number)
    marks = pl.lit([rule.of, *best_of], pl.List(pl.String)).alias(RULE)
    others = placed.filter(~pl.col(PLACE).is_in(curves[PLACE].implode())).drop(PLACE, HELD)
    settings = [name for name in (*rule.over, *best_of) if name not in study.group_by]
    points = _of_no_setting(_rows(rows, made, study.metric), settings)
    return pl.concat([points, others], how="diagonal_relaxed").with_columns(marks)


def _with_data(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what of data a step takes, and the data seen where only steps were logged: tokens if a sequence is known."""
    tokens = pl.col("batch_size") * pl.col("sequence_length")
    each = pl.coalesce(tokens, pl.when(pl.col("data_unit").ne_missing("token")).then("batch_size")).cast(pl.Float64)
    unit = pl.coalesce("data_unit", pl.when(tokens.is_not_null()).then(pl.lit("token")))
    return rows.with_columns(each.alias(EACH), pl.coalesce("data_seen", pl.col("step") * each).alias("data_seen"), data_unit=unit)


def _curves(rows: pl.DataFrame, rule: Reach, sign: float) -> list[Curve]:
    """The curves of one group of runs, each from its first point to its last."""
    found = []
    for (_,), own in rows.group_by("run_key", maintain_order=True):
        points = own.sort(pl.coalesce(pl.col("step").cast(pl.Float64), "data_seen"), maintain_order=True)
        amounts = {name: _positive(points[name]) for name in AMOUNTS}
        batch = _positive(points[EACH])[0]
        setting, values = points.select(rule.over).row(0), sign * points["value"].cast(pl.Float64).to_numpy()
        found.append(Curve(points["run_id"][0], setting, points[PLACE].to_numpy(), values, amounts, float(batch)))
    return found


def _positive(values: pl.Series) -> np.ndarray:
    """Numbers above zero, not-a-number for the others: of nothing spent there is no logarithm."""
    found = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.where(found > 0, found, np.nan)


def _rows(rows: pl.DataFrame, made: list[Row], metric: str) -> pl.DataFrame:
    """The made rows: each is its run's row with what is said anew; a level stands for the metric."""
    said = pl.DataFrame(made, schema=MADE).rename({name: f"{name} anew" for name in OF_KIND})
    found = pl.concat([rows[said[PLACE]], said.drop(PLACE)], how="horizontal")
    anew = [
        pl.when(pl.col(KIND) == kind).then(f"{name} anew").otherwise(_old(rows, name)).alias(name)
        for name, kind in OF_KIND.items()
    ]
    spent = pl.when(pl.col(KIND) == POINT).then(pl.col("data_seen anew") / pl.col("data_seen")).otherwise(1.0)
    level = pl.coalesce(LEVEL, _old(rows, metric)).alias(metric)
    at_end = (pl.col("final") & (pl.col(KIND) != POINT)).alias("final")
    made_anew = found.with_columns(*anew, (pl.col("epochs") * spent).alias("epochs"), level, at_end)
    return made_anew.drop(f"{name} anew" for name in OF_KIND)


def _of_no_setting(made: pl.DataFrame, settings: Sequence[str]) -> pl.DataFrame:
    """The made rows, those of batches without the settings of the run that they stand on: they are of all that were swept."""
    alone = pl.col(KIND) != BATCH
    return made.with_columns(pl.when(alone).then(name).alias(name) for name in settings)


def _old(rows: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64) if name in rows.columns else pl.lit(None, pl.Float64)


def reached(law: Law, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that `law` is fitted to in a study with this rule: the cheapest point of each setting, with its amount as value.

    Whatever is not used has its reason: a level that a run never reaches, a run that another one of its sweep outdoes.
    """
    if KIND not in rows.columns or not rows.height:
        return rows
    amount, *best_of = rows[RULE][0].to_list()
    kind, metric = kind_of(law, amount), rows["metric"][0]
    own = rows.filter(pl.col(KIND).is_null() | (pl.col(KIND) == kind))
    own = own.with_columns(pl.coalesce("reason", WHY).alias("reason"))
    if kind == END:
        return own
    name = answer_of(law, amount, metric)
    own = own.with_columns(pl.col(name).cast(pl.Float64).alias("value"), pl.lit(name).alias("metric"))
    least = pl.when(pl.col("reason").is_null()).then("value").min().over(GROUP)
    level = pl.format("{} {}", pl.lit(metric), pl.col(LEVEL).round_sig_figs(4))
    slower = pl.format("another {} reaches {} with less", pl.lit(", ".join(best_of)), level)
    lacking = pl.format("no {} at {}", pl.lit(name), level)
    outdone = pl.col("value") > least if kind == POINT and best_of else pl.lit(False)
    why = pl.when(pl.col("value").is_null()).then(lacking).when(outdone).then(slower)
    return own.with_columns(pl.coalesce("reason", why).alias("reason"))
