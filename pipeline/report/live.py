"""What the page computes with: each selected fit as numbers (weights, draws, pools, prices), and its laws as JavaScript."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from pipeline.fitting.evidence.combination import COMBINED
from pipeline.laws import laws
from pipeline.laws.engine.js_form import function_js, library
from pipeline.laws.law import Law
from pipeline.report.published import Published
from pipeline.schema import SIZES
from pipeline.schema.metrics import known as known_metric
from pipeline.schema.metrics import metric_of
from pipeline.schema.numbers_in_words import UNITS, called
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

    `parts` are the laws of a combination with their weights (one law: itself, with 1). Laws that the page cannot feed are `left`
    out with the reason, and the others' weights are scaled to 1, as a plan does that some of the laws cannot answer.
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
    known = {"study": study, "cohort": row["cohort"], "law": row["law"], "metric": row["metric"] or "loss"}
    members, left = _members(published, str(row["fit_id"]), row["law"] == COMBINED)
    pools = _pools(published, str(members[0]["fit_id"]), members[0]["pools"]) if members and members[0]["pools"] else []
    goal = row["goal"] or metric_of(known["metric"]).goal
    why = _why_none(known["metric"], members, left, pools, goal)
    if why is not None:
        return {**known, "why": why}
    whole, unit = sum(member["weight"] for member in members), str(published.about(study, "unit")["data_unit"][0])
    return {
        **known,
        "metric_unit": UNITS.get(called(known["metric"], unit), ""),
        "unit": unit,
        "parts": [_part(published, member, member["weight"] / whole, [pool["name"] for pool in pools]) for member in members],
        "left": left,
        "pools": pools,
        "sign": -1 if goal == "higher" else 1,
        "runs": {name: row[name] for name in ("params", "data_seen", "data_unique", "flops")},
        "error": None if row["error_at_edge"] is None else [row["error_at_edge"], row["error_growth"]],
        "error_epochs": json.loads(row["error_epochs"] or "null"),
        "money": _money(published, study, str(row["cohort"])),
    }


def _members(published: Published, fit: str, combination: bool) -> tuple[list[dict[str, Any]], list[str]]:
    """The laws of a fit that the page can feed, heaviest first and all of one question, and why each other one is left out.

    In a combination over pools the laws that see no pool answer other questions, which the page does not ask.
    """
    rows = read_frame(published.connection, sql("report_live_members"), {"fit": fit}).to_dicts()
    rows = [row for row in rows if not combination or _of_the_metric(row["law"])]
    pooled = any(row["law"] in laws and laws[row["law"]].pooled for row in rows)
    members, left = [], list[str]()
    for row in rows:
        law = laws.get(row["law"])
        if law is None:
            why: str | None = f"{row['law']} is a law of a file that was not read when this page was made"
        elif pooled and not law.pooled:
            why = f"{law.name} sees no pools"
        else:
            why = why_not(law)
        if why is None:
            members.append({**row, "pools": row["pools"] if pooled else None})
        else:
            left.append(f"{why} ({row['weight']:.0%})" if combination else why)
    return members, left


def _of_the_metric(name: str) -> bool:
    """Whether a law predicts the study's metric, and not a setting: laws of a best learning rate have weights of their own."""
    response = known_metric(laws[name].response) if name in laws else None
    return response is None or response.goal is not None


def _why_none(
    metric: str, members: list[dict[str, Any]], left: list[str], pools: list[dict[str, Any]], goal: str | None
) -> str | None:
    """Why no number of this fit can be live; None where they can."""
    if not members:
        return "; ".join(left) or "this page does not go through a chain of laws"
    if not goal:
        return f"nobody said whether less or more of {metric} is better"
    return "the size of a pool is not known" if any(pool["size"] is None for pool in pools) else None


def _part(published: Published, member: dict[str, Any], weight: float, pools: list[str]) -> dict[str, Any]:
    law = laws[member["law"]]
    return {
        "law": law.name,
        "weight": weight,
        "columns": list(law.columns),
        "members": list(law.member_columns),
        "theta": _theta(published, law, str(member["fit_id"]), pools),
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
