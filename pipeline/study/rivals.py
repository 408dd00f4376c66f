"""What a study's plans and forecasts stand on: how far each rival is trusted, and their combination or chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from pipeline.fitting import Fit
from pipeline.fitting.evidence.chain import ChainedFit, chain_errors, chained
from pipeline.fitting.evidence.combination import CombinedFit, combined
from pipeline.fitting.evidence.readings import unmoved
from pipeline.fitting.evidence.weights import Judgement, judge
from pipeline.fitting.unequal import SD
from pipeline.study.declaration import Study

FARTHEST = 3.0
"""Decades beyond the runs at which laws are judged, at most: nothing is held out farther."""
UNASKED = 1.0
"""Decades where the plan names no budget on the axis of the runs: the middle of those at which a plan answers then."""


def stood_on(
    study: Study, rivals: Sequence[Fit], found: Judgement, firsts: Sequence[Fit], rows: pl.DataFrame
) -> CombinedFit | ChainedFit | None:
    """The combination or the chain that plans of the study's metric stand on; None where that is one law, or there is none.

    rivals: the usable fits of the metric in one cohort, with their judgement. firsts: of a chain, those of its link. rows: the
    observations that all were fitted to. One law alone is a combination of its readings, where it reads a column that no run
    varied.
    """
    own = combined(rivals, found.weights) if len(rivals) > 1 or unmoved(rivals[0]) else None
    if study.link is None:
        return own
    if not firsts:
        return None
    first = combined(firsts, judged(study, firsts).weights) if len(firsts) > 1 else firsts[0]
    second = rivals[0] if own is None else own
    return chained(first, second, study.link, chain_errors(first, second, study.link, rows, _sampling_sd(second, rows)))


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


def _sampling_sd(fit: Fit, rows: pl.DataFrame) -> float:
    """How far a run strays by the benchmark's items alone, in the unit of the fit's residuals; 0 where nothing tells it."""
    if SD not in rows.columns:
        return 0.0
    own = pl.col(SD) / (pl.col("value") if fit.log_residuals else 1.0)
    middle = rows.filter("used").select(own.fill_nan(None).median()).item()
    return float(middle or 0.0)
