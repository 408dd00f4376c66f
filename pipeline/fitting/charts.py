"""Pictures of one fit for a notebook: the runs and the law, residuals, each parameter's valley, and the way ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import polars as pl

from pipeline.errors import FitError, meant
from pipeline.fitting.frames import budget
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.setup import set_up
from pipeline.fitting.uncertainty.profile import natural, valleys

if TYPE_CHECKING:
    from pipeline.fitting.result import Fit

AHEAD = np.logspace(0, 2, 21)
"""How many times the largest run's budget a forecast goes."""
GROWN = ("params", "params_nonembedding", "data_seen", "data_unique", "flops")
"""Columns that grow with the budget."""
BAND = "the band holds 90 % of draws"


def chart(fit: Fit, kind: str) -> Any:
    """The picture of that kind; see KINDS."""
    if kind not in KINDS:
        raise FitError(f"there is no picture {kind!r}{meant(kind, KINDS)}", fix=f"there are {', '.join(KINDS)}")
    if fit.frame is None:
        raise FitError("the fit does not keep its observations", fix="fit with `from pipeline import fit`")
    used = fit.frame.filter(pl.col("used")) if "used" in fit.frame.columns else fit.frame
    return KINDS[kind](fit, used)


def _points(fit: Fit, used: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """The observations with what the law says of them, and the column that they are drawn along."""
    cost = budget(fit.law, used)
    along = "budget" if cost is not None else next((name for name in fit.law.columns), "")
    frame = fit.predict(used).with_columns(used[along] if cost is None and along else pl.Series("budget", cost))
    observed = frame["value"] if "value" in frame.columns else frame[fit.law.response]
    kept = frame.with_columns(observed.alias("observed"))
    return kept.select(along, "observed", "predicted", "predicted_low", "predicted_high"), along


def _fit(fit: Fit, used: pl.DataFrame) -> Any:
    points, along = _points(fit, used)
    base = alt.Chart(points).encode(x=alt.X(f"{along}:Q", scale=alt.Scale(type="log"), title=along))
    seen = base.mark_point(filled=True).encode(y=alt.Y("observed:Q", scale=alt.Scale(zero=False), title=fit.law.response))
    law = base.mark_tick(thickness=2).encode(y="predicted:Q")
    band = base.mark_rule(opacity=0.4).encode(y="predicted_low:Q", y2="predicted_high:Q")
    return (band + seen + law).properties(title=f"{fit.law.name}: dots are runs, ticks the law, lines its 90 % interval")


def _residuals(fit: Fit, used: pl.DataFrame) -> Any:
    points, along = _points(fit, used)
    drawn = points.with_columns(percent=100 * (pl.col("observed") / pl.col("predicted") - 1))
    base = alt.Chart(drawn).encode(x=alt.X(f"{along}:Q", scale=alt.Scale(type="log")))
    dots = base.mark_point(filled=True).encode(y=alt.Y("percent:Q", title="observed above law, %"))
    zero = alt.Chart(pl.DataFrame({"percent": [0.0]})).mark_rule(opacity=0.4).encode(y="percent:Q")
    return (zero + dots).properties(title=f"{fit.law.name}: how far the law is off")


def _profile(fit: Fit, used: pl.DataFrame) -> Any:
    """For each free parameter: how much worse the objective is where it is held elsewhere and all others are fitted again."""
    problem = set_up(fit.law, used, fit.objective, dict(fit.fixed) or None, fit.pools or None).problem
    w = fit.working if fit.working is not None else problem.coordinates.working(fit.estimate[None])[0]
    ones, rows = np.ones(problem.rows.n), []
    least = float(minimise(problem, w[None], ones).value[0])
    offsets, found = valleys(problem, w, problem.free, np.full(problem.free.size, 0.25), ones)
    for k, away, values in zip(problem.free, offsets, found.value.reshape(len(offsets), -1), strict=True):
        for step, value in zip([*-away[::-1], *away], values, strict=True):
            held = natural(problem, w, int(k), float(step))
            rows.append({"parameter": fit.names[k], "value": held, "rise": float(value) / least - 1})
        rows.append({"parameter": fit.names[k], "value": natural(problem, w, int(k), 0.0), "rise": 0.0})
    drawn = pl.DataFrame(rows).filter(pl.col("rise").is_finite()).sort("parameter", "value")
    line = alt.Chart(drawn).mark_line(point=True).encode(
        x=alt.X("value:Q", scale=alt.Scale(zero=False), title=None), y=alt.Y("rise:Q", title="objective above its least, share")
    )  # fmt: skip
    return line.properties(width=160, height=120).facet("parameter:N", columns=3).resolve_scale(x="independent")


def _forecast(fit: Fit, used: pl.DataFrame) -> Any:
    """The law along its budget, from the largest run to a hundred times it, every column grown alike from that run."""
    cost = budget(fit.law, used)
    grown = [name for name in fit.law.columns if name in GROWN and name in used.columns]
    if cost is None or not grown:
        raise FitError(f"{fit.law.name} has no budget to look ahead along", fix="draw fit or residuals")
    top = used[int(np.argmax(cost))]
    power = 1.0 / max(len(set(grown) - {"data_unique"}), 1)
    ahead = pl.concat([top.with_columns(pl.col(name) * times**power for name in grown) for times in AHEAD])
    said = fit.predict(ahead).with_columns(times=AHEAD)
    base = alt.Chart(said.select("times", "predicted", "predicted_low", "predicted_high")).encode(
        x=alt.X("times:Q", scale=alt.Scale(type="log"), title="budget over the largest run's")
    )
    band = base.mark_area(opacity=0.25).encode(y=alt.Y("predicted_low:Q", scale=alt.Scale(zero=False), title=fit.law.response),
                                               y2="predicted_high:Q")  # fmt: skip
    return (band + base.mark_line().encode(y="predicted:Q")).properties(title=f"{fit.law.name} beyond the runs; {BAND}")


KINDS = {"fit": _fit, "residuals": _residuals, "profile": _profile, "forecast": _forecast}
