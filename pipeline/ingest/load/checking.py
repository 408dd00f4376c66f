"""From a column of a part to checked SQL: its typed value, a quick test that it is good, and for a bad one the reason.

The quick test runs over every row, the reasons only over the rows that fail it.
"""

import re
from dataclasses import dataclass, replace

from pipeline.expressions.expression import Expression
from pipeline.readers.names import INFINITE, NOT_NUMBERS
from pipeline.readers.parts import Value
from pipeline.schema import KNOWN_VALUES, MEASUREMENTS, Column
from pipeline.schema.column import number
from pipeline.schema.metrics import FRACTIONS
from pipeline.store.statements import literal

RANGES = {
    "loss": number("value", "", low=0),
    "bits_per_byte": number("value", "", low=0),
    "perplexity": number("value", "", low=1),
    **{name: number("value", "", low=0, high=1) for name in FRACTIONS},
}


@dataclass(frozen=True)
class Checked:
    """One column of a part: the typed value, the test that it is good, and (reason, test that it is bad) pairs in order.

    `label` is what a person calls the column.
    """

    name: str
    column: Column
    source: Expression
    typed: str
    good: str
    bad: tuple[tuple[str, str], ...]
    label: str = ""
    aside: bool = False  # it may be refused without its row
    derived: bool = False  # it is computed from another cell, which says itself what is wrong


def check_column(name: str, column: Column, source: Expression, required: bool = False) -> Checked:
    """How `column` is made from `source`, and when it is refused."""
    x = source.sql
    if column.type == "VARCHAR":
        typed = x if source.kind in ("raw", "text") else f"CAST({x} AS VARCHAR)"
        good, bad = [f"{x} IS NOT NULL AND {typed} <> ''"] if required else [], []
        if required:
            bad = [("missing_value", f"{x} IS NULL OR {typed} = ''")]
        if allowed := KNOWN_VALUES.get(column.name):
            known = f"lower({typed}) IN ({', '.join(map(literal, allowed))})"
            typed, good, bad = f"lower({typed})", [f"({x} IS NULL OR {known})"], [("unknown_value", f"NOT {known}")]
    else:
        typed, good, bad = _number(column, source, required)
    foreign = [raw for raw in sorted(source.numbers) if raw != x]
    good += [f"({raw} IS NULL OR TRY_CAST({raw} AS DOUBLE) IS NOT NULL)" for raw in foreign]
    bad = [("wrong_type", f"{raw} IS NOT NULL AND TRY_CAST({raw} AS DOUBLE) IS NULL") for raw in foreign] + bad
    return Checked(name, column, source, typed, " AND ".join(good) or "true", tuple(bad))


def _number(column: Column, source: Expression, required: bool) -> tuple[str, list[str], list[tuple[str, str]]]:
    x = source.sql
    if column.type == "TIMESTAMP":
        typed = f"CAST(TRY_CAST({x} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP)"
        finite, bounds = [f"{typed} IS NOT NULL"], []
    elif column.type == "BIGINT":
        typed = f"TRY_CAST({x} AS BIGINT)"
        finite, bounds = [f"{typed} = TRY_CAST({x} AS DOUBLE)"], _bounds(column, typed)
    else:
        typed = f"TRY_CAST({x} AS DOUBLE)"
        finite, bounds = [f"isfinite({typed})"], _bounds(column, typed)
    test = " AND ".join([*finite, *bounds])
    good = [f"({test})" if required else f"({x} IS NULL OR ({test}))"]
    bad = [("missing_value", f"{x} IS NULL")] if required else []
    as_double = f"TRY_CAST({x} AS DOUBLE)"
    if column.type != "TIMESTAMP":
        shown = f"CAST({as_double} AS VARCHAR)"  # isnan trusts a Parquet file's statistics, which leave NaN out
        bad += [("not_a_number", f"{shown} = 'nan'{_spelled(source, NOT_NUMBERS)}")]
        bad += [("infinite", f"{shown} IN ('inf', '-inf'){_spelled(source, INFINITE)}")]
    bad += [("wrong_type", f"{x} IS NOT NULL AND {finite[0]} IS NOT TRUE")]
    bad += [("out_of_range", f"NOT ({' AND '.join(bounds)})")] if bounds else []
    return typed, good, bad


def _spelled(source: Expression, words: re.Pattern[str]) -> str:
    """Also what the text spells, where DuckDB knows no such number."""
    text = f"trim(CAST({source.sql} AS VARCHAR))"
    return f" OR regexp_full_match({text}, {literal(words.pattern)}, 'i')" if source.kind in ("raw", "text") else ""


def _bounds(column: Column, typed: str) -> list[str]:
    tests = [(">=", column.low), (">", column.above), ("<=", column.high)]
    return [f"{typed} {sign} {bound!r}" for sign, bound in tests if bound is not None]


def check_value(place: int, value: Value, required: bool) -> Checked:
    """How the value of a metric is made, and when it is refused: loss, perplexity and every fraction have ranges."""
    if value.name:
        known = check_column(f"v{place}", RANGES.get(value.name, MEASUREMENTS["value"]), value.value, required)
        return replace(known, label=value.label)
    plain = check_column(f"v{place}", MEASUREMENTS["value"], value.value, required)
    metric, typed = value.metric.sql, plain.typed
    tests = {name: " AND ".join(_bounds(column, typed)) for name, column in RANGES.items()}
    cases = " ".join(f"WHEN {literal(name)} THEN {test}" for name, test in tests.items())
    inside = f"(({typed} > 0 AND {typed} <= 1) OR CASE {metric} {cases} ELSE true END)"
    return Checked(
        plain.name,
        plain.column,
        plain.source,
        typed,
        f"{plain.good} AND {inside}",
        (*plain.bad, ("out_of_range", f"NOT {inside}")),
        value.label,
    )
