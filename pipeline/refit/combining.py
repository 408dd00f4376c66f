"""The combination of a cohort's rival laws: what its plans and forecasts stand on, and how far each law is trusted in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from pipeline.fitting.evidence.chain import ChainedFit
from pipeline.fitting.evidence.combination import CombinedFit
from pipeline.refit.in_store import Stamp, StudyInStore
from pipeline.store.fit_rows import certified, fit_row
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.store.store import MADE_OF, Stored, insert_combined
from pipeline.store.warehouse import insert_frame
from pipeline.study.declaration import Study
from pipeline.study.observations import without_needs
from pipeline.study.reductions import response_of
from pipeline.study.rivals import Trust, alone, judged, stood_on


def combine_study(of: StudyInStore, stamp: Stamp) -> None:
    """Judges the current fits of each cohort, stores their combination and marks what plans stand on: it, or the only usable law.

    Laws compete with those of the same response; where a cohort has several, the combination is of the study's metric.
    """
    study, groups = of.declared, dict[tuple[str, str], list[Stored]]()
    for stored in of.fits():
        if stored.law.name not in MADE_OF:
            groups.setdefault((stored.cohort, response_of(study, stored.law)), []).append(stored)
    chosen, rows = [], list[dict[str, Any]]()
    for (cohort, response), rivals in groups.items():
        fits, firsts = ([s.fit for s in own] for own in (rivals, groups.get((cohort, study.link or ""), [])))
        if response == study.metric:
            standing = stood_on(study, fits, firsts, of.frame.filter(pl.col("cohort") == cohort))
        else:
            standing = alone(judged(study, fits))
        rows += _weight_rows(study, rivals, standing.trusts)
        if standing.made is not None:
            chosen.append(_stored(of, cohort, standing.made, standing.rule, stamp))
        elif response != study.link:
            chosen.append(rivals[int(np.argmax([trust.weight for trust in standing.trusts]))].fit.fit_id)
    of.connection.execute(sql("delete_study_rows", table="fit_weights"), {"study": of.name})
    if rows:
        insert_frame(of.connection, "fit_weights", pl.DataFrame(rows, infer_schema_length=None))
    of.connection.execute(sql("update_fits_selected"), {"study": of.name, "ids": chosen})


def new_id(of: StudyInStore, place: Mapping[str, str], stamp: Stamp) -> str:
    """The fit_id of the next fit at a place."""
    earlier = of.connection.execute(sql("count_fits"), dict(place)).fetchone()
    return short_hash(*place.values(), stamp.key, earlier[0] if earlier else 0)


def _stored(of: StudyInStore, cohort: str, fit: CombinedFit | ChainedFit, rule: str, stamp: Stamp) -> str:
    """Stores the combination or the chain of a cohort, a chain that is in a combination before it, and returns its fit_id."""
    for member in fit.members if isinstance(fit, CombinedFit) else ():
        if isinstance(member, ChainedFit):
            _stored(of, cohort, member, rule, stamp)
    place = {"study": of.name, "cohort": cohort, "law": fit.law.name}
    fit.fit_id = new_id(of, place, stamp)
    row = fit_row(fit, {"fit_id": fit.fit_id, **place}, fit.law, rule, certified(fit))
    row |= {"data_version": stamp.digest, "refit_key": stamp.key, "fitted_at": stamp.moment, "valid_to": None}
    insert_combined(of.connection, row, fit, without_needs(fit.law, of.frame.filter(pl.col("cohort") == cohort)))
    return fit.fit_id


def _weight_rows(study: Study, rivals: Sequence[Stored], trusts: Sequence[Trust]) -> list[dict[str, Any]]:
    return [
        {
            "study": study.study,
            "cohort": stored.cohort,
            "law": stored.law.name,
            "fit_id": stored.fit.fit_id,
            "weight": trust.weight,
            "horizon": trust.found.horizon,
            "held_out_error": None if np.isnan(trust.error) else trust.error,
            "probability_best": None if np.isnan(trust.best) else trust.best,
            "runs_held_out": trust.found.runs,
            "rule": trust.found.rule,
        }
        for stored, trust in zip(rivals, trusts, strict=True)
    ]
