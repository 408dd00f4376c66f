"""The columns of a study's laws that its runs do not have, filled from where they live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

from pipeline.errors import FitError, StudyError, Wrong
from pipeline.study.derived.beside import PREFIX, named, values_beside
from pipeline.study.derived.declared import expressed
from pipeline.study.derived.growth import flops_along
from pipeline.study.derived.logs import RunLogs
from pipeline.study.derived.members import one_of, shares
from pipeline.study.derived.rules import BY_COLUMN, DROP, DROPS
from pipeline.study.derived.sizes import first_component

if TYPE_CHECKING:
    from pipeline.study.declaration import Study

AT_END = "@end"
"""What the name of a column ends in that holds its value at the end of the training that was planned."""
LISTS = {"first_component": list, "shares": list, "one_of": str, "along": str}
"""What a column may be made of beside a metric or an expression, and the type of what it names."""


def check_derive(derive: Mapping[str, Any]) -> None:
    """Refuses a table [derive] of a study that cannot be followed: ValueError with the key and the fix."""
    for name, declared in derive.items():
        if not name.isidentifier():
            raise Wrong(f"derive: {name!r} is no name of a column", fix="use letters, digits and _")
        if isinstance(declared, str) and declared.strip():
            continue
        rule, given = next(iter(declared.items())) if isinstance(declared, dict) and len(declared) == 1 else ("", None)
        if rule not in LISTS or not isinstance(given, LISTS[rule]) or not given:
            raise ValueError(
                f'derive: {name} = {declared!r} must be an expression of columns, a metric as "{PREFIX}loss@validation/c4", or '
                f'one of {{ first_component = ["{PREFIX}..."] }}, {{ shares = ["column"] }}, '
                f'{{ one_of = "column" }}, {{ along = "params_active" }}'
            )


def derived_names(study: Study) -> list[str]:
    """Columns that the study's laws read and that may have to be made: declared ones first, in their order."""
    read = [name for law in study.law_objects() for name in (*law.columns, *_member_lists(law.member_columns))]
    settings = [law.response for law in study.law_objects() if law.response in BY_COLUMN]
    spent = ["step"] if study.reach is not None else []
    return list(dict.fromkeys([*study.derive, *read, *settings, *spent]))


def other_metrics(study: Study) -> bool:
    """Whether the study may read what its runs logged beside its own metric."""
    from pipeline.study.observations import KNOWN

    return any(
        name in study.derive or (name not in KNOWN and (name not in BY_COLUMN or BY_COLUMN[name].reads_metrics))
        for name in derived_names(study)
    )


def with_derived(connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with every column that its laws read, where anything tells it; NULL where nothing does.

    Rows of awaited runs also have each made column as it will be at the end of their training, under its name and AT_END.
    """
    from pipeline.study.observations import grown

    wanted = [name for name in derived_names(study) if _lacking(frame, name) or name in study.derive]
    if not wanted or frame.is_empty():
        return frame
    logs = RunLogs(connection, frame["run_key"].unique().to_list(), str(study.source), study.split, study.task)
    made = _made(study, frame, logs, wanted)
    changed = [name for name in wanted if name in made.columns]
    awaited = made["status"].ne_missing("finished")
    if changed and awaited.any():
        end = _made(study, grown(frame), logs, wanted)
        made = made.with_columns(end[name].alias(f"{name}{AT_END}") for name in changed if end[name].null_count() < end.height)
    return made


def _lacking(frame: pl.DataFrame, name: str) -> bool:
    return name not in frame.columns or frame[name].null_count() > 0


def _member_lists(member_columns: Iterable[str]) -> list[str]:
    return [DROPS] if set(DROP) & set(member_columns) else []


def _made(study: Study, frame: pl.DataFrame, logs: RunLogs, wanted: list[str]) -> pl.DataFrame:
    found = frame
    for name in wanted:
        if name in found.columns and not _lacking(found, name) and name not in study.derive:
            continue
        for column, values in _of(study, found, logs, name).items():
            before = found[column] if column in found.columns and column not in study.derive else None
            found = found.with_columns(values if before is None else _filled(before, values))
    return found


def _filled(before: pl.Series, values: pl.Series) -> pl.Series:
    """What was logged, and what is derived where nothing was."""
    return pl.select(pl.coalesce(before.cast(values.dtype), values)).to_series().alias(before.name)


def _of(study: Study, rows: pl.DataFrame, logs: RunLogs, name: str) -> Mapping[str, pl.Series]:
    """A column by what the study declares, by a metric of that name, or by a rule, whichever there is first."""
    declared = study.derive.get(name)
    if isinstance(declared, str):
        if declared.startswith(PREFIX):
            return {name: values_beside(rows, logs, named(declared), name)}
        return {name: expressed(logs.connection, rows, declared, name, f"{study.source}: [derive] {name}")}
    if isinstance(declared, dict):
        return {name: _of_list(study, rows, logs, name, declared)}
    if name in logs.metrics and name not in BY_COLUMN and name not in ("params", "flops", "step", "lr"):
        return {name: values_beside(rows, logs, named(name), name)}
    return BY_COLUMN[name].make(rows, logs) if name in BY_COLUMN else {}


def _of_list(study: Study, rows: pl.DataFrame, logs: RunLogs, name: str, declared: Mapping[str, Any]) -> pl.Series:
    """A column made of several: the first component of scores, or the members of a mixture or a family."""
    ((rule, given),) = declared.items()
    where = f"{study.source}: [derive] {name}"
    if rule == "first_component":
        own = (study.metric, study.task)
        texts = [text for text in given if (named(text).metric, named(text).task) != own]
        try:
            return first_component([values_beside(rows, logs, named(text), text) for text in texts], rows["used"], name)
        except FitError as error:
            raise StudyError.at(where, error) from error
    if rule == "along":
        return flops_along(rows, logs.values(named(given).metric), name)
    return one_of(rows, given, where) if rule == "one_of" else shares(rows, given, where)
