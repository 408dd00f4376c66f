"""What is wrong, or at least worth a look, in the store and in the published file: each finding with its severity and words."""

from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from pipeline.home import Home
from pipeline.operations.declared import declaration_errors
from pipeline.refit.declared import broken_studies
from pipeline.schema.metrics import METRICS
from pipeline.store.frames import read_frame
from pipeline.store.statements import sql
from pipeline.store.warehouse import Warehouse
from pipeline.wording.approaches import disagreement

APART = "see the messages of plan_compute_optimal on profiles that are left out, and add runs on both sides of the optimum"


@dataclass(frozen=True)
class Problem:
    """One thing found. An error blocks what is downstream, a warning never does."""

    severity: Literal["warn", "error"]
    message: str


def impossible_values(home: Home) -> list[Problem]:
    """Stored values that are no numbers, and losses that are not positive."""
    return _each(home, "error", "select_impossible_values")


def broken_declarations(home: Home) -> list[Problem]:
    """Every file that is no valid law, map or study: what it declares is not there, whatever is green."""
    return [Problem("error", str(error)) for error in declaration_errors(home)]


def failed_studies(home: Home, study: str | None = None) -> list[Problem]:
    """Studies, or the one named, that failed or have no usable fit: their last good plan stays."""
    return _each(home, "error", "select_failed_studies", {"study": study})


def unfitted(home: Home, study: str) -> list[Problem]:
    """Why a study that is declared is not fitted: errors of its file, its failure, that no fit may be used, or unread logs."""
    broken = broken_studies(home, list(declaration_errors(home))).get(study, [])
    waits = _each(home, "error", "select_never_fitted", {"study": study})
    return [Problem("error", words) for words in broken] or failed_studies(home, study) + waits


def poor_grades(home: Home) -> list[Problem]:
    """Studies that failed or have no usable fit (error: their last good plan stays), and weak or refused fits (warning)."""
    return failed_studies(home) + _each(home, "warn", "select_poor_fits")


def alarms(home: Home) -> list[Problem]:
    """Alarms of the forecast ledger: calibration, surprising runs, drift."""
    return _each(home, "warn", "select_alarm_messages", {"audit": False})


def audit_findings(home: Home) -> list[Problem]:
    """Fits that the last audit did not find again from scratch: better optima, other laws, refusals."""
    return _each(home, "warn", "select_alarm_messages", {"audit": True})


def not_monotone(home: Home, study: str | None = None) -> list[Problem]:
    """Compute-optimal plans, of all studies or the one named, in which more compute gives a higher loss."""
    return _each(home, "error", "select_not_monotone", {"study": study, "known": list(METRICS)})


def disagreeing_approaches(home: Home) -> list[Problem]:
    """Compute-optimal sizes whose intervals by two approaches (parametric, envelope, isoFLOP) do not meet."""
    with Warehouse(home) as warehouse:
        rows = read_frame(warehouse.connection, sql("select_disagreeing_approaches"), {}).to_dicts()
    return [Problem("warn", _apart(row)) for row in rows]


def _apart(row: dict[str, Any]) -> str:
    where = f"{row['study']}, {row['cohort']}" if row["cohort"] else row["study"]
    said = f"{where}: at {row['flops']:.3e} FLOP: {disagreement(row).rstrip('.')} (budgets that differ: {row['budgets']})"
    return f"{said}; {APART}"


def moved_cells(home: Home) -> list[Problem]:
    """Plan cells that a refit has moved out of the interval that they had before."""
    return _each(home, "warn", "select_moved_cells")


def impossible_runs(home: Home) -> list[Problem]:
    """Runs that a selected law cannot have given if the others are right, or without which a plan leaves its interval."""
    return _each(home, "warn", "select_influential_runs")


def broken_publication(home: Home) -> list[Problem]:
    """Examples of the law book that do not run on the published file; or that it cannot be opened."""
    found = []
    try:
        with duckdb.connect(str(home.published_db), read_only=True) as connection:
            for law, example in connection.execute(sql("select_examples")).fetchall():
                try:
                    connection.execute(example).fetchall()
                except duckdb.Error as error:
                    found.append(Problem("error", f"the example of law {law} does not run: {str(error).splitlines()[0]}"))
    except duckdb.Error as error:
        found.append(Problem("error", f"{home.published_db} does not open: {error}; `lawbook refit` writes it anew"))
    return found


def _each(
    home: Home, severity: Literal["warn", "error"], statement: str, given: dict[str, object] | None = None
) -> list[Problem]:
    with Warehouse(home) as warehouse:
        return [Problem(severity, str(row[0])) for row in warehouse.connection.execute(sql(statement), given).fetchall()]
