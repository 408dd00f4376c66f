"""What a picture is: an Altair chart, what it says in words, and the numbers on it as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from pipeline.report.numbers import six_digits

HEIGHT = 300


@dataclass(frozen=True)
class Picture:
    """One picture of one study: `key` names it, `caption` says what to see, `table` holds every number that is drawn."""

    key: str
    title: str
    caption: str
    chart: alt.TopLevelMixin
    table: pl.DataFrame

    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification, with data inside and without colours: the page adds those of its theme."""
        found = self.chart.to_dict()
        found.pop("config", None)
        return found


def rows(frame: pl.DataFrame) -> alt.Data:
    """A frame as the data of a chart: six digits, lists as text, no not-a-number."""
    return alt.Data(values=six_digits(frame).to_dicts())


def layered(*layers: alt.Chart, height: int = HEIGHT) -> alt.LayerChart:
    """Layers, the first lowest, as wide as the page."""
    return alt.LayerChart(layer=list(layers)).properties(
        width="container", height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding")
    )


def log_x(field: str, title: str) -> alt.X:
    """A logarithmic x axis."""
    return alt.X(f"{field}:Q", title=title, scale=alt.Scale(type="log", nice=False), axis=_axis())


def log_y(field: str, title: str) -> alt.Y:
    """A logarithmic y axis."""
    return alt.Y(f"{field}:Q", title=title, scale=alt.Scale(type="log", nice=False), axis=_axis())


def linear_y(field: str, title: str) -> alt.Y:
    """A linear y axis that need not hold zero."""
    return alt.Y(f"{field}:Q", title=title, scale=alt.Scale(zero=False))


def _axis() -> alt.Axis:
    return alt.Axis(format="~e", labelOverlap="greedy", tickCount=6)


def hover(*fields: str) -> list[alt.Tooltip]:
    """Tooltips: `name:Q` as a number with four digits, `name:N` as text."""
    return [alt.Tooltip(f, format=".4~g") if f.endswith(":Q") else alt.Tooltip(f) for f in fields]


def known(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The rows in which all of these columns have a value; none where a column is missing."""
    if frame.is_empty() or not set(columns) <= set(frame.columns):
        return frame.clear()
    return frame.drop_nulls(list(columns))


def kept(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Those of the columns that there are, in this order, and of them those that are not all empty."""
    there = [c for c in columns if c in frame.columns]
    return frame.select(c for c in there if frame[c].null_count() < frame.height)
