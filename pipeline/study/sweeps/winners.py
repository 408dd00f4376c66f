"""Winners of a sweep: which runs of one size and amount of data are as good as the best of them.

    reduce = { best_of = ["peak_lr", "batch_size"], within = 0.0025 }
    reduce = { best_of = ["params"], by = ["flops"], take = "low point" }

Runs that differ in nothing but the swept columns compete. What a law takes of them follows from the law (reductions.py), or
`take` says it: the runs within that part of the best value, or where a parabola through the sweep is lowest (low_points.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import StudyError
from pipeline.schema.metrics import known
from pipeline.study.derived.isoflop import SAME_BUDGET, same_budget
from pipeline.study.held_out import is_held_out
from pipeline.study.sweeps.low_points import with_low_points

if TYPE_CHECKING:
    from pipeline.study.declaration import Study

CELL = ("params", "params_nonembedding", "params_active", "data_planned", "data_seen", "data_unique")
"""What runs of one sweep share, where the study does not say `by`."""
AMOUNTS = ("data_planned", "data_seen", "data_unique")
SAME_AMOUNT = 0.02
"""Amounts of data within this many natural units of ln D are one: a batch that does not divide them rounds each its own way."""
SWEPT, BEST, PLATEAU, TAKE = "swept", "best of its sweep", "on the plateau of its sweep", "taken of its sweep"
ON_PLATEAU, LOW_POINT = "plateau", "low point"
WIDEST = 4 * SAME_BUDGET
SWEEP, RANK = "sweep", "rank of its sweep"
"""A number that runs of one sweep share, and the value by which those compete that may win: less is better."""


class Reduce(BaseModel):
    """How a sweep is reduced: the swept columns, how near the best counts as good, and what runs of one sweep share."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    best_of: tuple[str, ...] = Field(min_length=1)
    within: float = Field(default=0.0, ge=0, lt=1)
    by: tuple[str, ...] = ()
    rank: str | None = None
    """The column by which runs compete, where it is not the study's metric."""
    take: Literal["plateau", "low point"] | None = None
    """What every law of the study takes of a sweep; by the law where nothing is said."""
    alone: bool = False
    """Whether a run without a rival counts as the best of its size: its settings were found at another one."""


def with_winners(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what `reduced` needs of the study's rule; unchanged where the study has none.

    Raises StudyError for a column that no run has, for sweeps in which no two runs differ, and for budgets that are no groups.
    """
    rule = study.reduce
    if rule is None or rows.is_empty():
        return rows
    where = f"{study.source}: reduce"
    asked = [*rule.best_of, *rule.by, *([rule.rank] if rule.rank else [])]
    if missing := [name for name in asked if name not in rows.columns or rows[name].null_count() == rows.height]:
        raise StudyError(f"no run has {missing[0]!r}", place=where, fix="name columns that the runs have")
    by = [name for name in (rule.by or CELL) if name in rows.columns]
    swept = _with_sweeps(rows, by, where)
    settings = swept.filter("used").group_by(SWEEP).agg(pl.struct(rule.best_of).n_unique())
    if settings.height and settings[rule.best_of[0]].max() == 1:
        raise StudyError(
            f"no two runs of the same {', '.join(by)} differ in {', '.join(rule.best_of)}", place=where, fix="say `by`"
        )
    sign = _sign(study, rule, where)
    competes = pl.col("used") | is_held_out(rows)
    ranked = swept.with_columns(pl.when(competes).then(sign * pl.col(rule.rank or "value").cast(pl.Float64)).alias(RANK))
    marks = (pl.lit(list(rule.best_of), pl.List(pl.String)).alias(SWEPT), pl.lit(rule.take, pl.String).alias(TAKE))
    if rule.take == LOW_POINT:
        found = with_low_points(ranked, rule.best_of[0], SWEEP, RANK, None if rule.rank else sign)
    else:
        found = _with_marks(ranked, rule)
    return found.with_columns(marks).drop(SWEEP, RANK)


def _sign(study: Study, rule: Reduce, where: str) -> float:
    """What the values by which runs compete are multiplied by so that less is better."""
    metric = study.measured if rule.rank is None else known(rule.rank)
    if metric is None or metric.goal is None:
        said = f"nobody says whether less or more of {rule.rank or study.metric!r} is better"
        raise StudyError(said, place=where, fix="rank by a metric that is known, like loss or error")
    return metric.sign


def _with_sweeps(rows: pl.DataFrame, by: Sequence[str], where: str) -> pl.DataFrame:
    """The rows with the number of their sweep; runs that are held out have sweeps of their own, near budgets are one."""
    shared = rows.with_columns(is_held_out(rows).alias(SWEEP))
    names = ["flops of its sweep" if name == "flops" else name for name in by]
    shared = shared.with_columns(_amounts(rows[name]) for name in by if name in AMOUNTS)
    if "flops" in by:
        shared = shared.with_columns(_budgets(rows["flops"], where).alias(names[list(by).index("flops")]))
    number = pl.struct("cohort", SWEEP, *names).rank("dense").cast(pl.Int64).alias(SWEEP)
    return rows.with_columns(shared.select(number).to_series())


def _amounts(given: pl.Series) -> pl.Series:
    """The amounts, equal ones in the place of those that differ by what a last step rounds; as they are where they run on."""
    levels = np.sort(given.drop_nulls().cast(pl.Float64).unique().to_numpy())
    levels = levels[levels > 0]
    if not len(levels):
        return given
    starts = np.concatenate([[True], np.diff(np.log(levels)) > SAME_AMOUNT])
    first = levels[starts][np.cumsum(starts) - 1]
    if (np.log(levels / first) > SAME_AMOUNT).any():
        return given
    return given.cast(pl.Float64).replace(levels, first)


def _budgets(flops: pl.Series, where: str) -> pl.Series:
    """A number for each budget. Raises StudyError where budgets run into each other, so that they are no groups."""
    known = flops.cast(pl.Float64).fill_null(0.0).to_numpy()
    group = np.full(len(known), -1)
    group[known > 0] = same_budget(known[known > 0])
    for number in range(group.max() + 1):
        own = known[group == number]
        if np.log(own.max() / own.min()) > WIDEST:
            said = f"runs of {own.min():.3g} to {own.max():.3g} FLOP follow each other without a gap: they share no budgets"
            raise StudyError(said, place=where, fix="say `by` a column that tells them apart, like a tag or one under [derive]")
    return pl.Series(group)


def _with_marks(rows: pl.DataFrame, rule: Reduce) -> pl.DataFrame:
    """The rows with the best of each sweep and its plateau marked; where a run has no rival, as the rule says."""
    best = pl.col(RANK).min().over(SWEEP)
    near = pl.col(RANK) - best <= rule.within * best.abs()
    settings = pl.when(pl.col(RANK).is_not_null()).then(pl.struct(rule.best_of)).drop_nulls().n_unique().over(SWEEP)
    alone = pl.lit(True if rule.alone else None, pl.Boolean)
    return rows.with_columns(
        pl.when(settings > 1).then(pl.col(RANK) == best).otherwise(alone).alias(BEST),
        pl.when(settings > 1).then(near).alias(PLATEAU),
    )
