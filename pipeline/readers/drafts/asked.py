"""What a draft of a map asks the person who reads it: the result, and the size where a column may or may not be it."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.readers.drafts.apart import reads
from pipeline.readers.drafts.drafted_counts import WITH_LETTER, as_count, column_of
from pipeline.readers.drafts.drafted_data import STEPS
from pipeline.readers.drafts.first_rows import first_rows, numbers
from pipeline.readers.drafts.kin import tail_of
from pipeline.readers.names import LEAST_AMOUNT, RUN_COLUMNS
from pipeline.readers.settings import STEMS
from pipeline.readers.shape import Refused
from pipeline.schema.metrics import METRICS

IN_NAME = {
    "params": re.compile(r"(?:^|[_-])(N|n|params|size)[_=]?\d{4,}(?![0-9A-Za-z.])"),
    "tag:data_planned": re.compile(r"(?:^|[_-])(D|d|tokens|data)[_=]?\d{4,}(?![0-9A-Za-z.])"),
}
"""How a file of a curve is named after the size of its model, and after the data that its run was to see."""
COUNTED = ("params", "params_nonembedding", "params_active")
FEWEST_SERIES = 2


@dataclass(frozen=True)
class Table:
    """The file, its first values by column, and the columns that measure and that say amounts."""

    path: Path
    values: Mapping[str, Sequence[str]]
    metrics: Mapping[str, str]
    amounts: Mapping[str, str]


def amounts_in_name(path: Path) -> dict[str, str]:
    """The amounts that a file's name says of its run, as expressions."""
    found = {column: name for column, pattern in IN_NAME.items() if (name := pattern.search(path.stem))}
    return {column: f"CAST(regexp_extract(file_name, '{name[1]}[_=]?([0-9]+)', 1) AS DOUBLE)" for column, name in found.items()}


def series_beside_steps(path: Path) -> str:
    """How columns that hold a run each, beside one of steps, can be read; empty of another table."""
    try:
        values = first_rows(path)
    except Refused:
        return ""
    first, *series = values or ("",)
    if first.lower() not in STEPS or len(series) < FEWEST_SERIES or not all(numbers(values[name]) for name in series):
        return ""
    return (
        f"where each column beside {first!r} is a run, call it 'RUN - METRIC', like '{series[0]} - accuracy' or "
        f"'{series[0]} - val/loss', and the file is read as a chart"
    )


def in_doubt(column: str, source: str, values: Mapping[str, Sequence[str]]) -> bool:
    """Whether a column that is loosely called a size holds no counts: its numbers are too small, and nothing says in what."""
    name = source.strip('"')
    given = numbers(values.get(name, ()))
    return column in COUNTED and column_of(name, RUN_COLUMNS)[0] is None and bool(given) and max(given) < LEAST_AMOUNT


def asked_result(table: Table) -> list[str]:
    """What the runs reached: an amount of which more or less is better, like a throughput, else a line that asks for it.

    Of settings beside a result nothing is asked.
    """
    if tail_of(table.path)[1:].lower() in STEMS:
        return []
    for column, source in table.amounts.items():
        if column in METRICS and METRICS[column].goal:
            return [f"{toml_text(f'metric:{column}')} = {toml_text(source)}"]
    left = [name for name, given in table.values.items() if numbers(given) and column_of(name)[0] is None]
    shown = ", ".join(left) or "none of these"
    return [f'# which column is the result? "metric:loss@validation" = "COLUMN", or accuracy, error: {shown}']


def asked_size(table: Table, said: Collection[str]) -> list[str]:
    """A line that asks whether a column is the model's size, where none of the expressions says it: `2M`, or 1.5 of something."""
    if "params" in table.amounts or tail_of(table.path)[1:].lower() in STEMS:
        return []
    for name, given in table.values.items():
        if given and not reads(said, name) and all(WITH_LETTER.fullmatch(value) for value in given):
            return [f"# params = {toml_text(as_count(name, given))}   # where {name} is the size of the model"]
        if column_of(name)[0] == "params" and in_doubt("params", name, table.values):
            counted = toml_text(as_count(name, given, 1e6))
            return [f"# params = {counted}   # {name} holds no counts: where they are millions, or * 1e9 where they are billions"]
    return []


def toml_text(text: str | list[str]) -> str:
    """A TOML string, or a list of some: of the characters that a name may hold, JSON escapes as TOML does."""
    return json.dumps(text, ensure_ascii=False)
