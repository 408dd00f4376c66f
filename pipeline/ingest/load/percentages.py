"""Fractions that may have been logged in percent: the unit is that of a whole series, never of a single value.

A value above 1 is refused by its range. One of at most 1 whose series (file, run, metric, split, task) also holds values between
1 and 100 may be a fraction or a small percentage, and no rule can tell: it is refused too. So is a run that stays at or below 1
beside others of its file that do not, unless these are a tenth of its runs at most and their hundredths lie among its values.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.ingest.load.batch import Batch
from pipeline.ingest.load.checking import Checked, check_column
from pipeline.ingest.load.identity import withdraw_cells
from pipeline.readers.parts import Part, Value
from pipeline.schema import TABLES
from pipeline.schema.metrics import FRACTIONS
from pipeline.store.statements import Fragment, literal, sql

FEW = 0.1
"""Share of the runs of a file that may be the wrong ones."""


def without_unclear(batch: Batch, part: Part) -> Part:
    """The part, told to refuse what may be in percent, by its rows in `typed`; what an earlier state of the log gave goes."""
    metrics = Fragment(", ".join(literal(name) for name in FRACTIONS if name not in part.stated))
    values = [value for value in part.values if (not value.name or _is_asked(part, value)) and not value.derived]
    if not metrics or not values or not batch.one("select_refused_rows", condition=_refused(part, values, metrics))[0]:
        return part
    entries = Fragment(", ".join(map(_entry, values)))
    batch.run("create_unit_series", staged=Fragment(part.relation), run_id=_run_id(part), values=entries, metrics=metrics)
    batch.run("create_unclear_series", few=Fragment(repr(FEW)))
    if not batch.one("select_count", table="unclear_series")[0]:
        return part
    withdraw_cells(batch, part)
    return replace(part, unclear=True)


def with_unit_known(check: Checked, part: Part, value: Value) -> Checked:
    """The check of a value, which also refuses what may be in percent."""
    if not part.unclear or (value.name and not _is_asked(part, value)):
        return check
    metric = literal("accuracy") if value.derived else _text(value.metric.sql)
    series = f"(lawbook_file, {_run_id(part)}, {metric}, {_text(value.split.sql)}, {_text(value.task.sql)})"
    found = f"{series} IN ({sql('select_unclear_series')})"
    unclear = f"coalesce({check.typed} IS NOT NULL AND {found}, false)"
    return replace(check, good=f"{check.good} AND NOT {unclear}", bad=(*check.bad, ("unclear_unit", unclear)))


def _is_asked(part: Part, value: Value) -> bool:
    return value.name in FRACTIONS and value.name not in part.stated


def _refused(part: Part, values: Sequence[Value], metrics: str) -> Fragment:
    """The test that a row has a value that is refused, of a long part only where it is one of a fraction."""
    long = f"metric IN ({metrics}) AND " if any(not value.name for value in values) else ""
    return Fragment(f"{long}{'whole' if part.forgiving else 'good'} IS NOT TRUE")


def _entry(value: Value) -> str:
    labels = ", ".join(f"{name} := {_text(source.sql)}" for name, source in value.labels.items())
    return f"struct_pack({labels}, value := TRY_CAST({value.value.sql} AS DOUBLE))"


def _text(source: str) -> str:
    return f"coalesce(CAST({source} AS VARCHAR), '')"


def _run_id(part: Part) -> Fragment:
    return Fragment(check_column("run_id", TABLES["runs_history"]["run_id"], part.columns["run_id"]).typed)
