"""How far a row of a plan may be trusted, in words: its distance from the runs, the limits it leaves, how good the fit is."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.schema import SIZES
from pipeline.schema.limits import CLOSE, SHARE_OF, Beyond, Unlike, Whose, limit
from pipeline.schema.numbers_in_words import Row, factor

PUBLISHED = "published"
MOST_TRUSTED = 10.05
"""Beyond ten times the largest run, as people read it, a plan is called a guess."""
WHOSE: dict[Whose, str] = {"the runs": "your runs", "the law's paper": "the law's paper"}
COLUMNS = {
    "data_seen": "data",
    "data_unique": "unique data",
    "epochs": "epochs",
    "data_planned": "length of schedule",
    **dict.fromkeys(SIZES, "size"),
}
"""Columns as people call them; others have their own names."""
MEASURED = {"metric": "metric", "data_unit": "unit of data"}


def trust(row: Row) -> str:
    """How far the row lies from the runs, which limits it leaves, and what is weak about the fit."""
    return " ".join(s for s in (_reach(row), *_conventions(row), _grade(row)) if s)


def guessed(row: Row) -> bool:
    """Whether the row lies too far from the runs to be more than a guess."""
    return bool(10 ** (row.get("distance") or 0.0) >= MOST_TRUSTED)


def held(covered: int, count: int, likely: tuple[float, float]) -> str:
    """How many outcomes 90 % intervals held; where that is not what chance allows, what it allows.

    likely: the least and the largest share that chance allows.
    """
    said = f"Of {count} forecasts of runs that were not known yet, {covered} had the outcome in their 90 % interval"
    low, high = (round(share * count) for share in likely)
    if low <= covered <= high:
        return f"{said}."
    return f"{said}: chance allows {low} to {high}, so its intervals are too {'narrow' if covered < low else 'wide'}."


def whose(row: Row) -> str:
    """Whose runs stand behind a row: the reader's, or those of the paper whose constants were taken."""
    return "the paper's" if row.get("grade") == PUBLISHED else "your"


def _reach(row: Row) -> str:
    """Distance and limits in sentences that do not contradict each other: little compute may still ask for a larger size."""
    distance, limits = row.get("distance"), leaves(row)
    if distance is None:
        return f"This lies outside {limits}." if limits else ""
    spent = "compute" if row.get("flops") or row.get("params") else "data"
    runs = f"{whose(row)} largest run"
    if distance > CLOSE:
        far = "far extrapolation: treat it as a guess" if guessed(row) else "extrapolation"
        said = f"That is {factor(10**distance)}× the {spent} of {runs} ({far})."
        return f"{said} It lies outside {limits}." if limits else said
    if "the range of your runs" in limits:
        return f"This takes no more {spent} than {runs}, but lies outside {limits}."
    inside = f"This lies inside the range of {whose(row)} runs"
    return f"{inside}, but outside {limits}." if limits else f"{inside}."


def leaves(row: Row) -> str:
    """Which ranges the row leaves: "the range of your runs in size and that of the law's paper in data". Of compute, the distance
    speaks."""
    paper = row.get("grade") == PUBLISHED
    beyond = [each for each in _limits(row) if isinstance(each, Beyond) and not (paper and each.whose == "the runs")]
    parts = [(said, listed(names)) for whose, said in WHOSE.items() if (names := _names(beyond, whose))]
    return " and ".join(f"{'that' if place else 'the range'} of {said} in {names}" for place, (said, names) in enumerate(parts))


def _conventions(row: Row) -> list[str]:
    """What the study measures otherwise than the law."""
    unlike = [each for each in _limits(row) if isinstance(each, Unlike)]
    return [f"The law is of {each.law}, not of this {MEASURED[each.column]}." for each in unlike]


def _limits(row: Row) -> list[Beyond | Unlike]:
    return [limit(entry) for entry in row.get("outside") or []]


def listed(names: Sequence[str]) -> str:
    """One, two and three things as people list them: size, data and unique data."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _names(beyond: Sequence[Beyond], whose: Whose) -> list[str]:
    names = [each.column for each in beyond if each.whose == whose and each.column != "flops"]
    return list(dict.fromkeys(COLUMNS.get(name, f"the {name}" if name.startswith(SHARE_OF) else name) for name in names))


def _grade(row: Row) -> str:
    stale = "Newer runs could not be fitted: this plan stands on an older fit." if row.get("stale_since") else ""
    weak = "The fit is weak: see its certificate." if row.get("grade") == "weak" else ""
    return " ".join(s for s in (weak, stale) if s)
