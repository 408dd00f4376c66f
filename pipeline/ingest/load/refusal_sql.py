"""Why a cell is refused, in SQL: the reason code, what the cell says, and the fix."""

from pipeline.expressions.expression import Expression
from pipeline.ingest.load.checking import Checked
from pipeline.schema import KNOWN_VALUES, Column
from pipeline.store.statements import literal

FIXES = {
    "missing_value": "fill it in",
    "missing_column": "give the row as many cells as the header has",
    "wrong_type": "write a {type}",
    "not_a_number": "a diverged run is better marked status = failed, without a value",
    "infinite": "a diverged run is better marked status = failed, without a value",
    "out_of_range": "it must be {range}",
    "unclear_unit": "other values of its metric lie between 1 and 100, so that it may be in percent: write all as fractions, "
    'or say in a map [units] what they are in, as accuracy = "percent"',
    "unknown_value": "use one of {known}",
}


def refusal(check: Checked) -> str:
    """The reason and the words for which a cell is refused; NULL where it is good."""
    shown = f"coalesce(left(CAST({check.source.sql} AS VARCHAR), 200), 'empty')"
    label = check.label or (check.name.removeprefix("run_") if check.name != "run_id" else "run_id")
    cases = []
    for reason, test in check.bad:
        known = ", ".join(KNOWN_VALUES.get(check.column.name, ()))
        fix = FIXES[reason].format(type=_type_words(check.column), range=_range_words(check.column), known=known)
        said = f"{literal(f'{label} = ')} || {shown} || {literal('; ' + fix)}"
        cases.append(f"WHEN {test} THEN {literal(reason)} || chr(31) || {said}")
    return f"CASE {' '.join(cases)} END" if cases else "NULL"


def filter_refusal(keep: Expression) -> str:
    """The reason for which a row is refused that a map's filter cannot judge."""
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
