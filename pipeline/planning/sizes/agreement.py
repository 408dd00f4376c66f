"""Whether the approaches to the compute-optimal size agree: an interval that another one's does not meet is said in words."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import polars as pl

from pipeline.schema.numbers_in_words import amount, spread

NAMES = {
    "envelope": "the envelope of training curves",
    "isoflop_parabola": "the isoFLOP profiles (parabola)",
    "isoflop_cubic": "the isoFLOP profiles (cubic)",
    "parametric": "the law",
}
Row = dict[str, Any]


def with_disagreement(plan: pl.DataFrame) -> pl.DataFrame:
    """The plan with a `message` on each parametric row whose 90 % interval of N_opt another approach's does not meet.

    Two approaches without a law that miss each other are named too. Approaches without an interval say nothing.
    """
    rows = sorted(plan.with_row_index("place").to_dicts(), key=lambda row: (row["flops"], row["place"]))
    said: dict[int, str] = {}
    for _, group in groupby(rows, key=lambda row: row["flops"]):
        known = [row for row in group if row["params_low"] is not None and row["params_high"] is not None]
        own = next((row for row in known if row["approach"] == "parametric"), None)
        if own is not None and (parts := _apart(own, [row for row in known if row is not own])):
            said[own["place"]] = f"The approaches disagree on the parameters: {', '.join(parts)}."
    messages = [said.get(row, before) for row, before in enumerate(plan["message"])]
    return plan.with_columns(pl.Series("message", messages, dtype=pl.String))


def _apart(own: Row, others: list[Row]) -> list[str]:
    """The law and what misses it; else the approaches that miss each other; nothing where all meet."""
    missed = [row for row in others if _disjoint(row, own)]
    if missed:
        return [_says(row) for row in (own, *missed)]
    return [_says(row) for row in others if any(_disjoint(row, other) for other in others)]


def _disjoint(one: Row, other: Row) -> bool:
    return bool(one["params_high"] < other["params_low"] or other["params_high"] < one["params_low"])


def _says(row: Row) -> str:
    name = NAMES.get(row["approach"], str(row["approach"]))
    return f"{name} {'say' if 'profiles' in name else 'says'} {amount(row['params'])}{spread(row, 'params', amount)}"
