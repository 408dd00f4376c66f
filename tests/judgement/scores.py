"""What each law and the combination forecast, and how that came out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipeline.errors import LawbookError
from pipeline.fitting import Fit, common_design, fit
from pipeline.fitting.evidence.blocks import Design
from pipeline.fitting.evidence.combination import combined
from pipeline.fitting.evidence.readings import unmoved
from pipeline.fitting.evidence.weights import judge
from pipeline.forecasts.extrapolation import extrapolate
from pipeline.laws import laws
from pipeline.study.observations import without_needs
from tests.judgement.splits import Case

Array = np.ndarray
DRAWS = 400
COMBINED = "combined"
EACH = (0.80, 0.97)
"""Shares of outcomes inside 90 % intervals that a larger set may have."""


@dataclass(frozen=True)
class Score:
    """One forecaster on one case.

    error: mean absolute error in the unit of the response. covered: share of outcomes in the 90 % interval of a new run, width:
    its median width; NaN where there is no interval. narrowest: the width of the interval about the same forecasts, equally wide
    everywhere, that holds 90 % of the outcomes. logs: root mean square of ln predicted − ln observed. seconds: processor time of
    the fit, or of the combination of fits. exact: the chance that `covered` lies in EACH if a draw of its own were the truth.
    """

    sweep: str
    split: str
    part: str
    law: str
    grade: str
    points: int
    error: float
    logs: float
    covered: float
    width: float
    narrowest: float
    reason: str = ""
    seconds: float = float("nan")
    exact: float = float("nan")


def scored(case: Case, law: str, grade: str, made: pl.DataFrame, reason: str = "") -> Score:
    """The score of forecasts: `made` has value, predicted, predicted_low and predicted_high."""
    value, predicted, low, high = (
        made[name].cast(pl.Float64).to_numpy() for name in ("value", "predicted", "predicted_low", "predicted_high")
    )
    missed = np.abs(predicted - value)
    known = np.isfinite(low) & np.isfinite(high)
    inside = (low <= value) & (value <= high)
    with np.errstate(all="ignore"):
        logs = float(np.sqrt(np.mean((np.log(predicted) - np.log(value)) ** 2)))
    return Score(
        case.sweep,
        case.split,
        case.part,
        law,
        grade,
        len(value),
        float(missed.mean()),
        logs,
        float(inside[known].mean()) if known.any() else float("nan"),
        float(np.median((high - low)[known])) if known.any() else float("nan"),
        float(2 * np.quantile(missed, 0.9)),
        reason,
    )


def chance_of_band(draws: Array) -> float:
    """The chance that the share of outcomes inside lies in EACH, where the outcomes (n,) are one of the draws (m, n) itself.

    Forecasts of one law miss together, so that of exact intervals too many a set has all of its outcomes inside, or few.
    """
    known = draws[:, np.isfinite(draws).all(axis=0)]
    if not known.size:
        return float("nan")
    low, high = np.quantile(known, [0.05, 0.95], axis=0)
    inside = ((low <= known) & (known <= high)).mean(axis=1)
    return float(((EACH[0] <= inside) & (inside <= EACH[1])).mean())


def _served(frame: pl.DataFrame, law: str) -> pl.DataFrame:
    """The rows of a study's frame, marked where they lack what a law reads; frames that no study made have it all."""
    return without_needs(laws[law], frame) if "reason" in frame.columns else frame


def fitted(case: Case, law: str, blocks: Design) -> Fit | str:
    """A rival fitted to what is known, or why there is no fit."""
    try:
        pools = [*case.pools] if laws[law].pooled else None
        return fit(
            laws[law],
            _served(case.known, law),
            draws=min(DRAWS, case.effort.tile),
            pools=pools,
            effort=case.effort,
            design=blocks,
        )
    except LawbookError as error:
        return str(error)


def combination(fits: Sequence[Fit], asked: pl.DataFrame) -> Fit | None:
    """The combination of usable fits, judged at the horizon that is asked, as a plan has it; None where none is usable."""
    usable = [found for found in fits if found.grade != "refused"]
    if not usable:
        return None
    far = float(np.nanmax(usable[0].distance(asked), initial=0.0))
    return combined(usable, judge(usable, far).weights) if len(usable) > 1 or unmoved(usable[0]) else usable[0]


def judged(case: Case) -> list[Score]:
    """Scores of every rival and of their combination."""
    blocks = common_design([laws[law] for law in case.laws], case.known, case.pools)
    found, seconds = {}, {}
    for law in case.laws:
        started = time.process_time()
        found[law] = fitted(case, law, blocks)
        seconds[law] = time.process_time() - started
    fits = {law: one for law, one in found.items() if isinstance(one, Fit)}
    asked = case.asked
    for one in fits.values():
        served = _served(asked, one.law.name)
        asked = served.filter("used") if "used" in served.columns else served
    rows = [
        replace(
            scored(case, law, one.grade, one.predict(asked, new_run=True), "; ".join(one.certificate.reasons)),
            seconds=seconds[law],
        )
        for law, one in fits.items()
    ]
    if case.known["run_key"].n_unique() == 1:
        return [*rows, *_alone(case)]
    started = time.process_time()
    together = combination(list(fits.values()), asked)
    taken = time.process_time() - started
    if together is not None:
        made, exact = together.predict(asked, new_run=True), chance_of_band(together.predict_draws(asked, new_run=True))
        rows.append(replace(scored(case, COMBINED, "clean", made), seconds=taken, exact=exact))
    return rows


def _alone(case: Case) -> list[Score]:
    """The combination for one curve that is all there is: it is carried on by itself."""
    x, y = (case.known[name].to_numpy() for name in ("data_seen", "value"))
    found = extrapolate(x, y, case.asked["data_seen"].to_numpy())
    if found is None:
        return []
    ends = {"predicted": np.exp(found.centre), "predicted_low": found.quantile(0.05), "predicted_high": found.quantile(0.95)}
    return [scored(case, COMBINED, "clean", case.asked.with_columns(pl.Series(name, value) for name, value in ends.items()))]
