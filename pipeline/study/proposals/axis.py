"""An axis of runs: a column or a tag along which a metric is asked."""

from dataclasses import dataclass

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
