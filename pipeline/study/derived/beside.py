"""Another metric of the same run at the same point: the loss beside an error, the tokens beside a score.

"At the same point" is the value logged there, or the line between the two that were logged around it; at the end of a run it is
the run's last value. Nothing is taken from beyond what was logged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.errors import StudyError
from pipeline.study.derived.logs import RunLogs

PREFIX = "metric:"


@dataclass(frozen=True)
class Named:
    """A metric as maps and studies write it: metric:loss, metric:loss@validation, metric:loss@validation/c4."""

    metric: str
    split: str | None = None
    task: str | None = None


def named(text: str) -> Named:
    """The metric that a text names, with or without the prefix."""
    metric, _, place = text.removeprefix(PREFIX).partition("@")
    split, _, task = place.partition("/")
    return Named(metric, split or None, task or None)


def values_beside(rows: pl.DataFrame, logs: RunLogs, wanted: Named, column: str) -> pl.Series:
    """The metric at each row's point, NULL where the run has none there."""
    found = _chosen(logs.values(wanted.metric), logs, wanted, column)
    curves = {str(key): curve for (key,), curve in found.group_by("run_key", maintain_order=True)}
    values = np.full(rows.height, np.nan)
    marked = rows.select("run_key", "step", "data_seen", "final").with_row_index("place")
    for (key,), own in marked.group_by("run_key", maintain_order=True):
        if (curve := curves.get(str(key))) is not None:
            values[own["place"].to_numpy()] = _at(own, curve)
    return pl.Series(column, values).fill_nan(None)


def _at(own: pl.DataFrame, curve: pl.DataFrame) -> np.ndarray:
    """The curve's values at the points of one run."""
    axis = "step" if not (own["step"].null_count() or curve["step"].null_count()) else "data_seen"
    known = curve.drop_nulls(axis)
    at = own[axis].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    if known.height:
        x, y = known[axis].cast(pl.Float64).to_numpy(), known["value"].to_numpy()
        order = np.argsort(x, kind="stable")
        between = np.interp(at, x[order], y[order], left=np.nan, right=np.nan)
    else:
        between = np.full(own.height, np.nan)
    last = curve.filter("final")["value"]
    if last.len():
        between = np.where(own["final"].to_numpy(), float(last[-1]), between)
    return between


def _chosen(found: pl.DataFrame, logs: RunLogs, wanted: Named, column: str) -> pl.DataFrame:
    """The values of one split and task: as named, else those of the study, else the only ones that there are."""
    narrowed = found
    for name, said, own in (("split", wanted.split, logs.split), ("task", wanted.task, logs.task)):
        have = narrowed[name].unique().sort().to_list()
        chosen = said if said is not None else own if own in have else have[0] if len(have) == 1 else _usual(have)
        if have and chosen is None:
            raise StudyError(
                f"{logs.place}: {column} is a metric of its runs with several {name}s: {', '.join(map(repr, have))}",
                fix=f'say which in [derive], like {column} = "{PREFIX}{wanted.metric}@{_example(wanted, name, have[0])}"',
            )
        narrowed = narrowed.filter(pl.col(name) == chosen) if chosen is not None else narrowed
    return narrowed


def _usual(splits: list[str]) -> str | None:
    """validation, where that is among several splits."""
    return "validation" if "validation" in splits else None


def _example(wanted: Named, name: str, first: str) -> str:
    return f"{wanted.split or 'validation'}/{first}" if name == "task" else first
