"""Same shape, own level: a cohort of few runs takes shape parameters from other cohorts, as far as its own runs bear them out.

What a cohort may expect of the shared parameters (shapes.py) is the prior of its fit; how wide, its own runs decide
(evidence/sharing.py). Each draw has a prior mean drawn from that prior (randomise, then optimise: Bardsley et al. 2014), so that
the error of carrying over is in every interval that follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from pipeline.fitting.effort import FULL, REPLAY
from pipeline.fitting.evidence.sharing import strengths
from pipeline.fitting.fitter import fit
from pipeline.fitting.result import Fit
from pipeline.fitting.shapes import Carried, Shapes
from pipeline.fitting.uncertainty.calibration import ENDS
from pipeline.laws.law import Law

Array = np.ndarray
Given = Callable[[Mapping[str, float]], dict[str, Any]]
PARTS = 16
"""Prior means that the draws are shared out among."""
DECISIVE = 5.0
"""Where a cohort's own runs say every shared parameter so many times better than the others do, its fit is its own."""
WORTH = 2.0
"""Runs that the other cohorts' spread of single runs counts as, beside the cohort's own."""


def fit_with(
    law: Law, frame: pl.DataFrame, shared: Mapping[str, Carried], *, draws: int = 1000, seed: int = 0, **options: Any
) -> Fit:
    """`fit` of a cohort that shares parameters with others, as far as its runs agree; `options` are those of `fit`."""
    shapes = shared if isinstance(shared, Shapes) else Shapes(shared)
    objective = options.get("objective") or law.objective
    times = strengths(law, frame, shapes, objective, options, seed)

    def given(shift: Mapping[str, float]) -> dict[str, Any]:
        priors = {name: one.prior(shift.get(name, 0.0), times[name]) for name, one in shapes.items()}
        return {**options, "prior": {**(options.get("prior") or {}), **priors}, "run_sd": shapes.run_sd}

    base = fit(law, frame, draws=draws, seed=seed, **given({}))
    parts = _parts(base, frame, shapes, given, seed) if len(base.draws) else base.draws
    return _with_draws(base, parts, shapes, times)


def _parts(base: Fit, frame: pl.DataFrame, shapes: Shapes, given: Given, seed: int) -> Array:
    """(draws, P): each part of them under prior means of its own."""
    rng = np.random.default_rng([seed, 41])
    each, found = -(-len(base.draws) // PARTS), []
    for part in range(PARTS):
        own = {**given(shapes.drawn(rng)), "warm_start": base, "effort": replace(REPLAY, hopeless=FULL.hopeless)}
        found.append(fit(base.law, frame, draws=each, seed=seed + part + 1, **own).draws)
    return np.concatenate(found)[: len(base.draws)]


def _with_draws(base: Fit, draws: Array, shapes: Shapes, times: Mapping[str, float]) -> Fit:
    """The fit with these draws, the intervals that follow, and the words of what was carried over."""
    low, high = np.quantile(draws, ENDS, axis=0) if len(draws) else (base.low, base.high)
    error = draws.std(axis=0) if len(draws) else base.std_error
    said = {
        name: {
            "mean": one.value,
            "sd": one.sd * times[name],
            "cohorts": one.cohorts,
            "strength": times[name],
            "source": shapes.source,
        }
        for name, one in shapes.items()
    }
    certificate = replace(base.certificate, shared=said)
    spread = _run_spread(base, shapes)
    return replace(base, draws=draws, std_error=error, low=low, high=high, certificate=certificate, residual_sd=spread)


def _run_spread(base: Fit, shapes: Shapes) -> float:
    """The spread of single runs, of which few say little: with the other cohorts' as WORTH runs."""
    freedom = max(base.n_points - (len(base.index) - len(shapes)), 0)
    if not shapes.run_sd > 0:
        return base.residual_sd
    return float(np.sqrt((freedom * base.residual_sd**2 + WORTH * shapes.run_sd**2) / (freedom + WORTH)))


def own_words(alone: Fit, shapes: Shapes) -> bool:
    """Whether a cohort's own fit says every shared parameter so well that what others say would not move it."""
    if alone.grade == "refused":
        return False
    for name, one in shapes.items():
        place = alone.names.index(name)
        error = alone.std_error[place] / (abs(alone.estimate[place]) if one.logs else 1.0)
        if not DECISIVE * error < one.sd:
            return False
    return True
