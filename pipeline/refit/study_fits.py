"""The fits of one study: every law on every cohort, stored with their reasons; a failed one never replaces one that passed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.compute import MapLike
from pipeline.errors import FitError, LawbookError
from pipeline.fitting import Fit, fit, select
from pipeline.fitting.effort import FULL, Effort
from pipeline.laws import laws, load_user_laws
from pipeline.laws.law import Objective
from pipeline.planning import PLANS
from pipeline.progress import Progress, silent
from pipeline.refit.arrivals import forecast_arrivals
from pipeline.refit.keys import parameters_version, refit_key
from pipeline.store.statements import sql
from pipeline.store.store import (
    Stored,
    current_fits,
    current_rows,
    fit_row,
    insert_fit,
    put_study,
    refusal_certificate,
    retire,
    short_hash,
    study_state,
    transaction,
)
from pipeline.store.warehouse import insert_frame, now
from pipeline.study.left_out import in_words, sensitivity_to_rules
from pipeline.study.observations import observations, pool_order, without_needs
from pipeline.study.studies import Study


@dataclass(frozen=True)
class Job:
    """One law on one cohort: all that a worker needs, also in another process."""

    law: str
    cohort: str
    frame: pl.DataFrame
    pools: tuple[str, ...]
    draws: int
    seed: int
    objective: Objective
    fix: dict[str, Any]
    prior: dict[str, Any]
    user_laws: Path
    effort: Effort = FULL


@dataclass(frozen=True)
class Result:
    """What became of a job: a fit, which may be graded refused, or the reason why there is none."""

    job: Job
    fit: Fit | None
    reason: str = ""

    @property
    def grade(self) -> str:
        """The fit's grade; refused where there is no fit."""
        return self.fit.grade if self.fit else "refused"

    @property
    def usable(self) -> bool:
        """Whether plans may stand on it."""
        return self.fit is not None and self.fit.grade != "refused"


@dataclass
class FitReport:
    """What one study's fitting did: `done` is False where its key said that nothing is due."""

    study: str
    done: bool
    results: list[Result] = field(default_factory=list)


def run_job(job: Job, warm_start: Fit | None = None) -> Result:
    """Fits one job. Whatever goes wrong in it is its result, and stops no other."""
    if job.law not in laws:
        load_user_laws(job.user_laws)
    try:
        found = fit(
            laws[job.law], job.frame, draws=job.draws, seed=job.seed, objective=job.objective,
            fix=job.fix or None, prior=job.prior or None, pools=job.pools or None,
            warm_start=warm_start, effort=job.effort,
        )  # fmt: skip
    except (FitError, LawbookError) as error:
        return Result(job, None, str(error))
    except Exception as error:  # a law of a user's own may fail in any way; the reason is stored and the other laws go on
        return Result(job, None, f"{type(error).__name__}: {error}; try the law in a notebook on the study's runs")
    if job.effort == FULL:
        found.certificate.left_out = sensitivity_to_rules(found, job.frame, fix=job.fix, prior=job.prior)
    return Result(job, found)


def fit_study(
    connection: duckdb.DuckDBPyConnection,
    study: Study,
    fitted_digest: str,
    user_laws: Path,
    archive: Path,
    mapper: MapLike,
    say: Progress = silent,
) -> FitReport:
    """Fits what is due of a study and stores it in one transaction. Raises StudyError where its runs cannot meet in a fit."""
    key = refit_key(study, fitted_digest)
    state = study_state(connection, study.study)
    if state.get("refit_key") == key:
        if state["failure"]:
            _clear_failure(connection, study)
        return FitReport(study.study, done=False)
    frame = observations(connection, study)
    jobs = _jobs(connection, study, frame, user_laws)
    say(f"fitting {study.study}: {len(jobs)} fits")
    results = list(mapper(run_job, jobs))
    with transaction(connection):
        moment = now()
        forecast_arrivals(connection, study, current_fits(connection, study.study), frame)
        _replace(connection, study, results, moment, archive)
        _insert(connection, study, results, moment, fitted_digest, key)
        _select(connection, study, frame)
        _note(connection, study, results, moment)
        fits = current_fits(connection, study.study)
        put_study(connection, study.study, **_about(study), fitted_digest=fitted_digest, refit_key=key, refitted_at=moment,
                  failure=None, stale_since=None, parameters_version=parameters_version(fits))  # fmt: skip
    return FitReport(study.study, done=True, results=results)


def note_failure(connection: duckdb.DuckDBPyConnection, study: Study, reason: str) -> bool:
    """Remembers that a study could not be refitted; its last good plan stays and says since when it is stale.

    True for a failure that was not known before.
    """
    state = study_state(connection, study.study)
    had_plan = not current_rows(connection, study.study).is_empty()
    since = (state.get("stale_since") or now()) if had_plan else None
    with transaction(connection):
        put_study(connection, study.study, **_about(study), failure=reason, stale_since=since)
        connection.execute(sql("delete_failure_note"), {"study": study.study})
        insert_frame(connection, "plan_notes", pl.DataFrame([_note_row(study.study, "", "", "refused", reason, "", since)]))
        for table in PLANS:
            connection.execute(sql("update_plan_stale", table=table), {"study": study.study, "since": since})
    return bool(state.get("failure") != reason)


def _clear_failure(connection: duckdb.DuckDBPyConnection, study: Study) -> None:
    """The study's rows are those that its current fits were made from: it is planned anew, and stale until that has succeeded."""
    with transaction(connection):
        put_study(connection, study.study, failure=None, plan_key=None)
        connection.execute(sql("delete_failure_note"), {"study": study.study})


def _about(study: Study) -> dict[str, Any]:
    names = ("question", "runs", "metric", "split", "task")
    return {name: getattr(study, name) for name in names} | {"laws": list(study.laws), "declaration": study.canonical()}


def _jobs(connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame, user_laws: Path) -> list[Job]:
    jobs = []
    for (cohort,), rows in frame.group_by("cohort", maintain_order=True):
        for law in study.law_objects():
            seen = without_needs(law, rows)
            fix, prior = study.constants_for(law)
            pools = pool_order(connection, seen) if law.pooled else ()
            objective = study.objective_for(law)
            jobs.append(Job(law.name, str(cohort), seen, pools, study.draws, study.seed, objective, fix, prior, user_laws))
    return jobs


def _replace(
    connection: duckdb.DuckDBPyConnection, study: Study, results: Sequence[Result], moment: datetime, archive: Path
) -> None:
    """Retires current fits that a usable one replaces, and those whose law or cohort the study no longer has."""
    renewed = {(r.job.cohort, r.job.law) for r in results if r.usable}
    asked = {(r.job.cohort, r.job.law) for r in results}
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
        certificate = found.certificate.to_json() if found else refusal_certificate(result.reason)
        row = fit_row(found, {"fit_id": identity, **place}, law, job.objective.name, certificate)
        row |= {"data_version": digest, "refit_key": key, "fitted_at": moment, "valid_to": None if result.usable else moment}
        insert_fit(connection, row, found, job.frame)


def _select(connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame) -> None:
    """Marks the fit of each cohort that forecasts best beyond its data."""
    stored = current_fits(connection, study.study)
    winners = [_winner([s for s in stored if s.cohort == cohort], frame) for cohort in {s.cohort for s in stored}]
    connection.execute(sql("update_fits_selected"), {"study": study.study, "ids": winners})


def _winner(stored: Sequence[Stored], frame: pl.DataFrame) -> str:
    chosen = select([s.fit for s in stored], frame.filter(pl.col("cohort") == stored[0].cohort)).winner
    return chosen.fit_id if chosen else stored[0].fit.fit_id


def _note(connection: duckdb.DuckDBPyConnection, study: Study, results: Sequence[Result], moment: datetime) -> None:
    """One sentence a fit that is not clean; an older fit that stays in its place is stale since now, or since before."""
    known = {(s.cohort, s.law.name): s.stale_since for s in current_fits(connection, study.study)}
    rows = []
    for result in results:
        place = (result.job.cohort, result.job.law)
        since = (known[place] or moment) if place in known and not result.usable else None
        if result.fit is None:
            rows.append(_note_row(study.study, *place, "refused", result.reason, result.reason.rpartition("; ")[2], since))
            continue
        certificate = result.fit.certificate
        rows += [_note_row(study.study, *place, result.fit.grade, in_words(rule), "", since) for rule in certificate.left_out]
        if result.fit.grade != "clean":
            rows.append(_note_row(study.study, *place, result.fit.grade, "; ".join(certificate.reasons), certificate.cure, since))
    connection.execute(sql("delete_study_rows", table="plan_notes"), {"study": study.study})
    if rows:
        insert_frame(connection, "plan_notes", pl.DataFrame(rows, infer_schema_length=None))


def _note_row(study: str, cohort: str, law: str, grade: str, note: str, cure: str, since: datetime | None) -> dict[str, Any]:
    return {"study": study, "cohort": cohort, "law": law, "plan": "", "grade": grade, "note": note, "cure": cure,
            "stale_since": since}  # fmt: skip


__all__ = ["FitReport", "Job", "Result", "fit_study", "note_failure", "run_job"]
