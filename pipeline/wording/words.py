"""What a planning question says: its sentence, its title, the cells of its rows. A file of `questions/` declares its `WORDS`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.schema.limits import CLOSE
from pipeline.schema.numbers_in_words import Row, decimals, factor
from pipeline.wording.trust import guessed

Cells = list[str]
BEYOND = "extrapolation"
UNIT = "unit of data"
"""What a row's amounts of data are counted in, beside its own columns."""


@dataclass(frozen=True)
class Outline:
    """What is printed of one plan of one study."""

    title: str
    lead: str
    heads: Cells
    rows: list[Cells]
    asked: bool = False
    """Whether the study asks for it by name: then it is printed among what a lead needs first."""


@dataclass(frozen=True)
class Form:
    """How a plan is outlined: its title, the heads of its columns ("data" becomes the unit), a row's cells, and who leads."""

    title: str
    heads: Cells
    cells: Callable[[Row], Cells]
    lead: Callable[[Sequence[Row]], Row]
    most: int | None = None
    """So many rows are printed, evenly chosen, of a plan that is a curve."""


@dataclass(frozen=True)
class Words:
    """The words of one planning question.

    sentence: a row and the unit of its data (tokens, samples) to plain sentences; None for a row that needs none.
    form: how the plan is printed; None for one that is in the tables alone, or that `outline` prints.
    outline: for a plan whose rows are said together, instead of a form.
    leads: whether it is printed among what a lead needs first.
    """

    sentence: Callable[[Row, str], str | None]
    form: Form | None = None
    outline: Callable[[Sequence[Row], str], Outline | None] | None = None
    leads: bool = False

    @property
    def printed(self) -> bool:
        """Whether `lawbook plan` and the report print it."""
        return self.form is not None or self.outline is not None


def furthest_known(rows: Sequence[Row]) -> Row:
    """The largest budget that is no guess; the first row where all are."""
    known = [row for row in rows if not guessed(row)]
    return max(known, key=lambda row: row.get("distance") or 0.0) if known else rows[0]


def first_row(rows: Sequence[Row]) -> Row:
    """The first row."""
    return rows[0]


def named_first(rows: Sequence[Row]) -> Row:
    """The first row of the sets that the study names; the first of all where it names none."""
    return next((row for row in rows if row.get("candidates") == "named"), rows[0])


def filled(heads: Cells, rows: list[Cells]) -> tuple[Cells, list[Cells]]:
    """Without the columns that are empty in every row."""
    kept = [place for place in range(len(heads)) if any(row[place] for row in rows)]
    return [heads[place] for place in kept], [[row[place] for place in kept] for row in rows]


def unit_of(row: Row) -> str:
    """The unit of a row's data, in its cells."""
    return str(row.get(UNIT, "tokens"))


def bare(row: Row, name: str) -> str:
    """A value and its interval without the unit, which stands in the head."""
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    if row[name] is None or low is None or high is None:
        return "" if row[name] is None else f"{row[name]:.3g}"
    number, ends = decimals(row[name], low, high)
    return f"{number} ({ends})"


def beyond(row: Row) -> str:
    """How many times a row's budget is that of the largest run, and whether that is too far to be more than a guess."""
    distance = row.get("distance")
    if distance is None or distance <= CLOSE:
        return ""
    return f"{factor(10**distance)}×{', a guess' if guessed(row) else ''}"
