"""The keys that decide what is due: of rows, laws, study and code. Daemon and command line obey the same ones."""

import hashlib
from collections.abc import Iterable, Mapping

from pipeline.fitting import MisfitPrior
from pipeline.hardware import hardware_digest
from pipeline.laws.engine.compile import version
from pipeline.store.code_versions import code_version
from pipeline.store.misfit_priors import prior_version
from pipeline.store.short_hash import short_hash
from pipeline.store.store import Place, Stored
from pipeline.study.declaration import Study


def law_versions(study: Study) -> str:
    """The versions of the study's laws in order: Dagster's code version of its fits."""
    return ",".join(f"{law.name}@{version(law)}" for law in study.law_objects())


def refit_key(study: Study, fitted_digest: str, priors: Mapping[str, MisfitPrior]) -> str:
    """Hash of the study's finished rows, its laws, its declaration, the code and what an audit has taught it of its laws' errors.

    A refit is due if and only if it changes. priors: the current ones of the study by law; empty before an audit has learnt any.
    """
    taught = ",".join(f"{law}@{prior_version(prior)}" for law, prior in sorted(priors.items()))
    return short_hash(fitted_digest, law_versions(study), study.canonical(), code_version(), taught)


def parameters_version(fits: Iterable[Stored]) -> str:
    """Hash of the parameters, draws and misfits of current fits: plans stay still when a refit has changed nothing."""
    parts = []
    for stored in fits:
        fit = stored.fit
        digest = hashlib.sha256(fit.estimate.tobytes() + fit.draws.tobytes()).hexdigest()
        parts.append(
            f"{stored.cohort}|{stored.law.name}|{stored.selected}|{digest}|{fit.misfit.s0}|{fit.misfit.k}|{fit.misfit.along}"
        )
    return short_hash(*sorted(parts))


def plan_key(study: Study, places: Iterable[Place]) -> str:
    """Hash of what a study's plans are made from."""
    made_from = sorted(f"{p.cohort}|{p.law}|{p.fit_id}|{p.selected}|{p.stale_since}" for p in places)
    return short_hash(study.canonical(), code_version(), hardware_digest(study.plan.get("hardware")), *made_from)


def forecast_key(study: Study, places: Iterable[Place], awaited_digest: str, fitted_digest: str) -> str:
    """Hash of what a study's forecasts and their scores are made from."""
    return short_hash(study.canonical(), awaited_digest, fitted_digest, *sorted(place.fit_id for place in places))
