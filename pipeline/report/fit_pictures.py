"""Pictures of a fit: observed against predicted, residuals, and forecasts against what came true."""

from __future__ import annotations

import altair as alt
import numpy as np
import polars as pl

from pipeline.report.picture import Datasets, Picture, hover, kept, known, layered, legend, linear_y, log_x, with_unit
from pipeline.report.published import MOST_POINTS, Published
from pipeline.schema.numbers_in_words import called

BEYOND = "; the dashed line is the compute-optimal run at each budget of the plan, the band its 90 % interval"
USUAL = 2.5
"""Residuals beyond so many times the ninth decile are drawn at the edge: one of them would flatten all others."""
SHOWN = ("cohort", "run", "pool", "params", "data_seen", "flops", "observed", "predicted", "error")


def fit_picture(published: Published, study: str) -> Picture | None:
    """Observed values and the law's along compute (or data), and the law's interval where the plan goes on.

    None where runs are counted in neither: samples of an answer, steps.
    """
    data = Datasets()
    points = published.points(study, "residuals")
    if points.is_empty():
        return None
    along, title = axis(points)
    points = known(points, along)
    if points.is_empty():
        return None
    metric = _metric(published, study)
    ahead, budgets = _ahead(data, published, study, along, metric)
    base = alt.Chart(data.rows(points)).encode(x=log_x(along, title, points[along], budgets), tooltip=hover(*tips(points)))
    seen = base.mark_point(filled=True, size=42, opacity=0.8).encode(y=linear_y("observed", metric), **_colour(points))
    law = base.mark_tick(thickness=1.5, size=8, opacity=0.7, orient="horizontal").encode(y=alt.Y("predicted:Q"))
    layers = [*ahead, *_curves(data, points, along), seen, law]
    return Picture(
        "fit",
        "The fit",
        f"Dots are logged values, ticks what the law says of the same runs{BEYOND if ahead else ''}. {_sample(points)}",
        layered(*layers),
        data,
        kept(points, *SHOWN),
    )


def _curves(data: Datasets, points: pl.DataFrame, along: str) -> list[alt.Chart]:
    """What the law says of each pool, as a line along the budget, where there are pools to tell apart."""
    if points["pool"].n_unique() < 2:
        return []
    said = points.group_by("cohort", "pool", along).agg(pl.col("predicted").mean()).sort("cohort", "pool", along)
    lines = alt.Chart(data.rows(said)).mark_line(strokeWidth=1.2, opacity=0.6)
    return [
        lines.encode(
            x=alt.X(f"{along}:Q"),
            y=alt.Y("predicted:Q"),
            detail=[alt.Detail("cohort:N"), alt.Detail("pool:N")],
            **_colour(points),
        )
    ]


def residual_picture(published: Published, study: str) -> Picture | None:
    """How far off the law is at each observation."""
    data = Datasets()
    points = published.points(study, "residuals")
    if points.is_empty():
        return None
    along, title = axis(points)
    points = known(points, along, "error").with_columns(percent=100 * pl.col("error"))
    if points.is_empty():
        return None
    most = _scale_of(points["percent"])
    far = points["percent"].abs() > most
    points = points.with_columns(
        shown=pl.col("percent").clip(-most, most), place=pl.when(far).then(pl.lit("beyond")).otherwise(pl.lit(""))
    )
    shapes = alt.Shape("place:N", scale=alt.Scale(domain=["", "beyond"], range=["circle", "triangle"]), legend=None)
    dots = (
        alt.Chart(data.rows(points))
        .mark_point(filled=True, size=36, opacity=0.8)
        .encode(
            x=log_x(along, title, points[along]),
            y=alt.Y("shown:Q", title="observed above law, %"),
            shape=shapes,
            tooltip=hover(*tips(points)),
            **_colour(points, explained=False),
        )
    )
    zero = alt.Chart(data.rows(pl.DataFrame({"shown": [0.0]}))).mark_rule(strokeDash=[4, 4]).encode(y=alt.Y("shown:Q"))
    typical = float(np.median(np.abs(points["percent"].to_numpy())))
    caption = f"Half of the values lie within {typical:.2g} % of the law. A bend along compute is the law's own error."
    if far.any():
        caption += (
            f" Triangles at the edge are farther off than {most:.2g} % ({far.sum()} of {points.height}); the table has them."
        )
    return Picture("residuals", "Residuals", caption, layered(zero, dots, height=160), data, kept(points, *SHOWN))


def _scale_of(percent: pl.Series) -> float:
    """The end of the axis of residuals: all of them, or where a few are far off what the others need."""
    sizes = percent.abs().sort()
    usual = USUAL * float(sizes.quantile(0.9, "linear") or 0.0)
    largest = float(sizes[-1])
    return largest if largest <= usual or usual == 0 else usual


def forecast_picture(published: Published, study: str) -> Picture | None:
    """What was forecast against what was then measured."""
    data = Datasets()
    found = published.points(study, "forecasts")
    if found.is_empty():
        return None
    metric = _metric(published, study)
    found = found.with_columns(inside=pl.when("covered").then(pl.lit("inside")).otherwise(pl.lit("outside")))
    ends = pl.concat([found["observed"], found["predicted"]]).sort().gather([0, -1]).to_list()
    same = alt.Chart(data.rows(pl.DataFrame({"predicted": ends, "observed": ends}))).mark_line(strokeDash=[4, 4], strokeWidth=1)
    base = alt.Chart(data.rows(found)).encode(
        x=alt.X("observed:Q", title=f"measured {with_unit(metric)}", scale=alt.Scale(zero=False)),
        color=alt.Color("inside:N", legend=legend("90 % interval")),
        tooltip=hover("run:N", "kind:N", "distance:Q", "predicted:Q", "predicted_low:Q", "predicted_high:Q", "observed:Q"),
    )
    bars = base.mark_rule(opacity=0.6).encode(
        y=linear_y("predicted_low", f"forecast {with_unit(metric)}"), y2=alt.Y2("predicted_high:Q")
    )
    dots = base.mark_point(filled=True, size=42).encode(y=alt.Y("predicted:Q"))
    diagonal = same.encode(x=alt.X("observed:Q"), y=alt.Y("predicted:Q"))
    covered, count = int(found["covered"].sum()), found.height
    caption = f"{covered} of {count} forecasts ({100 * covered / count:.0f} %) had the measured value in their 90 % interval."
    table = kept(found.drop("inside"), *[c for c in found.columns if c != "inside"])
    return Picture("forecasts", "Forecasts and what came true", caption, layered(diagonal, bars, dots), data, table)


def axis(points: pl.DataFrame) -> tuple[str, str]:
    """Compute where most of the points have it, else data."""
    has_flops = "flops" in points.columns and points["flops"].null_count() < points.height / 2
    return ("flops", "training compute, FLOP") if has_flops else ("data_seen", "training data")


def tips(points: pl.DataFrame) -> list[str]:
    """Tooltips of an observation."""
    text = [f"{c}:N" for c in ("run", "pool", "cohort") if c in points.columns and points[c].null_count() < points.height]
    numbers = ("params", "data_seen", "observed", "predicted")
    return text + [f"{c}:Q" for c in numbers if c in points.columns and points[c].null_count() < points.height]


def _colour(points: pl.DataFrame, explained: bool = True) -> dict[str, alt.Color]:
    """By pool where there are several, else by cohort, else by model size; without a legend where one stands above."""
    for name in ("pool", "cohort"):
        if points[name].n_unique() > 1:
            return {"color": alt.Color(f"{name}:N", legend=legend(name) if explained else None)}
    if points["params"].n_unique() > 1:
        shown = alt.Legend(title="parameters", format="~s") if explained else None
        return {"color": alt.Color("params:Q", scale=alt.Scale(type="log"), legend=shown)}
    return {}


def _ahead(data: Datasets, published: Published, study: str, along: str, metric: str) -> tuple[list[alt.Chart], pl.Series]:
    """The law's own compute-optimal runs with their interval, and their budgets."""
    plan = known(published.plan(study, "plan_compute_optimal"), "flops", "loss", "loss_low", "loss_high")
    if along != "flops" or plan.is_empty():
        return [], pl.Series([], dtype=pl.Float64)
    plan = plan.filter(pl.col("approach") == "parametric").select("cohort", "flops", "loss", "loss_low", "loss_high")
    base = alt.Chart(data.rows(plan)).encode(x=alt.X("flops:Q"), tooltip=hover("flops:Q", "loss:Q", "loss_low:Q", "loss_high:Q"))
    band = base.mark_area(opacity=0.25).encode(
        y=linear_y("loss_low", metric), y2=alt.Y2("loss_high:Q"), detail=alt.Detail("cohort:N")
    )
    line = base.mark_line(strokeDash=[6, 3], point=True).encode(y=alt.Y("loss:Q"), detail=alt.Detail("cohort:N"))
    return [band, line], plan["flops"]


def _sample(points: pl.DataFrame) -> str:
    count = int(points["points"].max() or 0)  # type: ignore[arg-type]  # a count
    return f"{MOST_POINTS} of {count} points are shown; all are in the table residuals." if count > MOST_POINTS else ""


def _metric(published: Published, study: str) -> str:
    row = published.studies().filter(pl.col("study") == study)
    unit = str(published.about(study, "unit")["data_unit"][0])
    return "value" if row.is_empty() else called(str(row["metric"][0] or "value"), unit)
