"""Runs that a study keeps from its laws and forecasts as if nobody had trained them: what it can tell, held against what came.

    held_out = "params > 2e9"
    held_out = { largest = "params", of = "recipe", among = 3 }

The second form keeps the largest run of each group in which so many sizes were trained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import StudyError

if TYPE_CHECKING:
    from pipeline.study.declaration import Study

HELD_OUT = "held out: "
"""How the reason of such a run begins (sql/study/select_observations.sql)."""


class LargestOf(BaseModel):
    """The run of the largest value of a column in each group that has at least `among` different values of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    largest: str
    of: str
    among: int = Field(default=2, ge=2)


def with_held_out(study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows without the largest run of each group, where the study holds these out; a predicate was followed before.

    Raises StudyError for a column that no run has, and where nothing is held out or nothing left.
    """
    rule = study.held_out
    if rule is None or (not rows["used"].any() and not is_held_out(rows).any()):
        return rows
    found = rows if isinstance(rule, str) else _without_largest(study, rule, rows)
    if not found["used"].any() or not is_held_out(found).any():
        said = "leaves no run to be fitted" if is_held_out(found).any() else "selects no run that could be fitted"
        raise StudyError(f"held_out {said}", place=str(study.source), fix="correct it, or leave it out")
    return found


def is_held_out(rows: pl.DataFrame) -> pl.Series:
    """Whether each row is kept from the laws by `held_out`."""
    return rows["reason"].fill_null("").str.starts_with(HELD_OUT)


def _without_largest(study: Study, rule: LargestOf, rows: pl.DataFrame) -> pl.DataFrame:
    for name in (rule.largest, rule.of):
        if name not in rows.columns or rows[name].null_count() == rows.height:
            raise StudyError(f"held_out: no run has {name!r}", place=str(study.source), fix="name columns that the runs have")
    column = pl.when("used").then(rule.largest)
    chosen = (
        pl.col("used")
        & pl.col(rule.of).is_not_null()
        & (column.drop_nulls().n_unique().over(rule.of) >= rule.among)
        & (pl.col(rule.largest) == column.max().over(rule.of))
    )
    reason = pl.when(chosen).then(pl.lit(f"{HELD_OUT}the largest {rule.largest} of its {rule.of}")).otherwise("reason")
    return rows.with_columns(reason.alias("reason"), (pl.col("used") & ~chosen).alias("used"))
