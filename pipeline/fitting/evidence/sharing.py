"""How much a cohort shares with others: what it would have forecast of its own larger runs under priors of growing width.

What other cohorts say of a shared parameter is a prior N(μ, sd²). A cohort that is unlike them would be pulled away from what its
own runs say. So the sd is multiplied by each of STRENGTHS, the cohort's smaller runs are fitted under each and forecast its
larger ones, and the mean squared error e² over m such runs says how likely that strength is: e^(−m), the likelihood of normal
errors of unknown variance. The most sharing that is half as likely as the likeliest is taken: where too few runs were made to
tell, all is shared; where runs and prior contradict each other, next to nothing (empirical Bayes: Gravestock & Held 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from pipeline.fitting.constants import prior
from pipeline.fitting.evidence.blocks import Design, cost_axis, cost_of
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.problem import Prior
from pipeline.fitting.setup import Setup, carried_by_run, set_up, with_warm_start
from pipeline.fitting.shapes import Shapes
from pipeline.laws.law import Law, Objective

Array = np.ndarray
STRENGTHS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Multiples of the prior's sd: at the last, next to nothing is shared."""
AS_LIKELY = 0.5
"""More sharing is taken where it is at least so likely, beside the likeliest strength."""
STARTS, CUTS = 8, 6
"""Starts of each fit, and training sets, at most."""
LEAST = 1e-4
"""Errors of ln value, or of the value's own spread, below which a forecast is exact."""
USUAL_RUN_SD = 0.01
"""Spread of single runs where the other cohorts do not say."""


def strengths(
    law: Law, frame: pl.DataFrame, shapes: Shapes, objective: Objective, options: Mapping[str, Any], seed: int
) -> dict[str, float]:
    """By which of STRENGTHS each shared parameter's sd is multiplied for the runs of `frame`: one parameter after another."""
    quadratic = replace(objective, loss="l2")
    nothing = Design((), np.full(frame.height, np.nan), ())
    setup = set_up(law, frame, quadratic, options.get("fix"), options.get("pools"), nothing)
    train, chosen = training_sets(setup, max(setup.problem.free.size - len(shapes), 0) + 1), dict.fromkeys(shapes, STRENGTHS[0])
    if not len(train):
        return chosen
    begin = with_warm_start(setup, STARTS, seed, _centred(setup, shapes))
    runs = len(np.unique(setup.observed.run[~train.all(axis=0)]))
    scale = carried_by_run(setup, shapes.run_sd if shapes.run_sd > 0 else USUAL_RUN_SD)
    for name in shapes:
        missed = []
        for times in STRENGTHS:
            setup.problem.prior = _prior(setup, shapes, {**chosen, name: times}, options, scale)
            missed.append(_missed(setup, begin, train))
        likely = -0.5 * runs * np.log(np.array(missed) + LEAST**2)
        chosen[name] = STRENGTHS[int(np.flatnonzero(likely >= likely.max() + np.log(AS_LIKELY))[0])]
    return chosen


def _prior(setup: Setup, shapes: Shapes, times: Mapping[str, float], options: Mapping[str, Any], scale: float) -> Prior | None:
    logs = tuple(next(p.domain for p in setup.law.parameters if p.name == name) == "positive" for name, _ in setup.index)
    shared = {name: one.prior(strength=times[name]) for name, one in shapes.items()}
    return prior({**(options.get("prior") or {}), **shared}, setup.index, logs, scale)


def training_sets(setup: Setup, least: int) -> Array:
    """(sets, n) the cohort's smaller runs, by cost: as many as inform its own parameters, up to all but the largest."""
    frame, run = setup.observed.frame, setup.observed.run
    cost = np.nan_to_num(cost_of(cost_axis(frame, setup.law.columns), frame))
    largest = np.array([cost[run == k].max() for k in range(len(setup.observed.run_keys))])
    rank = np.argsort(np.argsort(largest, kind="stable"), kind="stable")[run]
    counts = np.arange(least, len(largest))
    chosen = counts[np.unique(np.linspace(0, len(counts) - 1, min(CUTS, len(counts))).astype(int))] if len(counts) else counts
    return np.array([rank < count for count in chosen], bool).reshape(-1, len(run))


def _centred(setup: Setup, shapes: Shapes) -> Array:
    """A start at what the other cohorts say of the shared parameters: the rest as in the first of the usual starts."""
    usual = setup.problem.natural(with_warm_start(setup, 1, 0, None))[0]
    return np.array([shapes[name].value if name in shapes else usual[k] for k, (name, _) in enumerate(setup.index)])


def _missed(setup: Setup, begin: Array, train: Array) -> float:
    """Mean squared error of the runs that each training set lacks, of ln value or in units of the values' spread."""
    starts = np.tile(begin, (len(train), 1))
    found = minimise(setup.problem, starts, np.repeat(train, len(begin), axis=0).astype(float))
    value = np.where(np.isfinite(found.value), found.value, np.inf).reshape(len(train), -1)
    best = value.argmin(axis=1) + np.arange(len(train)) * len(begin)
    residual = setup.problem.residuals(found.w[best])
    unit = 1.0 if setup.problem.objective.space == "log" else max(float(np.std(setup.observed.value)), 1e-300)
    each = [float(np.mean((row[~known] / unit) ** 2)) for row, known in zip(residual, train, strict=True)]
    return float(np.nan_to_num(np.mean(each), nan=np.inf))
