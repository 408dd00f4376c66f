"""The combination of a cohort's rival laws: what its plans and forecasts stand on, and how far each law is trusted in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import polars as pl

from pipeline.fitting.evidence.chain import ChainedFit
from pipeline.fitting.evidence.combination import CombinedFit
from pipeline.fitting.evidence.weights import Judgement
from pipeline.store.fit_rows import certified, fit_row
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.store.store import MADE_OF, Stored, current_fits, insert_combined
from pipeline.store.warehouse import insert_frame
from pipeline.study.declaration import Study
from pipeline.study.observations import without_needs
from pipeline.study.reductions import response_of
from pipeline.study.rivals import judged, stood_on


def combine_study(
    connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame, moment: datetime, digest: str, key: str
) -> None:
    """Judges the current fits of each cohort, stores their combination and marks what plans stand on: it, or the only usable law.

    Laws compete with those of the same response; where a cohort has several, the combination is of the study's metric.
    """
    groups: dict[tuple[str, str], list[Stored]] = {}
    for stored in current_fits(connection, study.study):
        if stored.law.name not in MADE_OF:
            groups.setdefault((stored.cohort, response_of(study, stored.law)), []).append(stored)
    chosen, rows = [], list[dict[str, Any]]()
    for (cohort, response), rivals in groups.items():
        fits, firsts = ([s.fit for s in own] for own in (rivals, groups.get((cohort, study.link or ""), [])))
        found = judged(study, fits)
        rows += _weight_rows(study, rivals, found)
        own_rows = frame.filter(pl.col("cohort") == cohort)
        made = stood_on(study, fits, found, firsts, own_rows) if response == study.metric else None
        if made is not None:
            chosen.append(_stored(connection, study, cohort, frame, made, found, moment, digest, key))
        elif response != study.link:
            chosen.append(rivals[int(np.argmax(found.weights))].fit.fit_id)
    connection.execute(sql("delete_study_rows", table="fit_weights"), {"study": study.study})
    if rows:
        insert_frame(connection, "fit_weights", pl.DataFrame(rows, infer_schema_length=None))
    connection.execute(sql("update_fits_selected"), {"study": study.study, "ids": chosen})


def _stored(
    connection: duckdb.DuckDBPyConnection,
    study: Study,
    cohort: str,
    frame: pl.DataFrame,
    fit: CombinedFit | ChainedFit,
    found: Judgement,
    moment: datetime,
    digest: str,
    key: str,
) -> str:
    """Stores the combination or the chain of a cohort and returns its fit_id."""
    place = {"study": study.study, "cohort": cohort, "law": fit.law.name}
    earlier = connection.execute(sql("count_fits"), place).fetchone()
    identity = short_hash(*place.values(), key, earlier[0] if earlier else 0)
    fit.fit_id = identity
    row = fit_row(fit, {"fit_id": identity, **place}, fit.law, found.rule, certified(fit))
    row |= {"data_version": digest, "refit_key": key, "fitted_at": moment, "valid_to": None}
    insert_combined(connection, row, fit, without_needs(fit.law, frame.filter(pl.col("cohort") == cohort)))
    return identity


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
