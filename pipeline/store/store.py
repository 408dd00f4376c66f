"""Fits into the private store and back: their rows (fit_rows.py), and the fit itself for forecasts and plans."""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import polars as pl

from pipeline.fitting import Fit, Misfit
from pipeline.fitting.evidence.chain import CHAINED, ChainedFit, ChainErrors, chained
from pipeline.fitting.evidence.combination import COMBINED, CombinedFit, combined
from pipeline.fitting.evidence.heldout import EMPTY
from pipeline.laws import laws
from pipeline.laws.law import Law
from pipeline.store.fit_rows import draw_rows, parameter_rows, residual_rows, run_rows
from pipeline.store.fit_state import dump_fit, load_fit
from pipeline.store.frames import read_frame
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import Fragment, literal, sql
from pipeline.store.warehouse import insert_frame


class Place(NamedTuple):
    """Where a current fit stands, without the fit: enough to know whether what was made from it is still good."""

    fit_id: str
    cohort: str
    law: str
    selected: bool
    stale_since: datetime | None


@dataclass(frozen=True)
class Stored:
    """A current fit with its place: the cohort, whether it is the selected one, and since when it is stale."""

    cohort: str
    fit: Fit
    selected: bool
    stale_since: datetime | None

    @property
    def law(self) -> Law:
        """The law that was fitted."""
        return self.fit.law

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(self.fit.fit_id, self.cohort, self.law.name, self.selected, self.stale_since)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Everything inside is stored together or not at all."""
    connection.begin()
    try:
        yield
    except BaseException:
        undo(connection)
        raise
    connection.commit()


def undo(connection: duckdb.DuckDBPyConnection) -> None:
    """Rolls back what is open. The error that led here is the one to be seen: an interrupt may have ended the transaction."""
    with suppress(duckdb.Error):
        connection.rollback()


def insert_fit(connection: duckdb.DuckDBPyConnection, row: Mapping[str, Any], fit: Fit | None, frame: pl.DataFrame) -> None:
    """Stores one fit with everything that belongs to it; draws and state only of one that may be used."""
    insert_frame(connection, "fits", pl.DataFrame([dict(row)], infer_schema_length=None))
    insert_frame(connection, "fit_runs", run_rows(str(row["fit_id"]), frame))
    if fit is None:
        return
    insert_frame(connection, "fit_parameters", parameter_rows(fit))
    insert_frame(connection, "residuals", residual_rows(fit, frame))
    if fit.grade != "refused":
        insert_frame(connection, "fit_draws", draw_rows(fit))
        insert_frame(connection, "fit_states", pl.DataFrame({"fit_id": [fit.fit_id], "state": [dump_fit(fit)]}))


def retire(connection: duckdb.DuckDBPyConnection, fit_ids: list[str], moment: datetime, archive: Path) -> None:
    """Closes current fits: `valid_to` is set, their draws go to Parquet, nothing of them is overwritten."""
    if not fit_ids:
        return
    archive.mkdir(parents=True, exist_ok=True)
    target = archive / f"{short_hash(*fit_ids)}.parquet"
    connection.execute(sql("copy_draws", ids=_list(fit_ids), file=Fragment(literal(str(target)))))
    connection.execute(sql("update_fits_replaced"), {"ids": fit_ids, "moment": moment})
    for table in ("fit_draws", "fit_states"):
        connection.execute(sql("delete_by_fit", table=table), {"ids": fit_ids})


def current_rows(connection: duckdb.DuckDBPyConnection, study: str) -> pl.DataFrame:
    """Rows of `fits` that are current for a study."""
    return read_frame(connection, sql("select_current_fits"), {"study": study})


def current_fits(connection: duckdb.DuckDBPyConnection, study: str) -> list[Stored]:
    """The current fits of a study, ready to predict; one whose law is gone from the law book is passed over."""
    rows = connection.execute(sql("select_fit_states"), {"study": study}).fetchall()
    found: list[Stored] = []
    fit: Fit | None
    for fit_id, cohort, law, selected, stale_since, state in sorted(rows, key=lambda row: (row[1], row[2] in MADE_OF, row[2])):
        if law in MADE_OF:
            fit = MADE_OF[law](state, fit_id, {stored.law.name: stored.fit for stored in found if stored.cohort == cohort})
        else:
            fit = replace(load_fit(state, laws[law]), fit_id=fit_id) if law in laws else None
        if fit is not None:
            found.append(Stored(cohort, fit, bool(selected), stale_since))
    return found


def insert_combined(
    connection: duckdb.DuckDBPyConnection, row: Mapping[str, Any], fit: CombinedFit | ChainedFit, seen: pl.DataFrame
) -> None:
    """Stores a combination or a chain: its row, runs, residuals, and what it is made of. Parameters are those of its members.

    seen: the cohort's observations as the combination sees them.
    """
    made_of = weights_of(fit) if isinstance(fit, CombinedFit) else _chain_state(fit)
    insert_frame(connection, "fits", pl.DataFrame([dict(row)], infer_schema_length=None))
    insert_frame(connection, "fit_runs", run_rows(str(row["fit_id"]), seen))
    insert_frame(connection, "residuals", residual_rows(fit, seen))
    state = pl.DataFrame({"fit_id": [fit.fit_id], "state": [json.dumps(made_of).encode()]})
    insert_frame(connection, "fit_states", state)


def weights_of(fit: CombinedFit) -> dict[str, float]:
    """The laws that a combination is made of, with their weights."""
    return dict(zip([member.law.name for member in fit.members], map(float, fit.weights), strict=True))


def _of_weights(weights: Mapping[str, float], known: Mapping[str, Fit]) -> CombinedFit | None:
    """The combination of current fits; None where one of them is gone."""
    if not set(weights) <= set(known):
        return None
    return combined([known[law] for law in weights], np.array(list(weights.values())))


def _combined_again(state: bytes, fit_id: str, known: Mapping[str, Fit]) -> Fit | None:
    """The combination of current fits with its stored weights."""
    fit = _of_weights(json.loads(state), known)
    return None if fit is None else replace(fit, fit_id=fit_id)


def _chain_state(fit: ChainedFit) -> dict[str, Any]:
    assert fit.first is not None
    assert fit.second is not None
    held = None if fit.held_out is None else fit.held_out.write_json()
    errors = {"misfit": vars(fit.misfit), "residual_sd": fit.residual_sd, "extrapolation_error": fit.extrapolation_error,
              "held_out": held}  # fmt: skip
    parts = {
        name: weights_of(part) if isinstance(part, CombinedFit) else part.law.name
        for name, part in (("first", fit.first), ("second", fit.second))
    }
    return {"link": fit.law.link, **parts, **errors}


def _chained_again(state: bytes, fit_id: str, known: Mapping[str, Fit]) -> Fit | None:
    """The chain of current fits with its stored errors."""
    stored = json.loads(state)
    parts = [stored[name] for name in ("first", "second")]
    first, second = (known.get(part) if isinstance(part, str) else _of_weights(part, known) for part in parts)
    if first is None or second is None:
        return None
    held = stored.get("held_out")
    found = None if held is None else pl.read_json(io.StringIO(held), schema=EMPTY.schema)
    errors = ChainErrors(Misfit(**stored["misfit"]), stored["residual_sd"], stored["extrapolation_error"], found)
    return replace(chained(first, second, stored["link"], errors), fit_id=fit_id)


MADE_OF = {COMBINED: _combined_again, CHAINED: _chained_again}
"""The laws of fits that are made of others, and how each is made again."""


def study_state(connection: duckdb.DuckDBPyConnection, study: str) -> dict[str, Any]:
    """What is stored about a study, or an empty mapping."""
    rows = read_frame(connection, sql("select_study"), {"study": study}).to_dicts()
    return dict(rows[0]) if rows else {}


def put_study(connection: duckdb.DuckDBPyConnection, study: str, **values: Any) -> None:
    """Sets columns of a study's row; the others stay as they are."""
    row = {**study_state(connection, study), "study": study, **values}
    connection.execute(sql("delete_study_rows", table="studies"), {"study": study})
    insert_frame(connection, "studies", pl.DataFrame([row], infer_schema_length=None))


def _list(values: list[str]) -> Fragment:
    return Fragment(", ".join(literal(value) for value in values))
