"""All columns of a part checked, as the pieces of SQL that type its rows, test them and keep what was refused."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.expressions.expression import Expression
from pipeline.ingest.load.batch import hidden
from pipeline.ingest.load.checking import Checked, check_column, check_value
from pipeline.ingest.load.percentages import with_unit_known
from pipeline.ingest.load.refusal_sql import filter_refusal, refusal
from pipeline.readers.parts import REQUIRED, Part
from pipeline.schema import MEASUREMENTS, TABLES
from pipeline.store.statements import Fragment, literal, quote

STRICT = ("run_id", "run_status", "step", "data_seen", "metric")
"""What says whose a row is and where it lies: without it the row means something else, or nothing."""


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
        yield replace(with_unit_known(checked, part, value), derived=value.derived)


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
        tags = [(name, hidden(name, f"CAST({source} AS VARCHAR)")) for name, source in part.tags]
        entries = ", ".join(f"struct_pack(k := {literal(name)}, v := {source})" for name, source in tags)
        columns.append(
            f"map_from_entries(list_filter([{entries}], lambda entry: entry.v IS NOT NULL AND entry.v <> '')) AS run_tags"
        )
    good, refusals = [check.good for check in every if not check.aside], [refusal(check) for check in every]
    whole = "true"
    if part.forgiving:
        whole = _all(check.good for check in every)
        columns.append(f"({whole}) AS whole")
        good += _something_left(part, every)
    kept = "true"
    if part.keep is not None:
        kept = f"coalesce({part.keep.sql}, false)"
        good += [f"{part.keep.sql} IS NOT NULL", *(f"isfinite(TRY_CAST({raw} AS DOUBLE))" for raw in sorted(part.keep.numbers))]
        refusals += [filter_refusal(part.keep)]
    cells = [refusal(check) for check in every if check.aside and not check.derived]
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
        entries.append(f"struct_pack({labels}, refusal := {refusal(every[f'v{place}'])})")
    nothing = {"step": "CAST(NULL AS BIGINT)", "data_seen": "CAST(NULL AS DOUBLE)"}
    places = {name: Fragment(every[name].typed if name in every else text) for name, text in nothing.items()}
    return {"values": Fragment(", ".join(entries)), "run_id": Fragment(every["run_id"].typed), **places}
