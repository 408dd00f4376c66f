"""An axis of runs: a column or a tag along which a metric is asked."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from pipeline.store.statements import quote

PREFIX = "tags."


@dataclass(frozen=True)
class Axis:
    """A tag of runs along which a metric is asked: the column that a law reads, what else is alike along it, and its values."""

    name: str
    derive: str
    values: tuple[float, ...]
    apart: tuple[str, ...]


def named(tag: str) -> str:
    """The tag in an expression of a study: in double quotes where it is no plain name."""
    name = tag.removeprefix(PREFIX)
    return name if name.isidentifier() and name.isascii() else quote(name)


def moves_apart(runs: pl.DataFrame, name: str, *known: str) -> bool:
    """Whether a column takes several values where others have one each: else it follows from them."""
    return bool((runs.group_by(known or pl.lit(1)).agg(pl.col(name).n_unique().alias("many"))["many"] > 1).any())


def of_their_own(runs: pl.DataFrame, names: Iterable[str]) -> list[str]:
    """The columns that do not follow from those before them: a width says nothing beside the size that comes of it."""
    found: list[str] = []
    for name in names:
        if moves_apart(runs, name, *found):
            found.append(name)
    return found
