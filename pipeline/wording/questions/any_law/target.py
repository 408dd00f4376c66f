"""plan_target in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row
from pipeline.wording.clauses import capital, metric, note
from pipeline.wording.quantities import given, run_of, sought
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, beyond, first_row, unit_of


def sentence(row: Row, unit: str) -> str:
    """What a value of the metric needs."""
    goal = f"{'an' if metric(row)[:1] in 'aeiou' else 'a'} {metric(row)} of {row['target']:.4g}"
    if row["amount"] is None:
        return capital(f"{given(row, unit)}{goal} is out of reach. {row['message']}")
    return capital(f"{given(row, unit)}{goal} needs {sought(row, unit)}. {trust(row)}{note(row)}".strip())


def cells(row: Row) -> Cells:
    """Where any law reaches a target."""
    need = "out of reach" if row["amount"] is None else sought(row, unit_of(row))
    return [run_of(row, unit_of(row)), f"{row['target']:.4g}", need, beyond(row)]


WORDS = Words(
    sentence,
    Form("To reach a value", ["run", "value", "needs", BEYOND], cells, first_row),
    leads=True,
)
