"""What the page computes with: each selected fit as numbers (estimate, draws, pools, prices), and its law as JavaScript."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.laws import laws
from pipeline.laws.engine.js_form import function_js, library
from pipeline.laws.law import Law
from pipeline.report.published import Published
from pipeline.schema import SIZES
from pipeline.schema.metrics import metric_of
from pipeline.store.frames import read_frame
from pipeline.store.statements import sql

MOST_DRAWS = 250
"""Draws that the page holds of a fit: percentiles of 250 err by hundredths of an interval, and a study stays below 100 kB."""
DIGITS = 12
FED = {*SIZES, "data_seen", "data_unique", "data_planned", "flops", "epochs"}
"""Columns that the page's controls give a value; a law that reads another one is answered by its tables alone."""
MEMBERS = {"share", "unique", "size"}


def live_fits(published: Published, study: str) -> list[dict[str, Any]]:
    """The selected fits of a study, one a cohort: what the page needs to compute, or `why` it cannot.

    Of a combination it is the heaviest law, with its `weight`: the page computes with one formula, and says so.
    """
    rows = read_frame(published.connection, sql("report_live"), {"study": study}).iter_rows(named=True)
    return [_fit(published, study, row) for row in rows]


def forms(published: Published) -> bytes:
    """One script: the named functions, and every law that a study of the file selected and the page can feed."""
    names = [row[0] for row in published.connection.execute(sql("report_live_laws")).fetchall()]
    printed = [f'"{name}": {function_js(laws[name])}' for name in names if name in laws and why_not(laws[name]) is None]
    return f"{library()}\nconst lawbookLaws = {{{', '.join(printed)}}};\n".encode()


def why_not(law: Law) -> str | None:
    """Why the page cannot answer with this law, in words; None where it can."""
    if unfed := sorted(set(law.columns) - FED):
        return f"{law.name} also reads {', '.join(unfed)}, for which this page has no control"
    if law.pooled:
        unknown = sorted(set(law.member_columns) - MEMBERS)
        return None if "data_seen" in law.columns and not unknown else f"{law.name} plans no data budget over pools"
    sizes, data = set(law.columns) & set(SIZES), set(law.columns) & {"data_seen", "flops"}
    return None if len(sizes) == 1 and data else f"{law.name} does not weigh one model size against data"


def _fit(published: Published, study: str, row: dict[str, Any]) -> dict[str, Any]:
    name, law = str(row["law"]), laws.get(str(row["law"]))
    known = {"study": study, "cohort": row["cohort"], "law": name, "metric": row["metric"] or "loss", "weight": row["weight"]}
    if law is None:
        return {**known, "why": f"{name} is a law of a file that was not read when this page was made"}
    goal = row["goal"] or metric_of(known["metric"]).goal
    why = why_not(law) or (None if goal else f"nobody said whether less or more of {known['metric']} is better")
    pools = _pools(published, str(row["fit_id"]), row["pools"] or []) if law.pooled else []
    if why is None and any(pool["size"] is None for pool in pools):
        why = "the size of a pool is not known"
    if why is not None:
        return {**known, "why": why}
    return {
        **known,
        "unit": str(published.about(study, "unit")["data_unit"][0]),
        "columns": list(law.columns),
        "members": list(law.member_columns),
        "theta": _theta(published, law, str(row["fit_id"]), [pool["name"] for pool in pools]),
        "pools": pools,
        "sign": -1 if goal == "higher" else 1,
        "runs": {name: row[name] for name in ("params", "data_seen", "data_unique", "flops")},
        "error": None if row["error_at_edge"] is None else [row["error_at_edge"], row["error_growth"]],
        "money": _money(published, study, str(row["cohort"])),
    }


def _pools(published: Published, fit: str, names: list[str]) -> list[dict[str, Any]]:
    sizes = dict(read_frame(published.connection, sql("report_pool_sizes"), {"fit": fit}).iter_rows())
    return [{"name": name, "size": sizes.get(name)} for name in names]


def _theta(published: Published, law: Law, fit: str, pools: list[str]) -> list[list[Any]]:
    """The estimate, then the draws: the parameters in the law's order, an array over the pools where it is per pool."""
    found = read_frame(published.connection, sql("report_draws"), {"fit": fit, "most": MOST_DRAWS})
    levels = {str(draw): frame for (draw,), frame in found.group_by("draw", maintain_order=True)}
    return [_levels(law, frame, pools) for frame in levels.values()]


def _levels(law: Law, frame: pl.DataFrame, pools: list[str]) -> list[Any]:
    value = {(p, pool): float(f"{v:.{DIGITS}g}") for _, p, pool, v in frame.iter_rows() if v is not None}
    return [[value.get((p.name, k)) for k in pools] if p.per == "pool" else value.get((p.name, "")) for p in law.parameters]


def _money(published: Published, study: str, cohort: str) -> dict[str, Any] | None:
    """What a device of the study does and costs in an hour, from its plan of money; None where it has none."""
    rows = published.plan(study, "plan_money")
    if rows.is_empty():
        return None
    rows = rows.filter((pl.col("cohort") == cohort) & (pl.col("accelerator_hours") > 0) & pl.col("price").is_not_null())
    if rows.is_empty():
        return None
    row = rows.row(0, named=True)
    hours = row["accelerator_hours"]
    return {
        "device": row["accelerator"],
        "count": row["accelerator_count"],
        "speed": row["flops"] / hours / 3600,
        "price": row["price"] / hours,
        "days": row["days"] * row["accelerator_count"] / hours,
        "currency": row["currency"],
    }
