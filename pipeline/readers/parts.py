"""A part: the rows of one kind that a file holds, as expressions over the staged columns of that file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pipeline.expressions.expression import Expression, constant
from pipeline.readers.names import share_in_percent
from pipeline.schema import MEASUREMENTS, RUNS, TABLES, Column

KINDS = ("runs", "measurements", "pools", "pool_members")
REQUIRED = {
    "runs": ("run_id",),
    "measurements": ("run_id",),
    "pools": ("pool",),
    "pool_members": ("pool", "member", "share"),
}
POINT = ("step", "data_seen", "flops", "lr")
LABELS = ("metric", "split", "task")
TEXT = re.compile(r"'(?:[^']|'')*'")


@dataclass(frozen=True)
class Value:
    """One metric that each row may hold: its name, split and task (the same or another one in each row) and its value."""

    metric: Expression
    split: Expression
    task: Expression
    value: Expression
    name: str = ""  # the metric where it is the same in every row
    derived: bool = False  # an error that follows from the accuracy beside it

    @property
    def labels(self) -> dict[str, Expression]:
        """Metric, split and task by name."""
        return {"metric": self.metric, "split": self.split, "task": self.task}

    @property
    def constants(self) -> dict[str, Expression]:
        """The labels that are one text in every row, where the metric is."""
        return {name: source for name, source in self.labels.items() if self.name and TEXT.fullmatch(source.sql)}

    @property
    def label(self) -> str:
        """What a person calls its cell: `value` of a long row, `metric:NAME@SPLIT/TASK` of a wide one."""
        if not self.name:
            return "value"
        stated = {name: source.sql[1:-1].replace("''", "'") for name, source in self.constants.items()}
        split, task = stated.get("split", ""), stated.get("task", "")
        where = f"{split}/{task}" if task else split
        return f"metric:{self.name}{f'@{where}' if where else ''}"


@dataclass(frozen=True)
class Part:
    """Rows of one kind in the staged relation; `columns` has canonical names (`run:` where a measurement has that name)."""

    kind: str
    relation: str
    columns: Mapping[str, Expression]
    values: tuple[Value, ...] = ()
    keep: Expression | None = None
    tags: tuple[tuple[str, str], ...] = field(default=())
    forgiving: bool = False  # a cell that is refused leaves the rest of its row: in what a tracker wrote nobody mends a cell
    tidy: bool = False  # its names have no blanks around them
    stated: frozenset[str] = frozenset()  # fractions whose unit a map says
    unclear: bool = False  # the table unclear_series names series that may be fractions or percentages

    @property
    def run_columns(self) -> dict[str, tuple[Column, Expression]]:
        """Canonical columns of the run, and what they are made from."""
        found = {}
        for name, expression in self.columns.items():
            plain = name.removeprefix("run:")
            of_run = self.kind == "runs" or name.startswith("run:") or plain not in MEASUREMENTS
            if of_run and plain in RUNS and plain not in ("run_id", "namespace"):
                found[plain] = (RUNS[plain], expression)
        return found

    @property
    def point_columns(self) -> dict[str, tuple[Column, Expression]]:
        """Where on the curve a row lies; of a run's row: its end."""
        names = ("data_seen", "flops") if self.kind == "runs" else POINT
        return {name: (MEASUREMENTS[name], self.columns[name]) for name in names if name in self.columns}

    @property
    def table_columns(self) -> dict[str, tuple[Column, Expression]]:
        """Columns of a row of pools or pool_members."""
        return {name: (TABLES[self.kind][name], expression) for name, expression in self.columns.items()}


def from_percent(value: Value) -> Value:
    """A value that was logged in percent as a fraction."""
    raw = value.value
    numbers = raw.numbers | ({raw.sql} if raw.kind == "raw" else set())
    return replace(value, value=Expression(f"(TRY_CAST({raw.sql} AS DOUBLE) / 100)", "number", numbers))


def wide_values(columns: Mapping[str, Expression], default_split: Expression, default_task: Expression) -> tuple[Value, ...]:
    """The columns `metric:NAME` or `metric:NAME@SPLIT/TASK` as values; error = 1 - accuracy is added where it is not logged.

    A known fraction whose name says percent is one hundredth of it, unless it is logged as a fraction too.
    """
    found: dict[tuple[str, str], Value] = {}
    for column, expression in columns.items():
        if not column.startswith("metric:"):
            continue
        name, sign, where = column.removeprefix("metric:").partition("@")
        split, _, task = where.partition("/")
        share = share_in_percent(name)
        share = None if f"metric:{share}{sign}{where}" in columns else share
        value = Value(
            constant(share or name),
            constant(split) if split else default_split,
            constant(task) if task else default_task,
            expression,
            share or name,
        )
        found[value.name, where] = from_percent(value) if share else value
    return with_errors(found.values())


def with_errors(values: Iterable[Value]) -> tuple[Value, ...]:
    """The values, and behind them the error of every accuracy that has none beside it."""
    logged = [value for value in values if not value.derived]
    errors = {(value.split, value.task) for value in logged if value.name == "error"}
    alone = [value for value in logged if value.name == "accuracy" and (value.split, value.task) not in errors]
    return (*logged, *map(_error_of, alone))


def _error_of(accuracy: Value) -> Value:
    number = Expression(f"(1 - TRY_CAST({accuracy.value.sql} AS DOUBLE))", "number", accuracy.value.numbers)
    return replace(accuracy, metric=constant("error"), value=number, name="error", derived=True)
