"""Which runs a study's plans stand on: the table of impossible runs, and of those without which a plan leaves its interval."""

from collections.abc import Sequence

import duckdb
import polars as pl

from pipeline.fitting.evidence.suspects import in_names
from pipeline.planning.influence import moves_of
from pipeline.refit.fit_notes import names_of
from pipeline.schema import TABLES
from pipeline.store.statements import sql
from pipeline.store.store import Stored
from pipeline.store.warehouse import insert_frame
from pipeline.study.declaration import Study
from pipeline.study.observations import without_needs

TABLE = "influential_runs"


def note_influence(
    connection: duckdb.DuckDBPyConnection,
    study: Study,
    fits: Sequence[Stored],
    frame: pl.DataFrame,
    plans: Sequence[tuple[str, pl.DataFrame]],
) -> None:
    """Replaces what is known of the runs that the current fits and the plans made from them stand on."""
    connection.execute(sql("delete_study_rows", table=TABLE), {"study": study.study})
    rows = [row for stored in fits for row in _rows(study, stored, frame, plans)]
    if rows:
        kinds = {"run_id": pl.String, "plan": pl.String, "moves": pl.Float64, "error": pl.Float64, "deviations": pl.Float64}
        found = pl.DataFrame(rows, schema_overrides=kinds, infer_schema_length=None)
        insert_frame(connection, TABLE, found.with_columns(pl.col(pl.Float64).fill_nan(None)).select(TABLES[TABLE].names))


def _rows(
    study: Study, stored: Stored, frame: pl.DataFrame, plans: Sequence[tuple[str, pl.DataFrame]]
) -> list[dict[str, object]]:
    seen = without_needs(stored.law, frame.filter(pl.col("cohort") == stored.cohort))
    own = {table: rows.filter(pl.col("fit_id") == stored.fit.fit_id) for table, rows in plans if "fit_id" in rows.columns}
    own = {table: rows for table, rows in own.items() if rows.height}
    names = names_of(frame)
    place = {"study": study.study, "cohort": stored.cohort, "law": stored.law.name, "fit_id": stored.fit.fit_id}
    return [
        {
            **place,
            "run_key": suspect["run_key"],
            "run_id": names.get(suspect["run_key"]),
            "impossible": suspect["impossible"],
            "moves": move.widths,
            "plan": move.plan,
            "error": suspect["error"],
            "deviations": suspect["deviations"],
            "suspected_cause": in_names(suspect["cause"], names),
        }
        for suspect, move in moves_of(stored.fit, study, seen, own)
        if suspect["impossible"] or (move.widths or 0.0) > 1.0
    ]
