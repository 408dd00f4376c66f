"""plan_dataset_value in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, flops, outcome, sets
from pipeline.wording.clauses import metric
from pipeline.wording.words import Words


def sentence(row: Row, unit: str) -> str:
    """What a pool set is worth without a limit of compute, and from when it is the best."""
    start = f"Without a limit on compute {sets(row['pools'])} reaches {outcome(row, 'value', metric(row))}, rank {row['rank']}."
    if row["wins_from"] is None:
        return f"{start} {row['message']}"
    budget = flops(row["wins_from"]) if row.get("params") else f"{amount(row['wins_from'])} {unit}"
    return f"{start} It is the best set from {budget} on."


WORDS = Words(sentence)
