"""The plans of one study: each planning question that its current fits can answer, and in words the ones that they cannot."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from pipeline.compute import MapLike, counted
from pipeline.errors import PlanError
from pipeline.planning import PLANS
from pipeline.progress import Progress, silent
from pipeline.refit.in_store import StudyInStore
from pipeline.refit.keys import plan_key
from pipeline.refit.plan_history import history_of
from pipeline.refit.questions import Question, answer, questions
from pipeline.refit.run_influence import note_influence
from pipeline.schema import TABLES
from pipeline.schema.metrics import METRICS
from pipeline.store.metrics import fill_metrics
from pipeline.store.statements import sql
from pipeline.store.store import Stored, transaction
from pipeline.store.warehouse import insert_frame, now


@dataclass(frozen=True)
class PlansDue:
    """The plans of a study that are due: the key that says so, its current fits, its questions."""

    of: StudyInStore
    key: str
    fits: list[Stored]
    questions: list[Question]


def plans_due(of: StudyInStore) -> PlansDue | None:
    """What a study has to plan; None where what its plans are made from has not changed."""
    fits = of.fits()
    key = plan_key(of.declared, [stored.place for stored in fits])
    if of.state().get("plan_key") == key:
        return None
    return PlansDue(of, key, fits, questions(of.declared, fits, of.frame if fits else pl.DataFrame(), of.user_laws))


def plan_study(due: PlansDue, mapper: MapLike, say: Progress = silent) -> None:
    """Computes and stores a study's plans in one transaction.

    Raises PlanError where they contradict themselves: then nothing of them is stored.
    """
    of, connection = due.of, due.of.connection
    say(f"planning {of.name}")
    tables, notes = _tables(counted(mapper, say, f"planning {of.name}, questions"), due.questions)
    fill_metrics(connection)
    with transaction(connection):
        for table in PLANS:
            connection.execute(sql("delete_study_rows", table=table), {"study": of.name})
        connection.execute(sql("delete_plan_notes"), {"study": of.name})
        for table, planned in tables:
            _insert_plan(connection, table, planned)
        if notes:
            insert_frame(connection, "plan_notes", pl.DataFrame(notes, infer_schema_length=None))
        note_influence(connection, of.declared, due.fits, of.frame if due.fits else pl.DataFrame(), tables)
        _refuse_what_rises(of)
        of.note(plan_key=due.key, stale_since=None)


def _tables(over: MapLike, asked: Sequence[Question]) -> tuple[list[tuple[str, pl.DataFrame]], list[dict[str, str | None]]]:
    answers = list(over(answer, asked))
    tables = [(found.table, found.rows) for found in answers if found.rows is not None]
    return tables, [found.note for found in answers if found.note is not None]


def _refuse_what_rises(of: StudyInStore) -> None:
    """Raises PlanError, so that the plan before stays, where more compute is planned to give a higher loss."""
    wrong = of.connection.execute(sql("select_not_monotone"), {"study": of.name, "known": list(METRICS)}).fetchall()
    if wrong:
        fix = "the plan before stays; look at the law's residuals, or leave the law out of the study"
        raise PlanError(f"more compute cannot give a higher loss: {wrong[0][0]}", fix=fix)


def _insert_plan(connection: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    """Stores rows of a plan and their estimates in the history."""
    insert_frame(connection, table, rows.select(name for name in rows.columns if name in TABLES[table].names))
    history = history_of(table, rows, now())
    if history is not None:
        insert_frame(connection, "plan_history", history)
