"""plan_domains in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, difference, outcome, part
from pipeline.wording.clauses import drawn, metric
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, bare, beyond, furthest_known


def sentence(row: Row, unit: str) -> str:
    """The one mixture of all targets, and what this one gives up for the others."""
    name = metric(row)
    size = f" and {amount(row['params'])} parameters" if row.get("params") else ""
    start = f"With {amount(row['data_seen'])} {unit}{size}, draw {drawn(row)} for all targets"
    here = f"{row['target']}, {part(row['target_weight'])} of the weight, ends at {outcome(row, 'value', name)}"
    own = f"its own best mixture would be better by {difference(row, 'given_up', name)}"
    even = f"Together they are {difference(row, 'gain', name)} better than with equal shares of all pools."
    return " ".join(filter(None, [f"{start}: {here}; {own}.", even, trust(row)]))


def cells(row: Row) -> Cells:
    """The one mixture of all targets at a budget, and what this target gives up for it."""
    up = "" if row["given_up"] is None else f"{max(row['given_up'], 0.0):.2g}"
    return [amount(row["data_seen"]), drawn(row), bare(row, "value"), up, beyond(row)]


WORDS = Words(
    sentence,
    Form("One mixture for all targets", ["data", "draw", "value", "gives up", BEYOND], cells, furthest_known),
    leads=True,
)
