"""The picture of plan_filtering: how far each set of pools is behind the best one, and where the best one changes."""

from __future__ import annotations

import altair as alt
import polars as pl

from pipeline.report.picture import Datasets, Picture, hover, kept, known, layered, log_x, with_unit
from pipeline.report.published import Published
from pipeline.schema.numbers_in_words import called

SETS = 7
"""Curves that a person can tell apart."""
ROOM = 0.55
"""Part of the axis, in logarithms, that is kept free behind the curves for their names."""
LINES = 15
"""Names that fit below each other."""


def picture(published: Published, study: str) -> Picture | None:
    """How far each pool set is behind the best of its budget (a tie's interval reaches 0), and where the best set changes."""
    data = Datasets()
    plan = known(published.plan(study, "plan_filtering"), "data_seen", "value", "behind", "pools")
    if plan.is_empty():
        return None
    plan = plan.with_columns(set=pl.col("pools").cast(pl.List(pl.String)).list.join(" + "))
    shown = plan.filter(pl.col("set").is_in(_leading(plan))).sort("cohort", "set", "data_seen")
    shown = shown.with_columns(label=_short(shown), behind=pl.col("behind").abs())
    unit = str(published.about(study, "unit")["data_unit"][0])
    metric = called(str(shown["metric"].drop_nulls().first() or "value"), unit)
    title = f"{with_unit(metric)}: difference to the best set"
    line = _curves(data, shown, unit).mark_line(point=True).encode(y=alt.Y("behind:Q", title=title))
    spread = known(shown.filter(pl.col("rank") > 1), "behind_low", "behind_high")
    bars = [
        _curves(data, some, unit)
        .mark_rule(strokeWidth=1.5, opacity=0.55)
        .encode(y=alt.Y("behind_low:Q", title=title), y2=alt.Y2("behind_high:Q"))
        for some in ([] if spread.is_empty() else [spread])
    ]
    switches = _switches(data, published, study)
    chart = layered(*switches, *bars, line, _names(data, shown))
    columns = (
        "cohort", "params", "data_seen", "set", "data_unique", "epochs", "value", "value_low", "value_high",
        "behind", "behind_low", "behind_high", "rank", "probability_best",
    )  # fmt: skip
    caption = (
        "How much worse each set of pools is than the best of its budget (0); bars are 90 % intervals, "
        "and one that reaches 0 is a tie"
    )
    rest = ". Dashed lines: where a pool is added, as they say." if switches else "."
    return Picture("filtering", "Which pools at which budget", caption + rest, chart, data, kept(shown, *columns))


def _curves(data: Datasets, shown: pl.DataFrame, unit: str) -> alt.Chart:
    tips = ("set:N", "data_seen:Q", "epochs:Q", "value:Q", "behind:Q", "behind_low:Q", "behind_high:Q", "probability_best:Q")
    seen = shown["data_seen"].cast(pl.Float64)
    low, high = min(seen.to_list()), max(seen.to_list())
    return alt.Chart(data.rows(shown.drop("pools"))).encode(
        x=log_x("data_seen", f"training data, {unit}s", seen).scale(
            type="log", nice=False, padding=14, domainMax=high * (high / low) ** ROOM
        ),
        color=alt.Color("label:N", sort=None, legend=None),
        detail=[alt.Detail("cohort:N"), alt.Detail("params:N")],
        tooltip=hover(*tips),
    )


def _names(data: Datasets, shown: pl.DataFrame) -> alt.Chart:
    """The name of each set at the end of its curve; names of curves that end together stand below each other."""
    ends = shown.sort("data_seen").group_by("label", maintain_order=True).last().sort("behind")
    drawn = [v for name in ("behind", "behind_low", "behind_high") for v in shown[name].drop_nulls().to_list()]
    high = max(drawn) - min(drawn)
    gap, places, last = high / LINES, list[float](), -high
    for value in ends["behind"].to_list():
        last = max(value, last + gap)
        places.append(last)
    named = ends.select("data_seen", "label").with_columns(place=pl.Series(places, dtype=pl.Float64))
    drawn_names: alt.Chart = (
        alt.Chart(data.rows(named))
        .mark_text(align="left", dx=9, fontSize=11, limit=150)
        .encode(x=alt.X("data_seen:Q"), y=alt.Y("place:Q"), text=alt.Text("label:N"), color=alt.Color("label:N", legend=None))
    )
    return drawn_names


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
    marks = found.select("data_seen", "share_of_draws", "from_pools", "to_pools").sort("data_seen")
    marks = marks.with_columns(says=pl.Series([_added(*row) for row in marks.select("from_pools", "to_pools").iter_rows()]))
    tips = hover("data_seen:Q", "from_pools:N", "to_pools:N", "share_of_draws:Q")
    lines = alt.Chart(data.rows(marks)).mark_rule(strokeDash=[3, 3], strokeWidth=2).encode(x=alt.X("data_seen:Q"), tooltip=tips)
    texts = [
        alt.Chart(data.rows(own))
        .mark_text(align="right", dx=-4, fontSize=11, baseline="top")
        .encode(x=alt.X("data_seen:Q"), y=alt.value(2 + 14 * (place % 3)), text=alt.Text("says:N"))
        for place, own in enumerate(marks.iter_slices(1))
    ]
    return [lines, *texts]


def _added(before: list[str], after: list[str]) -> str:
    """What a switch does: "+ shuffle", or the set that it is to."""
    added = [pool for pool in after if pool not in before]
    return (
        f"+ {' + '.join(added)}" if added and set(before) <= set(after) else f"to {after[0] if len(after) == 1 else len(after)}"
    )


PICTURE = picture
