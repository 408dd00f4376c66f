"""plan_comparison in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row, amount, cohort_words, part, spread
from pipeline.wording.clauses import drawn_so
from pipeline.wording.quantities import quantity
from pipeline.wording.words import BEYOND, Cells, Form, Words, beyond, first_row, unit_of


def sentence(row: Row, unit: str) -> str:
    """Which of two recipes, and where it changes."""
    chance = row["probability_other_wins"]
    start = f"At {quantity(row['axis'], row['amount'], unit)}, {cohort_words(row['other_cohort'])} is better"
    start = (
        f"{start} with a probability of {part(chance)}." if chance is not None else f"{start} or not: there are no draws to say."
    )
    if row["crossover"] is None:
        return f"{start} {row['message']}"
    where = f"{quantity(row['axis'], row['crossover'], unit)}{spread(row, 'crossover', amount)}"
    return f"{start} {drawn_so(f'The two cross at {where}', row['share_of_draws'])}"


def cells(row: Row) -> Cells:
    """Which of two recipes."""
    chance, cross = row["probability_other_wins"], row["crossover"]
    where = "" if cross is None else f"{quantity(row['axis'], cross, unit_of(row))}{spread(row, 'crossover', amount)}"
    return [
        quantity(row["axis"], row["amount"], unit_of(row)),
        cohort_words(row["other_cohort"]),
        "" if chance is None else part(chance),
        where,
        beyond(row),
    ]


WORDS = Words(
    sentence,
    Form("Two recipes", ["budget", "other", "chance of it", "they cross at", BEYOND], cells, first_row),
)
