"""How far a row of a plan may be trusted, in words: its distance from the runs, the limits it leaves, how good the fit is."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.schema import SIZES
from pipeline.schema.limits import Beyond, Unlike, Whose, limit
from pipeline.schema.numbers_in_words import Row, factor

PUBLISHED = "published"
GUESS = 1.0
"""From ten times the largest run on, a plan is called a guess."""
WHOSE: dict[Whose, str] = {"the runs": "your runs", "the law's paper": "the law's paper"}
COLUMNS = {"data_seen": "data", "data_unique": "unique data", "epochs": "epochs"} | dict.fromkeys(SIZES, "size")
"""Columns as people call them; others have their own names."""
MEASURED = {"metric": "metric", "data_unit": "unit of data"}


def trust(row: Row) -> str:
    """How far the row lies from the runs, which limits it leaves, and what is weak about the fit."""
    return " ".join(s for s in (_distance(row), leaves(row), _grade(row)) if s)


def whose(row: Row) -> str:
    """Whose runs stand behind a row: the reader's, or those of the paper whose constants were taken."""
    return "the paper's" if row.get("grade") == PUBLISHED else "your"


def _distance(row: Row) -> str:
    distance = row.get("distance")
    if distance is None:
        return ""
    if distance <= 0.005:
        return f"This lies inside the range of {whose(row)} runs."
    spent = "compute" if row.get("flops") or row.get("params") else "data"
    far = "far extrapolation: treat it as a guess" if distance >= GUESS else "extrapolation"
    return f"That is {factor(10**distance)}× the {spent} of {whose(row)} largest run ({far})."


def leaves(row: Row) -> str:
    """Which limits the row leaves, and whose they are. Of compute, the distance speaks."""
    found = [limit(entry) for entry in row.get("outside") or []]
    beyond = [
        each for each in found if isinstance(each, Beyond) and not (row.get("grade") == PUBLISHED and each.whose == "the runs")
    ]
    parts = [f"{said} in {listed(names)}" for whose, said in WHOSE.items() if (names := _names(beyond, whose))]
    said = f"This plan leaves the range of {' and of '.join(parts)}." if parts else ""
    other = [f"The law is of {each.law}, not of this {MEASURED[each.column]}." for each in found if isinstance(each, Unlike)]
    return " ".join([said, *other]).strip()


def listed(names: Sequence[str]) -> str:
    """One, two and three things as people list them: size, data and unique data."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _names(beyond: Sequence[Beyond], whose: Whose) -> list[str]:
    names = [each.column for each in beyond if each.whose == whose and each.column != "flops"]
    return list(dict.fromkeys(COLUMNS.get(name, name) for name in names))


def _grade(row: Row) -> str:
    stale = "Newer runs could not be fitted: this plan stands on an older fit." if row.get("stale_since") else ""
    weak = "The fit is weak: see its certificate." if row.get("grade") == "weak" else ""
    return " ".join(s for s in (weak, stale) if s)
