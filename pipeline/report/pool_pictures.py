"""Pictures of data: which pools are best at which budget, and what repeats of a pool are worth."""

from __future__ import annotations

import altair as alt
import polars as pl

from pipeline.report.picture import Datasets, Picture, hover, kept, known, layered, legend, linear_y, log_x
from pipeline.report.published import Published

SETS = 7
"""Curves that a person can tell apart."""


def filtering_picture(published: Published, study: str) -> Picture | None:
    """The metric of each pool set along the budget, and where the best set changes."""
    data = Datasets()
    plan = known(published.plan(study, "plan_filtering"), "data_seen", "value", "pools")
    if plan.is_empty():
        return None
    plan = plan.with_columns(set=pl.col("pools").cast(pl.List(pl.String)).list.join(" + "))
    shown = plan.filter(pl.col("set").is_in(_leading(plan))).sort("cohort", "set", "data_seen")
    label = _short(shown)
    shown = shown.with_columns(label=label)
    metric = str(shown["metric"].drop_nulls().first() or "value")
    unit = str(published.about(study, "unit")["data_unit"][0])
    line = _curves(data, shown, unit).mark_line(point=True).encode(y=linear_y("value", metric))
    best = known(shown.filter(pl.col("rank") == 1), "value_low", "value_high")
    bars = _curves(data, best, unit).mark_rule(strokeWidth=2).encode(y=linear_y("value_low", metric), y2=alt.Y2("value_high:Q"))
    switches = _switches(data, published, study)
    chart = layered(*switches, *([] if best.is_empty() else [bars]), line)
    columns = (
        "cohort",
        "params",
        "data_seen",
        "set",
        "data_unique",
        "epochs",
        "value",
        "value_low",
        "value_high",
        "rank",
        "probability_best",
    )
    caption = (
        "Each curve is a set of pools, trained on for longer and longer; bars are the 90 % interval of the best set of a budget"
    )
    rest = ". Dashed lines: where the best set changes." if switches else "."
    return Picture("filtering", "Which pools at which budget", caption + rest, chart, data, kept(shown, *columns))


def repetition_picture(published: Published, study: str) -> Picture | None:
    """What the next sample of a repeated pool is worth against a fresh one, by the number of passes."""
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
        x=log_x("epochs", "passes over the data", plan["epochs"]),
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
        "What one more sample of the same data is worth against a fresh one, after so many passes; the band is the 90 % interval."
    )
    return Picture("repetition", "What repeats are worth", caption, layered(*layers), data, plan)


def _curves(data: Datasets, shown: pl.DataFrame, unit: str) -> alt.Chart:
    tips = ("set:N", "data_seen:Q", "epochs:Q", "value:Q", "value_low:Q", "value_high:Q", "rank:Q", "probability_best:Q")
    return alt.Chart(data.rows(shown.drop("pools"))).encode(
        x=log_x("data_seen", f"training data, {unit}s", shown["data_seen"]),
        color=alt.Color("label:N", sort=None, legend=legend("pools")),
        detail=[alt.Detail("cohort:N"), alt.Detail("params:N")],
        tooltip=hover(*tips),
    )


def _leading(plan: pl.DataFrame) -> list[str]:
    """The sets that lead somewhere, then those with the best mean rank."""
    ranks = plan.group_by("set").agg(pl.col("rank").min().alias("best"), pl.col("rank").mean().alias("mean"))
    return ranks.sort("best", "mean", "set").head(SETS)["set"].to_list()


def _short(shown: pl.DataFrame) -> pl.Series:
    """A set in a legend: its pools, or the first and the number of the others."""
    names = [list(pools) for pools in shown["pools"]]
    return pl.Series("label", [" + ".join(p) if len(p) < 3 else f"{p[0]} + {len(p) - 1} more ({p[-1]})" for p in names])


def _switches(data: Datasets, published: Published, study: str) -> list[alt.Chart]:
    found = known(published.plan(study, "plan_filtering_switches"), "data_seen")
    if found.is_empty():
        return []
    if "candidates" in found.columns:
        found = found.filter(pl.col("candidates") == found["candidates"].mode().sort().first())
    marks = found.select("data_seen", "share_of_draws", "from_pools", "to_pools")
    tips = hover("data_seen:Q", "from_pools:N", "to_pools:N", "share_of_draws:Q")
    return [alt.Chart(data.rows(marks)).mark_rule(strokeDash=[3, 3], strokeWidth=2).encode(x=alt.X("data_seen:Q"), tooltip=tips)]


def _there(plan: pl.DataFrame, *columns: str) -> list[str]:
    return [f"{c}:Q" for c in columns if c in plan.columns]
