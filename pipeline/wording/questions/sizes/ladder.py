"""plan_ladder in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, outcome, part
from pipeline.wording.clauses import metric
from pipeline.wording.words import Words


def sentence(row: Row, unit: str) -> str:
    """One rung."""
    run = f"Rung {row['rung']}: {amount(row['params'])} parameters on {amount(row['data_seen'])} {unit}"
    spent = f"The rungs so far cost {part(row['share_of_target'])} of the target's compute."
    return f"{run}; expect {outcome(row, 'loss', metric(row))}. {spent}"


WORDS = Words(sentence)
