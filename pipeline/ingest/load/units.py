"""Units of a loss: nats or bits, per token or per byte; of a fraction: percent. Converted only where the log's map says them.

loss [nats per token] = bits per token * ln 2 = bits per byte * ln 2 * bytes per token; fraction = percent / 100.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import log

from pipeline.expressions.expression import Expression, constant
from pipeline.readers.names import PERCENT
from pipeline.readers.parts import Value, from_percent
from pipeline.schema.metrics import FRACTIONS
from pipeline.store.statements import literal

FACTORS = {
    "nats per token": ("loss", 1.0),
    "bits per token": ("loss", log(2)),
    "nats per byte": ("bits_per_byte", 1 / log(2)),
    "bits per byte": ("bits_per_byte", 1.0),
    "nats per character": ("bits_per_character", 1 / log(2)),
    "bits per character": ("bits_per_character", 1.0),
}
"""Unit of a logged loss -> the canonical metric that it is, and the factor to it, where nothing else is known."""
COLUMN = re.compile(r'"((?:[^"]|"")+)"')
"""A column of a file, and nothing else of an expression."""


def no_loss(values: tuple[Value, ...]) -> list[str]:
    """The metrics of a map none of whose values can be a `loss`; nothing where one is, or where a column names the metric."""
    named = _named(values)
    return [] if "loss" in named or len(named) < len(values) else sorted(set(named)) or ["no metric"]


def _named(values: tuple[Value, ...]) -> list[str]:
    """The metrics of the values whose metric is the same in every row."""
    return [value.name or value.metric.sql.strip("'") for value in values if value.name or value.metric.sql.startswith("'")]


def unsaid(values: tuple[Value, ...], fractions: Iterable[str]) -> list[str]:
    """The fractions that no value of a map can be; none where a column names the metric."""
    named = _named(values)
    return [] if len(named) < len(values) else sorted({*fractions} - {*named})


def in_percent(value: Value, metrics: Iterable[str]) -> Value:
    """The value as a fraction where it is one of these metrics, which are logged in percent."""
    raw, named = value.value, ", ".join(map(literal, metrics))
    if not named or (value.name and value.name not in metrics):
        return value
    share = from_percent(value)
    if value.name:
        return share
    number = f"CASE WHEN {value.metric.sql} IN ({named}) THEN {share.value.sql} ELSE TRY_CAST({raw.sql} AS DOUBLE) END"
    return replace(value, value=replace(share.value, sql=number))


def from_columns(values: Iterable[Value], stated: Iterable[str]) -> Iterator[Value]:
    """The values as fractions where the column that holds one says percent, and the map says nothing of it."""
    for value in values:
        column = COLUMN.fullmatch(value.value.sql)
        said = column and value.name in FRACTIONS and value.name not in stated and PERCENT.fullmatch(column[1].strip())
        yield from_percent(value) if said else value


def in_unit(values: tuple[Value, ...], unit: str, bytes_per_token: Expression | None) -> Iterator[Value]:
    """The values with every `loss` as the canonical metric of its unit; of a loss a byte, nats a token where bytes are known."""
    metric, factor = FACTORS[unit]
    for value in values:
        if value.name not in ("", "loss") or unit == "nats per token":
            yield value
        elif metric == "bits_per_byte" and bytes_per_token is not None:
            yield _scaled(value, "loss", factor * log(2), bytes_per_token)
        else:
            yield _scaled(value, metric, factor, None)


def _scaled(value: Value, metric: str, factor: float, bytes_per_token: Expression | None) -> Value:
    raw, number = value.value, f"(TRY_CAST({value.value.sql} AS DOUBLE) * {factor!r})"
    numbers = raw.numbers | ({raw.sql} if raw.kind == "raw" else set())
    if bytes_per_token is not None:
        size = f"TRY_CAST({bytes_per_token.sql} AS DOUBLE)"
        lacking = f"{raw.sql} IS NOT NULL AND ({size} > 0) IS NOT TRUE"  # refused as no number, instead of dropped in silence
        number = f"CASE WHEN {lacking} THEN 'bytes_per_token is not above 0' ELSE CAST({number} * {size} AS VARCHAR) END"
        numbers |= bytes_per_token.numbers
    if value.name:
        return replace(value, metric=constant(metric), name=metric, value=Expression(number, "text", numbers))
    is_loss = f"{value.metric.sql} = 'loss'"
    named = Expression(f"CASE WHEN {is_loss} THEN {literal(metric)} ELSE {value.metric.sql} END", "text", value.metric.numbers)
    chosen = f"CASE WHEN {is_loss} THEN CAST({number} AS VARCHAR) ELSE CAST({raw.sql} AS VARCHAR) END"
    return replace(value, metric=named, value=Expression(chosen, "text", numbers))
