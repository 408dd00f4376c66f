"""plan_optimum in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row
from pipeline.wording.clauses import capital, metric, note
from pipeline.wording.quantities import given, run_of, sought, value
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, beyond, first_row, unit_of

EXTREMES = {"least": "lowest", "most": "highest"}


def sentence(row: Row, unit: str) -> str:
    """Where the metric is least or most."""
    start = capital(f"{given(row, unit)}the {EXTREMES[row['goal']]} {metric(row)}")
    if row["amount"] is None:
        return f"{start} is at no {row['sought']} that can be said. {row['message']}"
    return f"{start} is at {sought(row, unit)}; expect {value(row, unit)}. {trust(row)}{note(row)}".strip()


def cells(row: Row) -> Cells:
    """Where any law is least or most."""
    if row["amount"] is None:
        return [run_of(row, unit_of(row)), "none", "", beyond(row)]
    return [
        run_of(row, unit_of(row)),
        sought(row, unit_of(row)),
        value(row, unit_of(row)),
        beyond(row),
    ]


WORDS = Words(
    sentence,
    Form("Where it is best", ["run", "best at", "expect", BEYOND], cells, first_row),
    leads=True,
)
