"""From a part to checked SQL: typed columns, a quick test that a row is good, and for a bad row the reason.

The quick test runs over every row, the reasons only over the rows that fail it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.expressions.expression import Expression
from pipeline.readers.names import INFINITE, NOT_NUMBERS
from pipeline.readers.parts import REQUIRED, Part, Value
from pipeline.schema import KNOWN_VALUES, MEASUREMENTS, TABLES, Column
from pipeline.schema.column import number
from pipeline.store.statements import Fragment, literal, quote

RANGES = {
    "loss": number("value", "", low=0),
    "bits_per_byte": number("value", "", low=0),
    "perplexity": number("value", "", low=1),
    "error": number("value", "", low=0, high=1),
    "accuracy": number("value", "", low=0, high=1),
}
STRICT = ("run_id", "run_status", "step", "data_seen", "metric")
"""What says whose a row is and where it lies: without it the row means something else, or nothing."""
FIXES = {
    "missing_value": "fill it in",
    "missing_column": "give the row as many cells as the header has",
    "wrong_type": "write a {type}",
    "not_a_number": "a diverged run is better marked status = failed, without a value",
    "infinite": "a diverged run is better marked status = failed, without a value",
    "out_of_range": "it must be {range}",
    "unknown_value": "use one of {known}",
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
    """How the value of a metric is made, and when it is refused; loss, error and accuracy have ranges."""
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


def checks(part: Part) -> Iterator[Checked]:
    """Every column of the part, checked; where the part forgives, those aside are empty where they are refused."""
    for check in _checks(part):
        strict = check.name in STRICT or (not check.label.startswith("metric:") and check.name.startswith("v"))
        if not part.forgiving or strict:
            yield check
        else:
            yield replace(check, typed=f"CASE WHEN {check.good} THEN {check.typed} END", aside=True)


def _checks(part: Part) -> Iterator[Checked]:
    required = REQUIRED[part.kind]
    if part.kind in ("pools", "pool_members"):
        for name, (column, source) in part.table_columns.items():
            yield check_column(name, column, source, name in required)
        return
    yield check_column("run_id", TABLES["runs_history"]["run_id"], part.columns["run_id"], True)
    for name, (column, source) in part.run_columns.items():
        yield check_column(f"run_{name}", column, source)
    for name, (column, source) in part.point_columns.items():
        yield check_column(name, column, source)
    names = sorted(value.name for value in part.values)
    alone = part.kind == "measurements" and (len(names) == 1 or names == ["accuracy", "error"])
    failed = _failed(part)
    for place, value in enumerate(part.values):
        if not value.name:
            yield check_column("metric", MEASUREMENTS["metric"], value.metric, True)
        checked = check_value(place, replace(value, value=_empty_if(failed, value.value)), alone and not part.forgiving)
        yield replace(checked, derived=value.name == "error" and "accuracy" in names and value.value.kind == "number")


def _failed(part: Part) -> str:
    """The test that a row says of its run that it failed: such a run has no last value, whatever the log holds there."""
    found = part.run_columns.get("status") if part.kind == "runs" else None
    return f"lower(CAST({found[1].sql} AS VARCHAR)) = 'failed'" if found else ""


def _empty_if(failed: str, value: Expression) -> Expression:
    if not failed:
        return value
    shown = f"CAST(TRY_CAST({value.sql} AS DOUBLE) AS VARCHAR)"
    text = f"CASE WHEN {failed} AND {shown} IN ('nan', 'inf', '-inf') THEN NULL ELSE {value.sql} END"
    numbers = value.numbers | ({value.sql} if value.kind == "raw" else set())
    return replace(value, sql=text, numbers=numbers)


def typed_view(part: Part) -> dict[str, Fragment]:
    """The pieces of sql/view_typed.sql and sql/select_refused.sql for this part."""
    every = list(checks(part))
    columns = [f"{check.typed} AS {quote(check.name)}" for check in every]
    for place, value in enumerate(part.values):
        varying = {name: source for name, source in value.labels.items() if name not in value.constants}
        columns += [f"coalesce({source.sql}, '') AS {name}_{place}" for name, source in varying.items()]
    if part.tags:
        entries = ", ".join(f"struct_pack(k := {literal(name)}, v := CAST({source} AS VARCHAR))" for name, source in part.tags)
        columns.append(
            f"map_from_entries(list_filter([{entries}], lambda entry: entry.v IS NOT NULL AND entry.v <> '')) AS run_tags"
        )
    good, refusals = [check.good for check in every if not check.aside], [_refusal(check) for check in every]
    whole = "true"
    if part.forgiving:
        whole = _all(check.good for check in every)
        columns.append(f"({whole}) AS whole")
        good += _something_left(part, every)
    kept = "true"
    if part.keep is not None:
        kept = f"coalesce({part.keep.sql}, false)"
        good += [f"{part.keep.sql} IS NOT NULL", *(f"isfinite(TRY_CAST({raw} AS DOUBLE))" for raw in sorted(part.keep.numbers))]
        refusals += [_filter_refusal(part.keep)]
    cells = [_refusal(check) for check in every if check.aside and not check.derived]
    return {
        "columns": Fragment(", ".join(columns)),
        "good": Fragment(f"({_all(good)})"),
        "kept": Fragment(kept),
        "whole": Fragment(f"({whole})"),
        "cells": Fragment(", ".join(cells) or "CAST(NULL AS VARCHAR)"),
        "refusal": Fragment("coalesce(" + ", ".join([*refusals, "'unreadable' || chr(31) || 'the row was refused'"]) + ")"),
    }


def _all(tests: Iterable[str]) -> str:
    return " AND ".join(tests) or "true"


def _something_left(part: Part, every: Sequence[Checked]) -> list[str]:
    """The test that a row of measurements without its refused values still says something; a run's row does without them."""
    values = [check for check in every if check.aside and check.name.startswith("v")]
    if part.kind != "measurements" or not values:
        return []
    return [f"(({_all(check.good for check in values)}) OR coalesce({', '.join(check.typed for check in values)}) IS NOT NULL)"]


def refused_values(part: Part) -> dict[str, Fragment]:
    """The pieces of sql/insert_unusable_points.sql: of each value its names and why it is refused, and where its row lies."""
    every = {check.name: check for check in checks(part)}
    entries = []
    for place, value in enumerate(part.values):
        labels = ", ".join(f"{name} := coalesce(CAST({source.sql} AS VARCHAR), '')" for name, source in value.labels.items())
        entries.append(f"struct_pack({labels}, refusal := {_refusal(every[f'v{place}'])})")
    nothing = {"step": "CAST(NULL AS BIGINT)", "data_seen": "CAST(NULL AS DOUBLE)"}
    places = {name: Fragment(every[name].typed if name in every else text) for name, text in nothing.items()}
    return {"values": Fragment(", ".join(entries)), "run_id": Fragment(every["run_id"].typed), **places}


def _refusal(check: Checked) -> str:
    shown = f"coalesce(left(CAST({check.source.sql} AS VARCHAR), 200), 'empty')"
    label = check.label or (check.name.removeprefix("run_") if check.name != "run_id" else "run_id")
    cases = []
    for reason, test in check.bad:
        known = ", ".join(KNOWN_VALUES.get(check.column.name, ()))
        fix = FIXES[reason].format(type=_type_words(check.column), range=_range_words(check.column), known=known)
        said = f"{literal(f'{label} = ')} || {shown} || {literal('; ' + fix)}"
        cases.append(f"WHEN {test} THEN {literal(reason)} || chr(31) || {said}")
    return f"CASE {' '.join(cases)} END" if cases else "NULL"


def _filter_refusal(keep: Expression) -> str:
    cases = []
    for raw in sorted(keep.numbers):
        as_double, name = f"TRY_CAST({raw} AS DOUBLE)", literal(raw.strip('"') + " is what the filter needs")
        cases.append(f"WHEN isnan({as_double}) THEN 'not_a_number' || chr(31) || {name}")
        cases.append(f"WHEN isinf({as_double}) THEN 'infinite' || chr(31) || {name}")
        cases.append(f"WHEN {raw} IS NOT NULL AND {as_double} IS NULL THEN 'wrong_type' || chr(31) || {name} || ', as a number'")
    empty = "'missing_value' || chr(31) || 'the filter needs a value that is empty'"
    return f"CASE {' '.join(cases)} WHEN {keep.sql} IS NULL THEN {empty} END"


def _type_words(column: Column) -> str:
    return {"TIMESTAMP": "date and time", "BIGINT": "whole number"}.get(column.type, "number")


def _range_words(column: Column) -> str:
    words = [("at least", column.low), ("above", column.above), ("at most", column.high)]
    said = " and ".join(f"{word} {bound:g}" for word, bound in words if bound is not None) or "within the metric's range"
    return f"{said}: of a percentage its hundredth" if column.high == 1 else said
