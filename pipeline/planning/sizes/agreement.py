"""Whether the approaches to the compute-optimal size agree: intervals of two that do not meet stand beside the law's own row."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import polars as pl

APART = {"apart": pl.String, "apart_params": pl.Float64, "apart_least": pl.Float64, "apart_most": pl.Float64}
"""Lists, one entry an approach: its name, its size, and the ends of its interval."""
Row = dict[str, Any]


def with_disagreement(plan: pl.DataFrame) -> pl.DataFrame:
    """The plan with what is `apart` on each parametric row whose 90 % interval of N_opt another approach's does not meet.

    Two approaches without a law that miss each other are named too. Approaches without an interval say nothing.
    """
    rows = sorted(plan.with_row_index("place").to_dicts(), key=lambda row: (row["flops"], row["place"]))
    found: dict[int, list[Row]] = {}
    for _, group in groupby(rows, key=lambda row: row["flops"]):
        known = [row for row in group if row["params_low"] is not None and row["params_high"] is not None]
        own = next((row for row in known if row["approach"] == "parametric"), None)
        if own is not None and (apart := _apart(own, [row for row in known if row is not own])):
            found[own["place"]] = apart
    columns = zip(APART, ("approach", "params", "params_low", "params_high"), strict=True)
    lists = {
        name: [[row[key] for row in found[place]] if place in found else None for place in range(plan.height)]
        for name, key in columns
    }
    return plan.with_columns(pl.Series(name, values, dtype=pl.List(APART[name])) for name, values in lists.items())


def _apart(own: Row, others: list[Row]) -> list[Row]:
    """The law and what misses it; else the approaches that miss each other; nothing where all meet."""
    missed = [row for row in others if _disjoint(row, own)]
    if missed:
        return [own, *missed]
    return [row for row in others if any(_disjoint(row, other) for other in others)]


def _disjoint(one: Row, other: Row) -> bool:
    return bool(one["params_high"] < other["params_low"] or other["params_high"] < one["params_low"])
