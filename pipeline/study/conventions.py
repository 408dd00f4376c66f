"""Conventions: what must agree before values of two runs meet in one fit, and what the study is told where it does not.

What params counts (Pearce & Song 2024: the whole gap between Kaplan's and Hoffmann's exponents), the unit of data, the tokenizer
and the unit of a loss, and whether compute was logged or derived.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

import duckdb
import polars as pl

from pipeline.errors import PlanError, StudyError
from pipeline.laws.law import Law
from pipeline.schema import PARAMS_CONVENTIONS
from pipeline.schema.metrics import LOSSES
from pipeline.store.statements import sql
from pipeline.study.bits import refuse_bits_among_nats
from pipeline.study.declaration import Study
from pipeline.terminal import counted

WITH, _WITHOUT = PARAMS_CONVENTIONS
LACKS = "no value of "
MEASURED = ("metric", "split", "task")
PER_BYTE = "compare bits_per_byte, which no tokenizer changes"
Differences = Mapping[str, Mapping[str, int]]
"""Column -> value -> number of runs with it, of each column that differs."""
FIXES = {
    "params_convention": "say params = 'without embeddings', or 'with embeddings', in the study: it takes that number",
    "flops_source": "log flops for all of them, or clear it for all to have 6 * params * data_seen",
    "loss_unit": "convert with [units] in the map where bytes a token are known",
}


def check_conventions(connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame) -> None:
    """Raises StudyError with the columns, the values and the fix where the fitted runs of a cohort do not compare."""
    for (cohort,), rows in frame.group_by("cohort", maintain_order=True):
        differ = {name: found for name, found in _found(connection, study, rows) if len(found) > 1 and name not in study.accept}
        if differ:
            words, fix = _words(differ, str(cohort))
            raise StudyError(words, place=str(study.source), fix=fix)
        refuse_bits_among_nats(study, rows)


def check_compared(study: Study, laws: Sequence[Law], mine: pl.DataFrame, theirs: pl.DataFrame, other: str) -> None:
    """Raises PlanError where two cohorts that a plan compares were measured under different conventions."""
    needed = {name for law in laws for name in law.columns}
    runs = [rows.filter("used").unique("run_key") for rows in (mine, theirs)]
    sides = [dict(_of_runs(study, needed, some)) | {name: _counts(some, name) for name in MEASURED} for some in runs]
    differ = {
        name: (sorted(found), sorted(sides[1][name]))
        for name, found in sides[0].items()
        if name not in study.accept and found and sides[1][name] and set(found) != set(sides[1][name])
    }
    if differ:
        words = "; ".join(f"{name} {', '.join(own)} here, {', '.join(his)} there" for name, (own, his) in differ.items())
        fix = [FIXES[name] for name in differ if name in FIXES] + [PER_BYTE] * ("tokenizer" in differ)
        every = f"name {', '.join(differ)} in `accept` if these values do compare"
        raise PlanError(f"not compared with {other}: {words}", fix=", or ".join([*fix, every]))


def _found(connection: duckdb.DuckDBPyConnection, study: Study, rows: pl.DataFrame) -> Iterator[tuple[str, dict[str, int]]]:
    needed = {name for law in study.law_objects() for name in law.columns}
    yield from _of_runs(study, needed, rows.filter("used").unique("run_key"))
    if study.metric in LOSSES:
        yield "loss_unit", _loss_units(connection, study, rows)


def _of_runs(study: Study, needed: Collection[str], runs: pl.DataFrame) -> Iterator[tuple[str, dict[str, int]]]:
    """The conventions that the runs themselves name: each with its values and the number of runs of each."""
    yield "data_unit", _counts(runs, "data_unit")
    if LOSSES.get(study.metric, "").endswith("per token"):  # it does not compare under two tokenizers
        yield "tokenizer", _counts(runs, "tokenizer")
    if "params" in needed:
        known = runs.drop_nulls("params").with_columns(pl.col("params_convention").fill_null(WITH))
        yield "params_convention", _counts(known, "params_convention")
    if "flops" in needed:
        yield "flops_source", _counts(runs, "flops_source")


def _counts(runs: pl.DataFrame, name: str) -> dict[str, int]:
    return dict(sorted(runs.drop_nulls(name).group_by(name).len().iter_rows()))


def _loss_units(connection: duckdb.DuckDBPyConnection, study: Study, rows: pl.DataFrame) -> dict[str, int]:
    """The study's loss, and the losses in other units of finished runs that lack it."""
    lacking = rows.filter(pl.col("reason").str.starts_with(LACKS))["run_key"].unique().to_list()
    others = [name for name in LOSSES if name != study.metric]
    given = {"keys": lacking, "metrics": others, "split": study.split, "task": study.task}
    found = dict(connection.execute(sql("select_other_losses"), given).fetchall()) if lacking else {}
    return {study.metric: rows.filter("used")["run_key"].n_unique(), **found} if found else {}


def _words(differ: Differences, cohort: str) -> tuple[str, str]:
    """How the runs of a cohort differ, and the fix."""
    where = f" in cohort {cohort!r}" if cohort else ""
    parts = [
        f"{name}{where}: " + ", ".join(f"{value!r} ({counted(count, 'run')})" for value, count in list(values.items())[:5])
        for name, values in differ.items()
    ]
    own = [FIXES[name] for name in differ if name in FIXES]
    every = "add it to group_by, narrow `runs`, or add it to `accept` if these values do compare"
    return f"runs differ in {'; and in '.join(parts)}", "; ".join([*own, every])
