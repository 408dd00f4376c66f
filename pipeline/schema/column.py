"""What a column and a table are: name, type, unit, meaning. Everything that creates or checks tables reads these."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Column:
    """A column: its DuckDB type, its unit, what it means, and the range outside which a logged value is refused."""

    name: str
    type: str
    meaning: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    above: float | None = None  # an open lower bound: the value must be greater

    @property
    def comment(self) -> str:
        """The COMMENT that travels with the column into the published file."""
        return f"{self.meaning} [{self.unit}]" if self.unit else self.meaning


@dataclass(frozen=True)
class Table:
    """A table: what one row is, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]
    published: bool = True
    keys: tuple[str, ...] = ()  # of a plan table: the columns that name a cell, so that it is the same cell in the next plan
    view: bool = False  # made by sql/view_<name>.sql over private tables
    renamed: tuple[tuple[str, str], ...] = ()  # (old name, name) of columns; the published table keeps the old one for a release

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def with_old_names(self) -> "Table":
        """The table as it is published: columns that were renamed have their old names too, after all others."""
        old = (Column(was, self[name].type, f"Old name of {name}, until the next release") for was, name in self.renamed)
        return replace(self, columns=(*self.columns, *old))


def text(name: str, meaning: str) -> Column:
    """A VARCHAR column."""
    return Column(name, "VARCHAR", meaning)


def count(name: str, meaning: str, unit: str = "") -> Column:
    """A BIGINT column that is never negative."""
    return Column(name, "BIGINT", meaning, unit, low=0)


def number(name: str, meaning: str, unit: str = "", **bounds: float) -> Column:
    """A DOUBLE column."""
    return Column(name, "DOUBLE", meaning, unit, **bounds)


def moment(name: str, meaning: str) -> Column:
    """A TIMESTAMP column, in UTC."""
    return Column(name, "TIMESTAMP", meaning, "UTC")


def flag(name: str, meaning: str) -> Column:
    """A BOOLEAN column."""
    return Column(name, "BOOLEAN", meaning)


def estimate(name: str, meaning: str, unit: str = "") -> tuple[Column, Column, Column]:
    """An estimate and its interval: `x`, `x_low`, `x_high` (5th and 95th percentile over calibrated draws)."""
    where = f"of {name} over the draws, calibrated; NULL where fewer than two independent runs inform it"
    low, high = number(f"{name}_low", f"5th percentile {where}", unit), number(f"{name}_high", f"95th percentile {where}", unit)
    return number(name, meaning, unit), low, high


def columns(*parts: Column | Iterable[Column]) -> tuple[Column, ...]:
    """Columns and groups of columns as one flat tuple."""
    return tuple(column for part in parts for column in ([part] if isinstance(part, Column) else part))
