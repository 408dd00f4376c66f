"""plan_frontier in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, flops, outcome, sets
from pipeline.wording.clauses import metric
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, bare, beyond, furthest_known


def sentence(row: Row, unit: str) -> str:
    """What a budget buys."""
    budget = flops(row["flops"]) if row.get("flops") else f"{amount(row['data_seen'])} {unit}"
    return f"{budget} buys {outcome(row, 'value', metric(row))} with {sets(row['pools'])}. {trust(row)}"


def cells(row: Row) -> Cells:
    """What one budget of the frontier buys."""
    budget = flops(row["flops"]) if row.get("flops") else amount(row["data_seen"])
    return [budget, sets(row["pools"]), f"{row['epochs']:.3g}", bare(row, "value"), beyond(row)]


WORDS = Words(
    sentence,
    Form("What each budget buys", ["spent", "pools", "epochs", "value", BEYOND], cells, furthest_known, 10),
)
