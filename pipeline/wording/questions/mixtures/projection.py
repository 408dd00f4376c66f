"""plan_projection in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, outcome, part
from pipeline.wording.clauses import drawn, likely, metric
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, bare, beyond, furthest_known


def sentence(row: Row, unit: str) -> str | None:
    """Which mixture is best at a larger size; only of the best one."""
    if row["rank"] != 1:
        return None
    from_sizes = f"extrapolated from {amount(row['size_small'])} and {amount(row['size_large'])} {unit}"
    start = f"At {amount(row['data_seen'])} {unit}, draw {drawn(row)}; {from_sizes}, expect {outcome(row, 'value', metric(row))}."
    sure = likely("It is the best of the mixtures", row["probability_best"])
    return " ".join(words for words in (start, sure, trust(row), row["message"]) if words)


def cells(row: Row) -> Cells:
    """The best mixture at a larger size."""
    chance = row["probability_best"]
    sure = "" if chance is None else part(chance)
    return [amount(row["data_seen"]), drawn(row), bare(row, "value"), sure, beyond(row)]


WORDS = Words(
    sentence, Form("Mixture at a larger size", ["data", "draw", "value", "chance", BEYOND], cells, furthest_known), leads=True
)
