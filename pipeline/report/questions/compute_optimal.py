"""The picture of plan_compute_optimal: the best size at each budget, by each approach."""

from __future__ import annotations

import altair as alt
import polars as pl

from pipeline.report.picture import Datasets, Picture, hover, kept, known, layered, legend, log_x, log_y, with_ends
from pipeline.report.published import Published
from pipeline.wording.approaches import disagreement

APPROACHES = {
    "parametric": "the law",
    "envelope": "envelope of training curves",
    "isoflop_parabola": "isoFLOP profiles, parabola",
    "isoflop_cubic": "isoFLOP profiles, cubic",
}


def picture(published: Published, study: str) -> Picture | None:
    """The compute-optimal model size at each budget, by each approach, with its interval."""
    data = Datasets()
    plan = known(published.plan(study, "plan_compute_optimal"), "flops", "params")
    if plan.is_empty():
        return None
    plan = plan.select(
        "cohort", "approach", "flops", *with_ends("params"), *with_ends("data_seen"), *with_ends("loss"), "distance"
    )
    label = pl.col("approach").replace(APPROACHES)
    base = alt.Chart(data.rows(plan.with_columns(label=label))).encode(
        x=log_x("flops", "budget, FLOP", plan["flops"]),
        color=alt.Color("label:N", legend=legend("by")),
        detail=alt.Detail("cohort:N"),
        tooltip=hover("label:N", "flops:Q", "params:Q", "params_low:Q", "params_high:Q", "data_seen:Q", "loss:Q"),
    )
    band = base.mark_area(opacity=0.2).encode(
        y=log_y("params_low", "parameters", *(plan[c] for c in with_ends("params"))), y2=alt.Y2("params_high:Q")
    )
    line = base.mark_line(point=True).encode(y=alt.Y("params:Q"))
    caption = (
        "The model size that a budget is best spent on; the band is the 90 % interval. Data follows as budget / (6 parameters)."
    )
    doubts = plan_notes(published, study)
    caption += f" {doubts}" if doubts else ""
    return Picture("optimum", "Compute-optimal size", caption, layered(band, line), data, kept(plan, *plan.columns))


def plan_notes(published: Published, study: str) -> str:
    """What the plan says of approaches that disagree, at the budget nearest to the runs."""
    plan = known(published.plan(study, "plan_compute_optimal"), "params", "apart").filter(approach="parametric")
    return "" if plan.is_empty() else disagreement(plan.sort(pl.col("distance").abs()).row(0, named=True))


PICTURE = picture
