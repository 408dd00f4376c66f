"""The picture of plan_over_training: loss against model size at constant compute."""

from __future__ import annotations

import altair as alt
import polars as pl

from pipeline.report.picture import Datasets, Picture, hover, kept, known, layered, legend, linear_y, log_x, with_ends
from pipeline.report.published import Published

BUDGETS = 6


def picture(published: Published, study: str) -> Picture | None:
    """Loss against model size at constant compute: how flat the optimum is, and what a smaller model costs."""
    data = Datasets()
    plan = known(published.plan(study, "plan_over_training"), "flops", "params", "loss")
    if plan.is_empty():
        return None
    budgets = plan["flops"].unique().sort()
    chosen = budgets.gather_every(max(1, -(-len(budgets) // BUDGETS)))
    plan = plan.filter(pl.col("flops").is_in(chosen.to_list()))
    columns = ["cohort", "flops", "params", "data_seen", "data_per_param", *with_ends("loss"), *with_ends("extra_training")]
    plan = plan.select(c for c in columns if c in plan.columns).sort("cohort", "flops", "params")
    base = alt.Chart(data.rows(plan.with_columns(budget=_labels(plan)))).encode(
        x=log_x("params", "parameters", plan["params"]),
        color=alt.Color("budget:N", sort=None, legend=legend("budget, FLOP")),
        detail=alt.Detail("cohort:N"),
        tooltip=hover(
            "flops:Q", "params:Q", "data_seen:Q", "data_per_param:Q", "loss:Q", "loss_low:Q", "loss_high:Q", "extra_training:Q"
        ),
    )
    band = base.mark_area(opacity=0.15).encode(y=linear_y("loss_low", "loss"), y2=alt.Y2("loss_high:Q"))
    line = base.mark_line(point=True).encode(y=linear_y("loss", "loss"))
    caption = (
        "What the law says of one budget spent on smaller or larger models; the bands are 90 % intervals. The table also says "
        "which part of the budget a size needs on top to reach the best loss (extra_training)."
    )
    return Picture("profiles", "Loss at constant compute", caption, layered(band, line), data, kept(plan, *plan.columns))


def _labels(plan: pl.DataFrame) -> pl.Series:
    return pl.Series("budget", [f"{flops:.2g}".replace("e+", "e") for flops in plan["flops"]])


PICTURE = picture
