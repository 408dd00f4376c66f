"""fit(): from a law and a frame of observations to a certified, calibrated fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.fitting.effort import FULL, Effort
from pipeline.fitting.evidence import grading, heldout
from pipeline.fitting.evidence import law_error as misfit
from pipeline.fitting.evidence.blocks import Design, epochs_of, schedules_of
from pipeline.fitting.evidence.certificate import Certificate
from pipeline.fitting.evidence.law_error_prior import FIXED, MisfitPrior
from pipeline.fitting.evidence.nested import Unfelt, note, unfelt
from pipeline.fitting.nested_start import nested_start
from pipeline.fitting.numerics.objective import reported_scale
from pipeline.fitting.own_units import own_units
from pipeline.fitting.result import Fit, fit_id
from pipeline.fitting.search import Search
from pipeline.fitting.setup import Setup, searched, set_up
from pipeline.fitting.uncertainty import information
from pipeline.fitting.uncertainty.draws import Draws, drawn
from pipeline.fitting.uncertainty.information_matrix import Information
from pipeline.fitting.uncertainty.information_matrix import information as information_at
from pipeline.fitting.uncertainty.resampling import Kind, Mapper
from pipeline.laws.engine.compile import version
from pipeline.laws.law import Law, Objective

Array = np.ndarray
CLIP, CLIPPED = 1.5, 0.7785
"""Residuals count as at most 1.5 sd; the mean square of a normal so clipped is .7785."""
ROUNDS = 30
NESTED = 16
"""Starts of the search for a nested law's optimum, beside that of the whole law."""


def fit(
    law: Law,
    frame: pl.DataFrame,
    *,
    draws: int = 1000,
    seed: int = 0,
    objective: Objective | None = None,
    fix: Mapping[str, Any] | None = None,
    prior: Mapping[str, Any] | None = None,
    run_sd: float | None = None,
    pools: Sequence[str] | None = None,
    warm_start: Fit | Array | None = None,
    map: Mapper = map,
    resampling: Kind = "bayesian",
    effort: Effort = FULL,
    misfit_prior: MisfitPrior = FIXED,
    design: Design | None = None,
) -> Fit:
    """Fit `law` to the used rows of `frame`, with certificate and calibrated draws.

    frame: the law's columns and `value` (or a column named as the law's response); `run_key` groups rows into runs; `pool` with
    `data_unique`, or `members`, for laws over pools; `sampling_sd` (of a share also `sampling_items`) where some values stray
    farther than others and weigh less (unequal.py). objective: the law's own unless given. fix: {parameter or parameter[pool]:
    value}. prior: {parameter: (mean, sd)}, sd relative for positive parameters. run_sd: the spread of single runs by which priors
    are weighed, else that around this fit. warm_start: an earlier Fit, audited from 8 other
    starts. map: any map-like callable; draws do not depend on it. effort: what it may cost. misfit_prior: what is expected of
    the law's own error before its held-out predictions. design: the held-out blocks that rivals share (evidence/blocks.py), else
    those of the law's own columns. Raises FitError where a frame cannot be fitted; a fit that should not be believed is returned
    with grade "refused" and the runs that would fix it.
    """
    chosen = objective or law.objective
    prepared = partial(set_up, law, frame, chosen, pools=pools, blocks=design)
    setup = prepared(fix=fix)
    points, free = len(setup.observed.value), setup.problem.free.size
    if points <= free and not effort.hopeless:
        raise FitError(
            f"{points} observations cannot inform {free} free parameters of {law.name}", fix="log more runs, or fix parameters"
        )
    inner = nested_start(setup, frame, fix, pools, seed, effort) if warm_start is None else None
    found = searched(setup, seed, warm_start, prior, effort, run_sd, inner)
    gone = unfelt(setup, found.best.w, prior or {}) if free else Unfelt({}, {}, {})
    if gone.held:
        theta = setup.problem.natural(found.best.w[None])[0]
        setup = prepared(fix=setup.constants | gone.held)
        free = setup.problem.free.size
        nested = replace(effort, audit=min(NESTED, effort.starts), glance=effort.longest)
        found = searched(setup, seed, theta, prior, nested, run_sd)
    facts = information_at(setup.problem, found.best.w, setup.observed.run, np.ones(points))
    informing = facts.informing(setup.observed.run) if free else np.zeros(0, int)
    units = own_units(law, setup.problem, found.best.w)
    made = drawn(setup, found, units, informing, draws, seed, map, resampling, effort)
    made.natural[:, [setup.names.index(name) for name in gone.silent]] = np.nan
    options = f"{chosen.name}|{draws}|{seed}|{resampling}|{sorted((prior or {}).items())}|{setup.fixed.tolist()}"
    options += "" if misfit_prior == FIXED else f"|{misfit_prior}"
    options += "" if setup.problem.unequal is None else f"|{setup.problem.unequal.sd.tolist()}"
    minima = units.there(np.array([m.w for m in found.minima[: 1 + effort.spare]]).reshape(-1, len(found.best.w)))
    held = heldout.held_out(units.own, setup.observed, setup.design, minima)
    result = _assembled(setup, found, facts, made, seed, options, held, misfit_prior)
    evidence = grading.Evidence(setup, found, facts, informing, made, resampling)
    certificate = grading.certificate(evidence, result, dict(prior or {}))
    note(certificate, setup, gone)
    return replace(result, certificate=certificate)


def _residuals(setup: Setup, predicted: Array) -> tuple[Array, float, bool]:
    """ln observed − ln predicted where all values are positive, else observed − predicted; their sd; and whether they are ln."""
    value, positive = setup.observed.value, bool((setup.observed.value > 0).all())
    with np.errstate(all="ignore"):
        residual = np.log(value / predicted) if positive else value - predicted
    return residual, run_spread(residual, setup.problem.free.size), positive


def run_spread(residual: Array, free: int) -> float:
    """The spread of single runs around a law with `free` parameters, as a sd that a few starved or short runs do not set.

    Huber's proposal 2 (1981): residuals beyond CLIP of the sd count as CLIP. Each is widened for the parameters that were fitted.
    """
    wide = np.abs(residual) * np.sqrt(len(residual) / max(len(residual) - free, 1))
    spread = float(np.sqrt(np.mean(wide**2)))
    for _ in range(ROUNDS):
        spread = float(np.sqrt(np.mean(np.minimum(wide, CLIP * spread) ** 2) / CLIPPED))
    return spread


def _largest(setup: Setup) -> dict[str, float]:
    """The largest value of each column among the observations, and the largest budget."""
    columns = setup.observed.rows.columns | ({} if setup.cost is None else {"budget": setup.cost})
    epochs = epochs_of(setup.observed.frame)
    known = {} if np.isnan(epochs).any() else {"epochs": epochs}
    return {name: float(values.max()) for name, values in (columns | known).items() if values.size}


def _schedules(setup: Setup, held: pl.DataFrame) -> tuple[str, ...]:
    """The schedules of the runs, where the law was judged by one that was left out."""
    if held.filter(kind="schedule").is_empty():
        return ()
    return tuple(schedules_of(setup.observed.frame).unique().sort().to_list())


def _assembled(
    setup: Setup,
    found: Search,
    facts: Information,
    made: Draws,
    seed: int,
    options: str,
    held: pl.DataFrame,
    misfit_prior: MisfitPrior,
) -> Fit:
    """The fit before its certificate; held: its held-out predictions."""
    problem, data, best, objective = setup.problem, setup.observed, found.best, setup.problem.objective
    known = np.isfinite(setup.fixed)
    predicted = problem.predicted(best.w[None])[0]
    residual, residual_sd, positive = _residuals(setup, predicted)
    std_error, low, high = made.intervals()
    weight = None if problem.unequal is None else problem.unequal.weight
    aic, bic = information.criteria(facts.residual, problem.target, objective, problem.free.size, weight)
    return Fit(
        law=setup.law,
        index=setup.index,
        estimate=np.where(known, setup.fixed, problem.natural(best.w[None])[0]),
        draws=made.natural,
        std_error=std_error,
        low=low,
        high=high,
        at_bound=problem.coordinates.at_bound(best.w) & ~known,
        objective=objective,
        objective_value=best.value * reported_scale(objective),
        rmse=float(np.sqrt(np.mean((data.value - predicted) ** 2))),
        aic=aic,
        bic=bic,
        n_runs=len(data.run_keys),
        n_points=len(data.value),
        certificate=Certificate(),
        fit_id=fit_id(version(setup.law), options, data.value, [*data.rows.columns.values()], data.run_keys),
        misfit=misfit.estimate_misfit(held, residual_sd, misfit_prior),
        residual_sd=residual_sd,
        residuals=residual,
        run_keys=data.run_keys,
        largest=_largest(setup),
        pools=data.rows.pools,
        extrapolation_error=heldout.extrapolation_error(held),
        seed=seed,
        fixed=setup.constants,
        skipped=data.skipped,
        log_residuals=positive,
        held_out=held,
        axis=setup.design.axis if setup.cost is not None else (),
        schedules=_schedules(setup, held),
        working=best.w,
    )
