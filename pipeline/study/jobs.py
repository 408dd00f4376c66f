"""One law on one cohort: what has to be fitted, and what became of it. A job runs anywhere that the map sends it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.errors import FitError, LawbookError
from pipeline.faults import stops
from pipeline.fitting import Fit, common_design, fit
from pipeline.fitting.effort import FULL, REPLAY, Effort
from pipeline.fitting.evidence.blocks import Design
from pipeline.fitting.evidence.law_error_prior import FIXED, MisfitPrior
from pipeline.fitting.evidence.suspects import as_rows, suspects
from pipeline.fitting.published import constants_named, published_fit
from pipeline.fitting.shapes import Shapes
from pipeline.fitting.transfer import fit_with
from pipeline.laws import laws, load_user_laws
from pipeline.laws.law import Objective
from pipeline.redaction import redacted
from pipeline.store.misfit_priors import current_priors
from pipeline.study.declaration import Study
from pipeline.study.left_out import sensitivity_to_rules
from pipeline.study.observations import pool_order, without_needs
from pipeline.study.sight import blind

UNFORESEEN = "try the law in a notebook on the study's runs"


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
    misfit_prior: MisfitPrior = FIXED
    constants: str | None = None
    """LAW/SETTING: published constants in the place of a fit."""
    design: Design | None = None
    shared: Shapes | None = None
    """What other cohorts say of the parameters that this one shares with them."""


@dataclass(frozen=True)
class Result:
    """What became of a job: a fit, which may be graded refused, or the reason why there is none, and the fix."""

    job: Job
    fit: Fit | None
    reason: str = ""
    fix: str = ""

    @property
    def grade(self) -> str:
        """The fit's grade; refused where there is no fit."""
        return self.fit.grade if self.fit else "refused"

    @property
    def place(self) -> tuple[str, str]:
        """Its cohort and law."""
        return self.job.cohort, self.job.law

    @property
    def usable(self) -> bool:
        """Whether plans may stand on it."""
        return self.fit is not None and self.fit.grade != "refused"


def run_job(job: Job, warm_start: Fit | None = None) -> Result:
    """Fits one job. Whatever goes wrong in it is its result, and stops no other."""
    if job.law not in laws:
        load_user_laws(job.user_laws)
    try:
        if job.constants is not None:
            return Result(job, published_fit(*constants_named(job.constants), draws=job.draws, seed=job.seed))
        given: dict[str, Any] = {
            "draws": job.draws, "seed": job.seed, "objective": job.objective, "fix": job.fix or None, "prior": job.prior or None,
            "pools": job.pools or None, "warm_start": warm_start, "effort": job.effort, "misfit_prior": job.misfit_prior,
            "design": job.design,
        }  # fmt: skip
        law = laws[job.law]
        found = fit(law, job.frame, **given) if job.shared is None else fit_with(law, job.frame, job.shared, **given)
        return Result(job, found if job.effort == REPLAY else examined(found, job))
    except (FitError, LawbookError) as error:
        return Result(job, None, str(error), error.fix)
    except Exception as error:  # a law of a user's own may fail in any way; the reason is stored and the other laws go on
        if stops(error):
            raise
        return Result(job, None, redacted(f"{type(error).__name__}: {error}; {UNFORESEEN}"), UNFORESEEN)


def examined(found: Fit, job: Job) -> Fit:
    """The fit with what its certificate says of the runs: impossible ones, what the law does not see, what rules leave out."""
    found.certificate.suspects = as_rows(suspects(found, job.frame))
    for unseen in blind(found.law, job.frame):
        found.certificate.lower("weak" if unseen.answers else "refused", unseen.message, unseen.fix)
    shared = {name: (one["mean"], one["sd"]) for name, one in found.certificate.shared.items()}
    found.certificate.left_out = sensitivity_to_rules(found, job.frame, fix=job.fix, prior={**job.prior, **shared})
    return found


def jobs_of(connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame, user_laws: Path) -> list[Job]:
    """Every law of a study on every cohort of its observations; or its published constants, which no run informs."""
    if study.constants is not None:
        (law,), unused = study.law_objects(), frame.with_columns(pl.lit(False).alias("used"))
        objective = study.objective_for(law)
        one = Job(law.name, "", unused, (), study.draws, study.seed, objective, {}, {}, user_laws, constants=study.constants)
        return [one]
    jobs, priors = [], current_priors(connection).get(study.study, {})
    for (cohort,), rows in frame.group_by("cohort", maintain_order=True):
        rivals = study.law_objects()
        blocks = common_design(rivals, rows, pool_order(connection, rows) if any(law.pooled for law in rivals) else ())
        for law in rivals:
            seen = without_needs(law, rows)
            fix, prior = study.constants_for(law)
            pools = pool_order(connection, seen) if law.pooled else ()
            objective = study.objective_for(law)
            job = Job(law.name, str(cohort), seen, pools, study.draws, study.seed, objective, fix, prior, user_laws)
            jobs.append(replace(job, misfit_prior=priors.get(law.name, FIXED), design=blocks))
    return jobs
