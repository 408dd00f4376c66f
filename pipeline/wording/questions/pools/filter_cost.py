"""plan_filter_cost in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, difference, factor, sets
from pipeline.wording.clauses import metric
from pipeline.wording.words import Words


def sentence(row: Row, unit: str) -> str | None:
    """What the wrong filter costs; nothing of the best set."""
    if row["pools"] == row["best_pools"]:
        return None
    start = f"At {amount(row['data_seen'])} {unit}, {sets(row['pools'])} instead of {sets(row['best_pools'])}"
    cost = f"costs {difference(row, 'excess', metric(row))}"
    if row["times_budget"] is None:
        return f"{start} {cost}. {row['message']}"
    return f"{start} {cost}. It catches up with {factor(max(row['times_budget'], 1.01))} times the budget."


WORDS = Words(sentence)
