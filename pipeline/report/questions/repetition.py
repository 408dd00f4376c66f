"""The picture of plan_repetition: what repeats of a pool are worth."""

from __future__ import annotations

import altair as alt
import polars as pl

from pipeline.report.picture import Datasets, Picture, hover, kept, known, layered, legend, log_x
from pipeline.report.published import Published


def picture(published: Published, study: str) -> Picture | None:
    """What the next sample of a repeated pool is worth against a fresh one, by the number of epochs."""
    data = Datasets()
    plan = known(published.plan(study, "plan_repetition"), "epochs", "value_of_repeat")
    if plan.is_empty():
        return None
    plan = plan.with_columns(pool=pl.col("pool").fill_null("all data")).sort("cohort", "pool", "epochs")
    columns = (
        "cohort",
        "pool",
        "data_unique",
        "epochs",
        "value_of_repeat",
        "value_of_repeat_low",
        "value_of_repeat_high",
        "effective_data",
    )
    plan = kept(plan, *columns, "value", "value_low", "value_high")
    base = alt.Chart(data.rows(plan)).encode(
        x=log_x("epochs", "epochs", plan["epochs"]),
        color=alt.Color("pool:N", sort=None, legend=legend("pool")),
        detail=[alt.Detail("cohort:N"), alt.Detail("data_unique:N")] if "data_unique" in plan.columns else alt.Detail("cohort:N"),
        tooltip=hover("pool:N", "epochs:Q", "value_of_repeat:Q", *_there(plan, "value_of_repeat_low", "value_of_repeat_high")),
    )
    line = base.mark_line(point=True).encode(y=alt.Y("value_of_repeat:Q", title="worth of a repeat (fresh = 1)"))
    layers: list[alt.Chart] = [line]
    if "value_of_repeat_low" in plan.columns:
        layers.insert(
            0, base.mark_area(opacity=0.12).encode(y=alt.Y("value_of_repeat_low:Q"), y2=alt.Y2("value_of_repeat_high:Q"))
        )
    caption = (
        "What one more sample of the same data is worth against a fresh one, after so many epochs; the band is the 90 % interval."
    )
    return Picture("repetition", "What repeats are worth", caption, layered(*layers), data, plan)


def _there(plan: pl.DataFrame, *columns: str) -> list[str]:
    return [f"{c}:Q" for c in columns if c in plan.columns]


PICTURE = picture
