"""The fits of one study: every law on every cohort, stored with their reasons; a failed one never replaces one that passed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from pipeline.compute import MapLike, counted
from pipeline.fitting import select
from pipeline.forecasts.arrivals import forecast_arrivals
from pipeline.laws import laws
from pipeline.progress import Progress, silent
from pipeline.refit.combining import combine_study, new_id
from pipeline.refit.fit_notes import about, clear_failure, note_fits
from pipeline.refit.in_store import Stamp, StudyInStore
from pipeline.store.fit_rows import certified, fit_row, refusal_certificate
from pipeline.store.store import Stored, insert_fit, retire, transaction
from pipeline.study.jobs import Job, Result
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
    """The fits of a study that are due: a job for each law and cohort."""

    of: StudyInStore
    jobs: list[Job]


def fits_due(of: StudyInStore) -> FitsDue | None:
    """What a study has to fit; None where its key says nothing. Raises StudyError where its runs cannot meet in a fit."""
    if of.is_current():
        if of.state()["failure"]:
            clear_failure(of)
        return None
    return FitsDue(of, of.jobs())


def fit_study(due: FitsDue, mapper: MapLike, say: Progress = silent) -> FitReport:
    """Fits what is due of a study and stores it in one transaction."""
    of, fits = due.of, shown_count(len(due.jobs), "fit")
    say(f"fitting {of.name}: {fits}")
    results = run_jobs(of.connection, of.declared, due.jobs, counted(mapper, say, f"fitting {of.name}, {fits}"))
    with transaction(of.connection):
        forecast_arrivals(of.connection, of.declared, of.fits(), of.frame)
        store_fits(of, results, ())
    return FitReport(of.name, done=True, results=results)


def store_fits(of: StudyInStore, made: Sequence[Result], kept: Sequence[Result]) -> None:
    """Stores the fits that were made, beside those that are kept, and selects among all; inside the caller's transaction."""
    stamp = _put(of, made, kept)
    note_fits(of, [*made, *kept], stamp.moment)
    of.note(**about(of.declared), fitted_digest=stamp.digest, refit_key=stamp.key, refitted_at=stamp.moment,
            failure=None, failure_fix=None, stale_since=None, parameters_version=of.parameters_version())  # fmt: skip


def store_reweighed(of: StudyInStore, made: Sequence[Result]) -> None:
    """Stores current fits with another law error; what is noted and stale stays so. Inside the caller's transaction."""
    stamp = _put(of, made, ())
    of.note(refit_key=stamp.key, parameters_version=of.parameters_version())


def _put(of: StudyInStore, made: Sequence[Result], kept: Sequence[Result]) -> Stamp:
    stamp = of.stamp
    _replace(of, made, kept, stamp)
    for result in made:
        _insert(of, result, stamp)
    combine_study(of, stamp)
    return stamp


def _replace(of: StudyInStore, made: Sequence[Result], kept: Sequence[Result], stamp: Stamp) -> None:
    """Retires current fits that a usable one replaces, and those whose law or cohort the study no longer has."""
    renewed = {result.place for result in made if result.usable}
    asked = {result.place for result in (*made, *kept)}
    places = [(row["fit_id"], (row["cohort"], row["law"])) for row in of.rows()]
    gone = [fit_id for fit_id, place in places if place in renewed or place not in asked]
    retire(of.connection, gone, stamp.moment, of.archive)


def _insert(of: StudyInStore, result: Result, stamp: Stamp) -> None:
    job, law = result.job, laws[result.job.law]
    place = {"study": of.name, "cohort": job.cohort, "law": job.law}
    found = replace(result.fit, fit_id=new_id(of, place, stamp)) if result.fit else None
    certificate = certified(found) if found else refusal_certificate(result.reason, result.fix)
    identity = {"fit_id": found.fit_id if found else new_id(of, place, stamp), **place}
    row = fit_row(found, identity, law, job.objective.name, certificate)
    row |= {"data_version": stamp.digest, "refit_key": stamp.key, "fitted_at": stamp.moment}
    row["valid_to"] = None if result.usable else stamp.moment
    insert_fit(of.connection, row, found, job.frame)


def winner(stored: Sequence[Stored], frame: pl.DataFrame) -> str:
    """The fit_id of the fit of one cohort that forecasts best beyond its data; the first where none can be told."""
    chosen = select([s.fit for s in stored], frame.filter(pl.col("cohort") == stored[0].cohort)).winner
    return chosen.fit_id if chosen else stored[0].fit.fit_id
