"""plan_policies in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, factor, outcome, part
from pipeline.wording.clauses import metric, with_size
from pipeline.wording.words import BEYOND, Cells, Form, Words, bare, beyond, furthest_known

HARDLY = 0.01
"""Expected draws of a document below which its pool is left out of the words."""


def sentence(row: Row, unit: str) -> str | None:
    """How often documents of each quality are drawn; only of the best policy."""
    if row["rank"] is None:
        return str(row["message"])
    if row["rank"] != 1:
        return None
    drawn = ", ".join(f"{factor(n)} times from {pool}" for n, pool in counted_draws(row))
    start = f"With {amount(row['data_seen'])} {unit}{with_size(row)}, draw each document {drawn}"
    sure = (
        ""
        if row["probability_best"] is None
        else f" It is the best of these policies with a probability of {part(row['probability_best'])}."
    )
    return f"{start}; expect {outcome(row, 'value', metric(row))}.{sure}"


def cells(row: Row) -> Cells:
    """How often documents of each pool are drawn."""
    if row["rank"] is None:
        return [amount(row["data_seen"]), "no policy reaches it", "", "", beyond(row)]
    drawn = ", ".join(f"{pool} {factor(n)}" for n, pool in counted_draws(row))
    sure = "" if row["probability_best"] is None else part(row["probability_best"])
    return [amount(row["data_seen"]), drawn, bare(row, "value"), sure, beyond(row)]


def counted_draws(row: Row) -> list[tuple[float, str]]:
    """How often a document of each pool is drawn, without the pools of which hardly any is."""
    return [(n, pool) for n, pool in zip(row["draws_of_pools"], row["pools"], strict=True) if n >= HARDLY]


WORDS = Words(
    sentence,
    Form("How often each pool", ["data", "draws", "value", "chance", BEYOND], cells, furthest_known),
)
