"""plan_response in words."""

from __future__ import annotations

from pipeline.schema.numbers_in_words import Row
from pipeline.wording.clauses import note
from pipeline.wording.quantities import given, run_of, value
from pipeline.wording.trust import trust
from pipeline.wording.words import BEYOND, Cells, Form, Words, beyond, first_row, unit_of


def sentence(row: Row, unit: str) -> str:
    """What to expect of a run."""
    return f"{given(row, unit)}expect {value(row, unit)}. {trust(row)}{note(row)}".strip()


def cells(row: Row) -> Cells:
    """What any law predicts of a run."""
    return [run_of(row, unit_of(row)), value(row, unit_of(row)), beyond(row)]


WORDS = Words(sentence, Form("What to expect", ["run", "expect", BEYOND], cells, first_row), leads=True)
