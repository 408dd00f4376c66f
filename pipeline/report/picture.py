"""What a picture is: an Altair chart, what it says in words, and the numbers on it as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from pipeline.planning.plan import HIGH, LOW
from pipeline.report.numbers import six_digits
from pipeline.schema.numbers_in_words import UNITS

HEIGHT = 240
SIZES = ("params", "data_")
ENDS = {"_low": f"{LOW:.0f} %", "_high": f"{HIGH:.0f} %"}
WORDS = {
    "params": "parameters",
    "data_seen": "training data (tokens or samples)",
    "data_unique": "unique data (tokens or samples)",
    "data_per_param": "data per parameter",
    "flops": "compute, FLOP",
    "epochs": "epochs",
    "set": "pools",
    "behind": "behind the best",
    "probability_best": "probability that it is best",
    "share_of_draws": "share of draws",
    "from_pools": "use before",
    "to_pools": "use after",
    "value_of_repeat": "worth of a repeat (fresh = 1)",
    "run_order": "place in the list",
    "interval_reduction": "interval narrower by (times)",
    "target": "for",
    "label": "by",
    "extra_training": "more training for the same loss (share)",
    "distance": "beyond the runs (decades)",
}
"""Columns as people call them; others have their own names."""


class Datasets:
    """The rows that the layers of one picture draw, by name: Altair would copy rows inside a chart again and again."""

    def __init__(self) -> None:
        self.named: dict[str, list[dict[str, Any]]] = {}

    def rows(self, frame: pl.DataFrame) -> alt.NamedData:
        """A frame as the data of a layer: six digits, lists as text, no not-a-number."""
        name = f"rows{len(self.named)}"
        self.named[name] = six_digits(frame).to_dicts()
        return alt.NamedData(name=name)


@dataclass(frozen=True)
class Picture:
    """One picture of one study: `key` names it, `caption` says what to see, `table` holds every number that is drawn.

    `chart` is Vega-Lite without the data."""

    key: str
    title: str
    caption: str
    chart: dict[str, Any]
    data: Datasets
    table: pl.DataFrame

    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification, with data inside and without colours: the page adds those of its theme."""
        return {**self.chart, "datasets": self.data.named, "description": f"{self.title}. {self.caption}"}


def layered(*layers: alt.Chart, height: int = HEIGHT) -> dict[str, Any]:
    """Layers, the first lowest, as wide as the page.

    Written out layer by layer: an Altair LayerChart would copy each of them several times before it is written.
    """
    written = [layer.to_dict(validate=False, context={"top_level": False}) for layer in layers]  # the tests validate the whole
    size = {"type": "fit-x", "contains": "padding"}
    return {"$schema": alt.SCHEMA_URL, "layer": written, "width": "container", "height": height, "autosize": size}


def log_x(field: str, title: str, *seen: pl.Series) -> alt.X:
    """A logarithmic x axis with round labels over the values of `seen`."""
    return alt.X(f"{field}:Q", title=title, scale=_log(), axis=_axis(field, seen))


def log_y(field: str, title: str, *seen: pl.Series) -> alt.Y:
    """A logarithmic y axis with round labels over the values of `seen`."""
    return alt.Y(f"{field}:Q", title=title, scale=_log(), axis=_axis(field, seen))


def linear_y(field: str, title: str) -> alt.Y:
    """A linear y axis that need not hold zero; a metric's name gets its unit."""
    return alt.Y(f"{field}:Q", title=with_unit(title), scale=alt.Scale(zero=False))


def with_unit(metric: str) -> str:
    """A metric with its unit, where it has one: loss, nats."""
    return f"{metric}, {UNITS[metric]}" if metric in UNITS else metric


def legend(title: str, **more: Any) -> alt.Legend:
    """A legend below the picture, in as many columns as it is wide."""
    columns = alt.ExprRef("width < 500 ? 1 : width < 750 ? 2 : 4")
    limit = alt.ExprRef("width < 500 ? width - 30 : width < 750 ? width / 2 - 30 : width / 4 - 30")
    return alt.Legend(title=title, columns=columns, labelLimit=limit, **more)


def _log() -> alt.Scale:
    return alt.Scale(type="log", nice=False, padding=14)


def ticks(low: float, high: float) -> list[float]:
    """Round values for a logarithmic axis: powers of ten over three decades and more, else also 2 and 5, or 2 to 7."""
    decades = math.log10(high / low)
    digits = (1.0,) if decades >= 3 else (1.0, 2.0, 5.0) if decades >= 1 else (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [d * 10.0**e for e in exponents for d in digits if low * 0.8 <= d * 10.0**e <= high * 1.25]


def _axis(field: str, seen: Sequence[pl.Series]) -> alt.Axis:
    """Epochs as they are, sizes with k, M, B and T, compute with an exponent."""
    labels = "replace(format(datum.value, '~e'), 'e+', 'e')"
    if field.startswith(SIZES):
        labels = "replace(format(datum.value, '~s'), 'G', 'B')"
    if field.startswith("epochs"):
        labels = "format(datum.value, '~g')"
    values = [v for series in seen for v in series.drop_nulls().to_list() if v > 0 and math.isfinite(v)]
    shown = ticks(min(values), max(values)) if values else alt.Undefined
    return alt.Axis(labelExpr=labels, labelOverlap="greedy", values=shown)


def hover(*fields: str) -> list[alt.Tooltip]:
    """Tooltips under words with units: `name:Q` as a number with four digits, `name:N` as text."""
    named = [(f, in_words(f.rpartition(":")[0])) for f in fields]
    return [alt.Tooltip(f, title=said, format=".4~g") if f.endswith(":Q") else alt.Tooltip(f, title=said) for f, said in named]


def in_words(column: str) -> str:
    """What a column is called under the pointer: params_low is "parameters, 5 %"."""
    for end, said in ENDS.items():
        if column.endswith(end):
            return f"{in_words(column.removesuffix(end))}, {said}"
    return WORDS.get(column, with_unit(column).replace("_", " "))


def known(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The rows in which all of these columns have a value; none where a column is missing."""
    if frame.is_empty() or not set(columns) <= set(frame.columns):
        return frame.clear()
    return frame.drop_nulls(list(columns))


def kept(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Those of the columns that there are, in this order, and of them those that are not all empty."""
    there = [c for c in columns if c in frame.columns]
    return frame.select(c for c in there if frame[c].null_count() < frame.height)


def with_ends(name: str) -> tuple[str, str, str]:
    """The columns of an estimate: its value and the ends of its interval."""
    return name, f"{name}_low", f"{name}_high"
