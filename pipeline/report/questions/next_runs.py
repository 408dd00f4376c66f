"""The picture of plan_next_runs: the runs to do next among those that were done."""

from __future__ import annotations

import altair as alt
import polars as pl

from pipeline.report.picture import Datasets, Picture, hover, kept, known, layered, legend, log_x, log_y
from pipeline.report.published import Published
from pipeline.wording.questions.costs.next_runs import GOALS as SHORT
from pipeline.wording.questions.costs.next_runs import SOUGHT

RUN = (
    *("cohort", "target", "run_order", "replicates", "params", "data_seen", "pools", "flops"),
    *("cumulative_share", "interval_reduction"),
)
"""Columns of a run to do next that its picture's table shows."""
CELLS = {"params": 8, "data_seen": 9}
"""Labels that fit beside each other on a phone, and above each other."""


def picture(published: Published, study: str) -> Picture | None:
    """The runs to do next among those that were done."""
    data = Datasets()
    plan = published.plan(study, "plan_next_runs")
    chosen = known(plan, "run_order", "params", "data_seen")
    if chosen.is_empty():
        return None
    chosen = chosen.sort("cohort", "target", "run_order")
    chosen = kept(chosen, *RUN, "value", "value_low", "value_high", "expected_low", "expected_high")
    done = known(published.points(study, "runs"), "params", "data_seen")
    x = log_x("params", "parameters", chosen["params"], done["params"])
    unit = published.about(study, "unit")["data_unit"][0]
    y = log_y("data_seen", f"training data, {unit}s", chosen["data_seen"], done["data_seen"])
    before = (
        alt.Chart(data.rows(done))
        .mark_point(size=24, opacity=0.5)
        .encode(x=x, y=y, tooltip=hover("run:N", "params:Q", "data_seen:Q"))
    )
    named = chosen.with_columns(target=pl.col("target").replace(SHORT))
    base = alt.Chart(data.rows(named)).encode(
        x=x, y=y, tooltip=hover("target:N", "run_order:Q", "replicates:Q", "params:Q", "data_seen:Q", "interval_reduction:Q")
    )
    marks = base.mark_point(filled=True, size=110, opacity=1).encode(color=alt.Color("target:N", legend=legend("narrows")))
    order = [
        alt.Chart(data.rows(placed))
        .mark_text(fontSize=12, fontWeight="bold", align="left", dx=9, dy=-9 + 20 * place)
        .encode(x=x, y=y, text=alt.Text("orders:N"), color=alt.Color("target:N"))
        for place, placed in enumerate(_order_labels(named, done))
    ]
    return Picture("next_runs", "The next runs to do", _narrowing(chosen), layered(before, marks, *order), data, chosen)


def _narrowing(chosen: pl.DataFrame) -> str:
    """What the runs do together for each target, in words."""
    best = chosen.group_by("target").agg(pl.col("interval_reduction").max()).sort("target")
    words = " and ".join(f"{times:.1f} times for {SOUGHT.get(target, target)}" for target, times in best.iter_rows())
    return f"Filled: the runs to do next, in this order; open: runs that were done. Together they narrow the interval {words}."


def _order_labels(chosen: pl.DataFrame, done: pl.DataFrame) -> list[pl.DataFrame]:
    """For each target where its runs' places in the list are written: runs that lie together share one label."""
    cells = []
    for name, count in CELLS.items():
        logs = pl.concat([chosen[name].cast(pl.Float64), done[name].cast(pl.Float64)]).log10().to_list()
        width = max((max(logs) - min(logs)) / count, 1e-9)
        cells.append((pl.col(name).cast(pl.Float64).log10() / width).round().alias(f"{name}_cell"))
    near = (
        chosen.sort("run_order").with_columns(cells).group_by("target", *(f"{name}_cell" for name in CELLS), maintain_order=True)
    )
    found = near.agg(pl.col("params", "data_seen").first(), pl.col("run_order"))
    found = found.with_columns(orders=pl.Series([_runs_of(orders) for orders in found["run_order"].to_list()]))
    return found.select("params", "data_seen", "target", "orders").partition_by("target", maintain_order=True)


def _runs_of(orders: list[int]) -> str:
    """Places in a list as people write them: 1, 3–5."""
    runs: list[list[int]] = []
    for order in orders:
        if runs and order == runs[-1][-1] + 1:
            runs[-1].append(order)
        else:
            runs.append([order])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}{'–' if len(run) > 2 else ', '}{run[-1]}" for run in runs)


PICTURE = picture
