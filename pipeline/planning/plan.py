"""What a plan is: one table, the laws it applies to, and a builder from a fit; and how draws become intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.fitting.uncertainty.calibration import ENDS
from pipeline.schema.metrics import Metric

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

Array = NDArray[np.float64]
LOW, HIGH = (100 * end for end in ENDS)
FINITE_SHARE = 0.95
"""A value that fewer of the draws can give has no interval: what is left would be a selection."""


@dataclass(frozen=True)
class Plan:
    """One planning question. `build` gives the table without the columns that refit adds (study, law, grade, ...)."""

    table: str
    needs: Callable[[Law], bool]
    build: Callable[[Fit, Study, pl.DataFrame], pl.DataFrame]
    question: str = ""
    compare: Callable[[Fit, Fit, Study, pl.DataFrame, pl.DataFrame, str], pl.DataFrame] | None = None
    """For questions about two cohorts: (fit, other fit, study, frame, other frame, other cohort's name)."""
    judges: bool = True
    """Whether it says what is better: then it is asked of laws of a metric with a goal alone, not of a best learning rate."""
    gather: Callable[[Study, Sequence[Fitted]], pl.DataFrame] | None = None
    """For questions about all selected fits of a study together; its rows name their `fit_id`."""
    blends: bool = False
    """Whether such a question takes combinations too, by the members that can answer it."""


@dataclass(frozen=True)
class Fitted:
    """A current fit of a study, its cohort, and the rows of the study as its law sees them."""

    fit: Fit
    cohort: str
    rows: pl.DataFrame


def interval(draws: Array | None) -> tuple[Array | None, Array | None]:
    """5th and 95th percentile over the draws (batch, n); NaN, which becomes NULL, where draws are missing or cannot say."""
    if draws is None or len(draws) < 2:
        return None, None
    finite = np.isfinite(draws)
    enough = finite.mean(axis=0) >= FINITE_SHARE
    low, high = np.full(draws.shape[1], np.nan), np.full(draws.shape[1], np.nan)
    if enough.any():
        kept = np.where(finite, draws, np.nan)[:, enough]
        low[enough], high[enough] = percentiles(kept, [LOW, HIGH])
    return low, high


def percentiles(draws: Array, ends: Sequence[float]) -> Array:
    """Percentiles of the known draws (batch, n): (ends, n). Columns without a gap need no loop over columns, to the same bits."""
    if np.isnan(draws).any():
        return np.asarray(np.nanpercentile(draws, ends, axis=0))
    return np.asarray(np.percentile(draws, ends, axis=0))


def estimated(name: str, value: Array, draws: Array | None) -> dict[str, Array | list[None]]:
    """The three columns of an estimate: `name`, `name_low`, `name_high`, as of `around`."""
    return around(name, value, *interval(draws))


def around(name: str, value: Array, low: Array | None, high: Array | None) -> dict[str, Array | list[None]]:
    """An estimate with ends that hold it: none where there is no estimate, and reaching to it where all draws lie on one side.

    Draws on one side of the estimate are biased by the resampling; the wider interval is the honest one.
    """
    if low is None or high is None:
        nothing: list[None] = [None] * len(value)
        return {name: value, f"{name}_low": nothing, f"{name}_high": nothing}
    known = np.isfinite(value) & np.isfinite(low) & np.isfinite(high)
    with np.errstate(invalid="ignore"):
        ends = np.where(known, np.minimum(low, value), np.nan), np.where(known, np.maximum(high, value), np.nan)
    return {name: value, f"{name}_low": ends[0], f"{name}_high": ends[1]}


def table(columns: Mapping[str, Any], schema: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """A plan table: not-a-number and infinity become NULL; columns of nothing but None are floats unless `schema` says else."""
    frame = pl.DataFrame(dict(columns), schema_overrides=dict(schema or {}), strict=False)
    empty = [name for name, dtype in frame.schema.items() if dtype == pl.Null]
    frame = frame.with_columns(pl.col(empty).cast(pl.Float64)) if empty else frame
    numbers = [name for name, dtype in frame.schema.items() if dtype.is_float()]
    return frame.with_columns(pl.when(pl.col(n).is_finite()).then(pl.col(n)).alias(n) for n in numbers)


def estimates_of(rows: pl.DataFrame) -> list[str]:
    """The columns of a plan table that are estimates with ends. Lists, as of the approaches that disagree, are none."""
    ended = [name for name in rows.columns if f"{name}_low" in rows.columns and f"{name}_high" in rows.columns]
    return [name for name in ended if not rows.schema[name].is_nested()]


MEASURED = ("value", "value_once", "loss", "other_loss", "other_value", "score_small", "score_large")
"""Columns of plan tables that are values of the study's metric."""


def in_range(rows: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """A plan table whose values of the metric, and the ends of their intervals, stay within what the metric can be."""
    names = [name for each in MEASURED for name in (each, f"{each}_low", f"{each}_high") if name in rows.columns]
    return rows.with_columns(pl.col(name).cast(pl.Float64).clip(*metric.ends) for name in names)


def join_notes(*notes: str | None) -> str | None:
    """The sentences that a row's `message` holds, or nothing."""
    return " ".join(note for note in notes if note) or None
