"""What the cohorts of a study share: each is fitted alone, then again with what the others, or another source, say of `share`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from pipeline.compute import MapLike
from pipeline.errors import StudyError
from pipeline.fitting import Fit
from pipeline.fitting.evidence.combination import COMBINED
from pipeline.fitting.published import constants_named
from pipeline.fitting.shapes import Shapes, carried, published_shapes
from pipeline.fitting.transfer import own_words
from pipeline.laws import laws
from pipeline.laws.law import Law
from pipeline.store.store import current_fits
from pipeline.study.declaration import Study
from pipeline.study.jobs import Job, Result, run_job


def run_jobs(connection: duckdb.DuckDBPyConnection, study: Study, jobs: Sequence[Job], over: MapLike) -> list[Result]:
    """Every job alone; then, where the study shares parameters, those again to whose fit another source has something to say.

    A fit with shared parameters takes the place of the one alone, unless it may not be used and the one alone may.
    """
    alone = list(over(run_job, jobs))
    if not study.share:
        return alone
    source = _source(connection, study)
    said = {k: _said(study, one, alone, source) for k, one in enumerate(alone)}
    due = {k: replace(alone[k].job, shared=shapes) for k, shapes in said.items() if shapes is not None}
    again = dict(zip(due, over(run_job, list(due.values())), strict=True))
    return [again[k] if k in again and (again[k].usable or not one.usable) else one for k, one in enumerate(alone)]


def _source(connection: duckdb.DuckDBPyConnection, study: Study) -> Mapping[str, Sequence[Fit]]:
    """The fits of the study that `prior_from` names, by law; nothing where it names none."""
    if study.prior_from is None or "/" in study.prior_from:
        return {}
    found: dict[str, list[Fit]] = {}
    for stored in current_fits(connection, study.prior_from):
        if stored.law.name != COMBINED and stored.law.name in study.laws:
            found.setdefault(stored.law.name, []).append(stored.fit)
    if not found:
        raise StudyError(
            f"prior_from = {study.prior_from!r}: that study has no usable fit of {', '.join(study.laws)}",
            place=str(study.source),
            fix=f"refit it first: lawbook refit --study {study.prior_from}",
        )
    return found


def _said(study: Study, one: Result, alone: Sequence[Result], source: Mapping[str, Sequence[Fit]]) -> Shapes | None:
    """What others say of the parameters that one fit shares; None where nobody does, or its own runs say it far better."""
    law = laws[one.job.law]
    names = [parameter.name for parameter in law.parameters if parameter.name in study.share and parameter.per is None]
    shapes = _shapes(study, one, names, alone, source, law) if names else None
    return None if shapes is None or (one.fit is not None and own_words(one.fit, shapes)) else shapes


def _shapes(
    study: Study, one: Result, names: Sequence[str], alone: Sequence[Result], source: Mapping[str, Sequence[Fit]], law: Law
) -> Shapes | None:
    if study.prior_from is not None and "/" in study.prior_from:
        named, constants = constants_named(study.prior_from)
        return published_shapes(law, constants, names) if named.name == law.name else None
    if study.prior_from is not None:
        return carried(source[law.name], names, f"study {study.prior_from}") if law.name in source else None
    others = [r for r in alone if r.job.law == law.name and r.job.cohort != one.job.cohort and r.usable and r.fit is not None]
    if not others:
        return None
    cohorts = ", ".join(sorted(r.job.cohort for r in others)[:3]) + (", ..." if len(others) > 3 else "")
    return carried([r.fit for r in others if r.fit is not None], names, cohorts)


def shared_in_words(fit: Fit) -> str:
    """One sentence on what a fit shares; empty where it shares nothing."""
    said: dict[str, dict[str, Any]] = fit.certificate.shared
    if not said:
        return ""
    source = next(iter(said.values()))["source"]
    each = ", ".join(f"{name} (they say {one['mean']:.3g})" for name, one in said.items())
    unlike = [f"{name} with {one['strength']:.0f} times the error" for name, one in said.items() if one["strength"] > 1]
    far = f"; forecasts of this cohort's own larger runs ask for {', '.join(unlike)}" if unlike else ""
    return f"shared with {source}: {each}{far}; the error of carrying over is in the intervals"
