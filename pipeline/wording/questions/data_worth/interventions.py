"""plan_interventions in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, cohort_words, difference, part
from pipeline.wording.clauses import metric
from pipeline.wording.words import Words


def sentence(row: Row, unit: str) -> str:
    """Which of two interventions on the data is better at an asked run."""
    run = f"At {amount(row['params'])} parameters and {amount(row['data_seen'])} {unit}"
    chance = row["probability_other_wins"]
    sure = "" if chance is None else f", better with a probability of {part(chance)}"
    return f"{run} {cohort_words(row['other_cohort'])} is {difference(row, 'excess', metric(row))} apart{sure}."


WORDS = Words(sentence)
