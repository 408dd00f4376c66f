"""How cost grows with size: seconds = start + unit · size^power, by least squares of relative errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import numpy as np
import polars as pl
import vl_convert
from scipy.optimize import nnls
from scipy.stats import f as fisher

POWERS = np.arange(0.0, 3.0001, 0.01)
LEVEL = 0.9


@dataclass(frozen=True)
class Growth:
    """The power with its 90 % interval: those powers whose squared errors an F test does not tell from the least."""

    power: float
    low: float
    high: float


def growth(measured: Sequence[tuple[float, float]]) -> Growth:
    """The growth of (size, seconds). Raises ValueError for fewer than four measurements, from which no error is known."""
    size, seconds = (np.array(column, float) for column in zip(*measured, strict=True))
    if len(size) < 4:
        raise ValueError(f"{len(size)} measurements say no slope; four do")
    squares = np.array([_left(size, seconds, power) for power in POWERS])
    best, spare = int(squares.argmin()), len(size) - 3
    inside = POWERS[squares <= squares[best] * (1 + fisher.ppf(LEVEL, 1, spare) / spare)]
    return Growth(float(POWERS[best]), float(inside.min()), float(inside.max()))


def _left(size: np.ndarray, seconds: np.ndarray, power: float) -> float:
    """The squared relative errors that start and unit, neither of them negative, leave at that power."""
    terms = np.stack([np.ones_like(size), (size / size.max()) ** power], axis=1)
    return float(nnls(terms / seconds[:, None], np.ones_like(seconds))[1] ** 2)


def picture(measured: Sequence[tuple[str, float, float]]) -> str:
    """Seconds over size on logarithmic axes as SVG, a panel an axis: (axis, size, seconds)."""
    rows = pl.DataFrame(measured, schema=["axis", "size", "seconds"], orient="row")
    log = alt.Scale(type="log", nice=False, padding=12)
    base = alt.Chart(alt.Data(values=rows.to_dicts())).encode(
        x=alt.X("size:Q", scale=log, title=None, axis=_axis("~s")),
        y=alt.Y("seconds:Q", scale=log, title="processor s", axis=_axis("~g")),
    )
    panels = base.mark_line(point=True).properties(width=150, height=130).facet(alt.Facet("axis:N", title=""), columns=3)
    return str(
        vl_convert.vegalite_to_svg(
            panels.resolve_scale(x="independent", y="independent").to_json(), config={"background": "white"}
        )
    )


def _axis(digits: str) -> alt.Axis:
    return alt.Axis(format=digits, labelOverlap="greedy", tickCount=4, grid=False)
