"""What scored forecasts of other studies teach a study about how wrong its laws are. Only the audit learns.

A prior that followed every score would make each refit depend on what else was in the store that minute. So it changes at one
moment, is stored with a version, and the version is part of the study's refit key. The current fits of a study whose priors have
moved get the misfit that the new ones make of their held-out predictions: all else of a fit is the same, so nothing is searched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

import duckdb
import polars as pl

from pipeline.fitting import Fit, MisfitPrior
from pipeline.fitting.evidence.heldout import EMPTY
from pipeline.fitting.evidence.law_error import estimate_misfit
from pipeline.fitting.evidence.law_error_prior import FIXED, learnt
from pipeline.refit.in_store import StudyInStore
from pipeline.refit.study_fits import store_reweighed
from pipeline.store.frames import read_frame
from pipeline.store.misfit_priors import current_priors, prior_version
from pipeline.store.statements import sql
from pipeline.store.store import MADE_OF, transaction
from pipeline.store.warehouse import insert_frame, now
from pipeline.study.jobs import Result

MOVED = 0.1
"""A prior gives way to one that lies this far from it in any of its numbers (all are logarithms): less would move no plan."""


def learn(of: StudyInStore) -> bool:
    """Learns the priors of a study's laws; whether any has moved. They are stored with fits that stand on them, or not at all.

    A study of which a refit is due gets the priors alone: the refit reads them.
    """
    scored = read_frame(of.connection, sql("select_scored_of_others"), {"study": of.name, "made": list(MADE_OF)})
    known = current_priors(of.connection).get(of.name, {})
    found = learnt(scored, of.declared.laws)
    moved = {law: prior for law, prior in found.items() if prior.apart(known.get(law, FIXED)) >= MOVED}
    if moved:
        current = of.is_current()
        with transaction(of.connection):
            _replace(of.connection, of.name, moved, scored)
            if current:
                store_reweighed(of, _reweighed(of))
    return bool(moved)


def _replace(connection: duckdb.DuckDBPyConnection, study: str, moved: Mapping[str, MisfitPrior], scored: pl.DataFrame) -> None:
    """Ends the priors that were, and stores those that have moved."""
    moment = now()
    connection.execute(sql("update_misfit_priors_replaced"), {"study": study, "laws": list(moved), "moment": moment})
    rows = [
        {"study": study, "law": law, **asdict(prior), "version": prior_version(prior), "forecasts": scored.height,
         "of_law": scored.filter(law=law).height, "learnt_at": moment}
        for law, prior in moved.items()
    ]  # fmt: skip
    insert_frame(connection, "misfit_priors", pl.DataFrame(rows))


def _reweighed(of: StudyInStore) -> Sequence[Result]:
    """The current fits with the misfits that the stored priors make of what they missed when it was held out."""
    jobs = {(job.cohort, job.law): job for job in of.jobs()}
    found = [(jobs.get((stored.cohort, stored.law.name)), stored.fit) for stored in of.fits()]
    return [Result(job, reweighed(fit, job.misfit_prior)) for job, fit in found if job is not None]


def reweighed(fit: Fit, prior: MisfitPrior) -> Fit:
    """The fit with the misfit that this prior makes of its held-out predictions; all else stays to the bit."""
    held = EMPTY if fit.held_out is None else fit.held_out
    return replace(fit, misfit=estimate_misfit(held, fit.residual_sd, prior))
