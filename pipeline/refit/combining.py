"""The combination of a cohort's rival laws: what its plans and forecasts stand on, and how far each law is trusted in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from pipeline.fitting.evidence.chain import ChainedFit
from pipeline.fitting.evidence.combination import CombinedFit
from pipeline.fitting.evidence.weights import Judgement
from pipeline.refit.in_store import Stamp, StudyInStore
from pipeline.store.fit_rows import certified, fit_row
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.store.store import MADE_OF, Stored, insert_combined
from pipeline.store.warehouse import insert_frame
from pipeline.study.declaration import Study
from pipeline.study.observations import without_needs
from pipeline.study.reductions import response_of
from pipeline.study.rivals import judged, stood_on


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
        found = judged(study, fits)
        rows += _weight_rows(study, rivals, found)
        own_rows = of.frame.filter(pl.col("cohort") == cohort)
        made = stood_on(study, fits, found, firsts, own_rows) if response == study.metric else None
        if made is not None:
            chosen.append(_stored(of, cohort, made, found.rule, stamp))
        elif response != study.link:
            chosen.append(rivals[int(np.argmax(found.weights))].fit.fit_id)
    of.connection.execute(sql("delete_study_rows", table="fit_weights"), {"study": of.name})
    if rows:
        insert_frame(of.connection, "fit_weights", pl.DataFrame(rows, infer_schema_length=None))
    of.connection.execute(sql("update_fits_selected"), {"study": of.name, "ids": chosen})


def new_id(of: StudyInStore, place: Mapping[str, str], stamp: Stamp) -> str:
    """The fit_id of the next fit at a place."""
    earlier = of.connection.execute(sql("count_fits"), dict(place)).fetchone()
    return short_hash(*place.values(), stamp.key, earlier[0] if earlier else 0)


def _stored(of: StudyInStore, cohort: str, fit: CombinedFit | ChainedFit, rule: str, stamp: Stamp) -> str:
    """Stores the combination or the chain of a cohort and returns its fit_id."""
    place = {"study": of.name, "cohort": cohort, "law": fit.law.name}
    fit.fit_id = new_id(of, place, stamp)
    row = fit_row(fit, {"fit_id": fit.fit_id, **place}, fit.law, rule, certified(fit))
    row |= {"data_version": stamp.digest, "refit_key": stamp.key, "fitted_at": stamp.moment, "valid_to": None}
    insert_combined(of.connection, row, fit, without_needs(fit.law, of.frame.filter(pl.col("cohort") == cohort)))
    return fit.fit_id


def _weight_rows(study: Study, rivals: Sequence[Stored], found: Judgement) -> list[dict[str, Any]]:
    return [
        {
            "study": study.study,
            "cohort": stored.cohort,
            "law": stored.law.name,
            "fit_id": stored.fit.fit_id,
            "weight": float(weight),
            "horizon": found.horizon,
            "held_out_error": None if np.isnan(error) else float(error),
            "probability_best": None if np.isnan(best) else float(best),
            "runs_held_out": found.runs,
            "rule": found.rule,
        }
        for stored, weight, error, best in zip(rivals, found.weights, found.error, found.best, strict=True)
    ]
