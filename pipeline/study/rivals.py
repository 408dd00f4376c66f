"""What a study's plans and forecasts stand on: how far each rival is trusted, and their combination or chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from pipeline.fitting import Fit
from pipeline.fitting.evidence.chain import ChainedFit, chain_errors, chained
from pipeline.fitting.evidence.combination import CombinedFit, combined
from pipeline.fitting.evidence.readings import unmoved
from pipeline.fitting.evidence.weights import Judgement, judge
from pipeline.fitting.unequal import SD
from pipeline.study.chains import direct
from pipeline.study.declaration import Study

Array = np.ndarray
FARTHEST = 3.0
"""Decades beyond the runs at which laws are judged, at most: nothing is held out farther."""
UNASKED = 1.0
"""Decades where the plan names no budget on the axis of the runs: the middle of those at which a plan answers then."""


@dataclass(frozen=True)
class Trust:
    """How far one law is trusted: its part in what plans stand on, and the judgement that says so."""

    weight: float
    error: float
    best: float
    found: Judgement


@dataclass(frozen=True)
class Standing:
    """What plans stand on, None where that is one law, or there is none; how far each rival is trusted, and what decided it."""

    made: CombinedFit | ChainedFit | None
    trusts: list[Trust]
    rule: str


def stood_on(study: Study, rivals: Sequence[Fit], firsts: Sequence[Fit], rows: pl.DataFrame) -> Standing:
    """What plans of the study's metric stand on.

    rivals: the usable fits of the metric in one cohort. firsts: of a chain, those of its link. rows: the observations that all
    were fitted to. One law alone is a combination of its readings, where it reads a column that no run varied. Of a chain beside
    direct laws it is the combination of both.
    """
    if study.link is None:
        found = judged(study, rivals)
        return Standing(_mixed(rivals, found.weights), trusted(found), found.rule)
    through, others = ([k for k, fit in enumerate(rivals) if direct(study, fit.law) == is_direct] for is_direct in (False, True))
    chain, inner = _chain(study, study.link, [rivals[k] for k in through], firsts, rows)
    beside = [rivals[k] for k in others if chain is None or rivals[k].log_residuals == chain.log_residuals]
    if not beside:
        return Standing(chain, _placed(len(rivals), (through, inner)), inner[0].found.rule)
    whole = [*([] if chain is None else [chain]), *beside]
    found = judged(study, whole)
    each = trusted(found)
    of_chain, own = (replace(each[0], weight=0.0) if chain is None else each[0]), each[len(whole) - len(beside) :]
    within = [replace(of_chain, weight=of_chain.weight * one.weight) for one in inner]
    kept = [k for k in others if any(rivals[k] is fit for fit in beside)]
    return Standing(_mixed(whole, found.weights), _placed(len(rivals), (through, within), (kept, own)), found.rule)


def alone(found: Judgement) -> Standing:
    """Where the laws of a response stand for themselves: one of them is believed, each as far as its judgement says."""
    return Standing(None, trusted(found), found.rule)


def trusted(found: Judgement) -> list[Trust]:
    """What a judgement says of each of its laws."""
    each = zip(found.weights, found.error, found.best, strict=True)
    return [Trust(float(weight), float(error), float(best), found) for weight, error, best in each]


def _placed(count: int, *parts: tuple[Sequence[int], Sequence[Trust]]) -> list[Trust]:
    """The trusts in the order of the rivals; one whose errors are in another unit than the others' has no weight."""
    known = {k: one for places, trusts in parts for k, one in zip(places, trusts, strict=True)}
    some = next(iter(known.values())).found
    return [known.get(k, Trust(0.0, float("nan"), float("nan"), some)) for k in range(count)]


def _mixed(rivals: Sequence[Fit], weights: Array) -> CombinedFit | None:
    """The combination of fits; None of one that has a single reading and is no chain."""
    several = len(rivals) > 1 or unmoved(rivals[0])
    return combined(rivals, weights) if several else None


def _chain(
    study: Study, link: str, seconds: Sequence[Fit], firsts: Sequence[Fit], rows: pl.DataFrame
) -> tuple[ChainedFit | None, list[Trust]]:
    """The chain of a cohort, if both of its stages have a usable law, and how far each law of its second stage is trusted."""
    if not seconds:
        return None, []
    found = judged(study, seconds)
    if not firsts:
        return None, trusted(found)
    first = combined(firsts, judged(study, firsts).weights) if len(firsts) > 1 else firsts[0]
    second = _mixed(seconds, found.weights) or seconds[0]
    errors = chain_errors(first, second, link, rows, _sampling_sd(second, rows))
    return chained(first, second, link, errors), trusted(found)


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
