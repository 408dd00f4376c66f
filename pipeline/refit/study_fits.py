"""The fits of one study: every law on every cohort, stored with their reasons; a failed one never replaces one that passed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from pipeline.compute import MapLike, counted
from pipeline.fitting import select
from pipeline.forecasts.arrivals import forecast_arrivals
from pipeline.laws import laws
from pipeline.progress import Progress, silent
from pipeline.refit.combining import combine_study
from pipeline.refit.fit_notes import about, clear_failure, note_fits
from pipeline.refit.keys import parameters_version, refit_key
from pipeline.store.fit_rows import certified, fit_row, refusal_certificate
from pipeline.store.misfit_priors import current_priors
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.store.store import (
    Stored,
    current_fits,
    current_rows,
    insert_fit,
    put_study,
    retire,
    study_state,
    transaction,
)
from pipeline.store.warehouse import now
from pipeline.study.declaration import Study
from pipeline.study.jobs import Job, Result, jobs_of
from pipeline.study.observations import observations
from pipeline.study.sharing import run_jobs
from pipeline.terminal import counted as shown_count


@dataclass
class FitReport:
    """What one study's fitting did: `done` is False where its key said that nothing is due."""

    study: str
    done: bool
    results: list[Result] = field(default_factory=list)


@dataclass(frozen=True)
class FitsDue:
    """The fits of a study that are due: its observations, their digest, and a job for each law and cohort."""

    frame: pl.DataFrame
    digest: str
    jobs: list[Job]


def fits_due(connection: duckdb.DuckDBPyConnection, study: Study, fitted_digest: str, user_laws: Path) -> FitsDue | None:
    """What a study has to fit; None where its key says nothing. Raises StudyError where its runs cannot meet in a fit."""
    key = refit_key(study, fitted_digest, current_priors(connection).get(study.study, {}))
    state = study_state(connection, study.study)
    if state.get("refit_key") == key:
        if state["failure"]:
            clear_failure(connection, study)
        return None
    frame = observations(connection, study)
    return FitsDue(frame, fitted_digest, jobs_of(connection, study, frame, user_laws))


def fit_study(
    connection: duckdb.DuckDBPyConnection, study: Study, due: FitsDue, archive: Path, mapper: MapLike, say: Progress = silent
) -> FitReport:
    """Fits what is due of a study and stores it in one transaction."""
    fits = shown_count(len(due.jobs), "fit")
    say(f"fitting {study.study}: {fits}")
    results = run_jobs(connection, study, due.jobs, counted(mapper, say, f"fitting {study.study}, {fits}"))
    with transaction(connection):
        forecast_arrivals(connection, study, current_fits(connection, study.study), due.frame)
        store_fits(connection, study, due.frame, results, (), due.digest, archive)
    return FitReport(study.study, done=True, results=results)


def store_fits(
    connection: duckdb.DuckDBPyConnection,
    study: Study,
    frame: pl.DataFrame,
    made: Sequence[Result],
    kept: Sequence[Result],
    fitted_digest: str,
    archive: Path,
) -> None:
    """Stores the fits that were made, beside those that are kept, and selects among all; inside the caller's transaction."""
    moment, key = now(), refit_key(study, fitted_digest, current_priors(connection).get(study.study, {}))
    _replace(connection, study, made, kept, moment, archive)
    _insert(connection, study, made, moment, fitted_digest, key)
    combine_study(connection, study, frame, moment, fitted_digest, key)
    note_fits(connection, study, [*made, *kept], moment)
    put_study(connection, study.study, **about(study), fitted_digest=fitted_digest, refit_key=key, refitted_at=moment,
              failure=None, failure_fix=None, stale_since=None, parameters_version=_version(connection, study))  # fmt: skip


def store_reweighed(
    connection: duckdb.DuckDBPyConnection,
    study: Study,
    frame: pl.DataFrame,
    made: Sequence[Result],
    fitted_digest: str,
    archive: Path,
) -> None:
    """Stores current fits with another misfit; what is noted and stale stays so. Inside the caller's transaction."""
    moment, key = now(), refit_key(study, fitted_digest, current_priors(connection).get(study.study, {}))
    _replace(connection, study, made, (), moment, archive)
    _insert(connection, study, made, moment, fitted_digest, key)
    combine_study(connection, study, frame, moment, fitted_digest, key)
    put_study(connection, study.study, refit_key=key, parameters_version=_version(connection, study))


def _version(connection: duckdb.DuckDBPyConnection, study: Study) -> str:
    return parameters_version(current_fits(connection, study.study))


def _replace(
    connection: duckdb.DuckDBPyConnection,
    study: Study,
    made: Sequence[Result],
    kept: Sequence[Result],
    moment: datetime,
    archive: Path,
) -> None:
    """Retires current fits that a usable one replaces, and those whose law or cohort the study no longer has."""
    renewed = {result.place for result in made if result.usable}
    asked = {result.place for result in (*made, *kept)}
    gone = [
        row["fit_id"]
        for row in current_rows(connection, study.study).to_dicts()
        if (row["cohort"], row["law"]) in renewed or (row["cohort"], row["law"]) not in asked
    ]
    retire(connection, gone, moment, archive)


def _insert(
    connection: duckdb.DuckDBPyConnection, study: Study, results: Sequence[Result], moment: datetime, digest: str, key: str
) -> None:
    for result in results:
        job, law = result.job, laws[result.job.law]
        place = {"study": study.study, "cohort": job.cohort, "law": job.law}
        earlier = connection.execute(sql("count_fits"), place).fetchone()
        identity = short_hash(*place.values(), key, earlier[0] if earlier else 0)
        found = replace(result.fit, fit_id=identity) if result.fit else None
        certificate = certified(found) if found else refusal_certificate(result.reason, result.fix)
        row = fit_row(found, {"fit_id": identity, **place}, law, job.objective.name, certificate)
        row |= {"data_version": digest, "refit_key": key, "fitted_at": moment, "valid_to": None if result.usable else moment}
        insert_fit(connection, row, found, job.frame)


def winner(stored: Sequence[Stored], frame: pl.DataFrame) -> str:
    """The fit_id of the fit of one cohort that forecasts best beyond its data; the first where none can be told."""
    chosen = select([s.fit for s in stored], frame.filter(pl.col("cohort") == stored[0].cohort)).winner
    return chosen.fit_id if chosen else stored[0].fit.fit_id
