"""The combination of a cohort's rival laws: what its plans and forecasts stand on, and how far each law is trusted in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import polars as pl

from pipeline.fitting import Fit
from pipeline.fitting.evidence.chain import ChainedFit, chain_errors, chained
from pipeline.fitting.evidence.combination import CombinedFit, combined
from pipeline.fitting.evidence.readings import unmoved
from pipeline.fitting.evidence.weights import Judgement, judge
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.store.store import MADE_OF, Stored, certified, current_fits, fit_row, insert_combined
from pipeline.store.warehouse import insert_frame
from pipeline.study.declaration import Study
from pipeline.study.derived.noise import SAMPLING_SD
from pipeline.study.observations import without_needs
from pipeline.study.reductions import response_of

FARTHEST = 3.0
"""Decades beyond the runs at which laws are judged, at most: nothing is held out farther."""
UNASKED = 1.0
"""Decades where the plan names no budget on the axis of the runs: the middle of those at which a plan answers then."""


def combine_study(
    connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame, moment: datetime, digest: str, key: str
) -> None:
    """Judges the current fits of each cohort, stores their combination and marks what plans stand on: it, or the only usable law.

    One law alone is a combination of its readings, where it reads a column that no run varied.

    Laws compete with those of the same response; where a cohort has several, the combination is of the study's metric.
    """
    groups: dict[tuple[str, str], list[Stored]] = {}
    for stored in current_fits(connection, study.study):
        if stored.law.name not in MADE_OF:
            groups.setdefault((stored.cohort, response_of(study, stored.law)), []).append(stored)
    chosen, rows = [], list[dict[str, Any]]()
    for (cohort, response), rivals in groups.items():
        found = judged(study, [stored.fit for stored in rivals])
        rows += _weight_rows(study, rivals, found)
        made = _made_of(study, cohort, response, groups, found, frame.filter(pl.col("cohort") == cohort))
        if made is not None:
            chosen.append(_stored(connection, study, cohort, frame, made, found, moment, digest, key))
        elif response != study.link:
            chosen.append(rivals[int(np.argmax(found.weights))].fit.fit_id)
    connection.execute(sql("delete_study_rows", table="fit_weights"), {"study": study.study})
    if rows:
        insert_frame(connection, "fit_weights", pl.DataFrame(rows, infer_schema_length=None))
    connection.execute(sql("update_fits_selected"), {"study": study.study, "ids": chosen})


def _made_of(
    study: Study, cohort: str, response: str, groups: Mapping[tuple[str, str], list[Stored]], found: Judgement, rows: pl.DataFrame
) -> CombinedFit | ChainedFit | None:
    """The chain or the combination that plans of the study's metric stand on; None where that is one law, or another response."""
    rivals = [stored.fit for stored in groups[cohort, response]]
    if response != study.metric:
        return None
    own = combined(rivals, found.weights) if len(rivals) > 1 or unmoved(rivals[0]) else None
    if study.link is None:
        return own
    firsts = [stored.fit for stored in groups.get((cohort, study.link), [])]
    if not firsts:
        return None
    first = combined(firsts, judged(study, firsts).weights) if len(firsts) > 1 else firsts[0]
    second = rivals[0] if own is None else own
    return chained(first, second, study.link, chain_errors(first, second, study.link, rows, _sampling_sd(second, rows)))


def _sampling_sd(fit: Fit, rows: pl.DataFrame) -> float:
    """How far a run strays by the benchmark's items alone, in the unit of the fit's residuals; 0 where nothing tells it."""
    if SAMPLING_SD not in rows.columns:
        return 0.0
    own = pl.col(SAMPLING_SD) / (pl.col("value") if fit.log_residuals else 1.0)
    middle = rows.filter("used").select(own.fill_nan(None).median()).item()
    return float(middle or 0.0)


def judged(study: Study, fits: Sequence[Fit]) -> Judgement:
    """How far each of the fits of one cohort is trusted at the budgets that the study's plan asks for."""
    return judge(fits, horizon(study.plan, fits), study.seed)


def horizon(plan: Mapping[str, Any], fits: Sequence[Fit]) -> float:
    """Decades from the largest run to the middle of the budgets that the plan asks for beyond it, on the axis of the runs."""
    axis, largest = fits[0].axis, fits[0].largest.get("budget")
    asked = plan.get("flops" if len(axis) == 2 else axis[0] if axis else "", [])
    if not asked or not largest:
        return UNASKED
    beyond = np.log10(np.atleast_1d(np.asarray(asked, float)) / largest)
    return float(np.clip(np.median(np.maximum(beyond, 0.0)), 0.0, FARTHEST))


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
