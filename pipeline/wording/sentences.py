"""Plans in two plain sentences that a manager can read: what to do and what to expect, and how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.discovery import modules_below
from pipeline.wording import questions
from pipeline.wording.clauses import counted
from pipeline.wording.words import Words


def refusal(law: str, grade: str, note: str, fix: str | None = None) -> str:
    """The reasoned refusal: why there is no plan from a law, and the runs that would fix it."""
    start = f"No plan from {law}: its fit is {grade}, because {note.removeprefix('not identified: ').rstrip('.')}."
    return f"{start} {fix[:1].upper()}{fix[1:].rstrip('.')}." if fix and fix not in note else start


WORDS: Mapping[str, Words] = {
    name: module.WORDS for name, module in modules_below(questions.__name__, questions.__path__).items()
}
"""The words of each planning question, by the name of its table without `plan_`: the files of `questions/`."""


def sentence(table: str, row: Mapping[str, Any], unit: str | None = None) -> str | None:
    """Two sentences about a row of a plan table; None where the table has none or the row is one among alternatives.

    unit: what its data are counted in (token, sample); where it is not given, tokens of a loss and samples of an error.
    """
    words = WORDS.get(table.removeprefix("plan_").removeprefix("best_"))
    if words is None:
        return None
    return words.sentence(dict(row), counted(dict(row)) if unit is None else f"{unit.rstrip('s')}s")
