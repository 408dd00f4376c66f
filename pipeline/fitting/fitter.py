"""fit(): from a law and a frame of observations to a certified, calibrated fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.fitting import grading, heldout, information, misfit
from pipeline.fitting.calibration import calibrated, calibration_factor, simulated_refits
from pipeline.fitting.certificate import Certificate
from pipeline.fitting.effort import FULL, Effort
from pipeline.fitting.information_matrix import information as information_at
from pipeline.fitting.objective import reported_scale
from pipeline.fitting.resampling import Kind, Mapper, Resampler, resample, tile_for
from pipeline.fitting.result import Fit, fit_id
from pipeline.fitting.search import Search
from pipeline.fitting.setup import Setup, searched, set_up
from pipeline.fitting.within_run import AutoregressiveNoise
from pipeline.laws.compile import version
from pipeline.laws.law import Law, Objective

Array = np.ndarray
FEW_RUNS = 5


def fit(
    law: Law,
    frame: pl.DataFrame,
    *,
    draws: int = 1000,
    seed: int = 0,
    objective: Objective | None = None,
    fix: Mapping[str, Any] | None = None,
    prior: Mapping[str, Any] | None = None,
    pools: Sequence[str] | None = None,
    warm_start: Fit | Array | None = None,
    map: Mapper = map,
    resampling: Kind = "bayesian",
    effort: Effort = FULL,
) -> Fit:
    """Fit `law` to the used rows of `frame`, with certificate and calibrated draws.

    frame: the law's columns and `value` (or a column named as the law's response); `run_key` groups rows into runs; `pool` with
    `data_unique`, or `members`, for laws over pools. objective: the law's own unless given. fix: {parameter or parameter[pool]:
    value}. prior: {parameter: (mean, sd)}, sd relative for positive parameters. warm_start: an earlier Fit, audited from 8 other
    starts. map: any map-like callable; draws do not depend on it. effort: what it may cost. Raises FitError where a
    frame cannot be fitted; a fit that should not be believed is returned with grade "refused" and the runs that would cure it.
    """
    chosen = objective or law.objective
    setup = set_up(law, frame, chosen, fix, pools)
    points, free = len(setup.observed.value), setup.problem.free.size
    if points <= free and not effort.hopeless:
        raise FitError(f"{points} observations cannot inform {free} free parameters of {law.name}")
    found = searched(setup, seed, warm_start, prior, effort)
    return _assembled(setup, found, chosen, draws, seed, map, resampling, prior, effort)


def _noise(setup: Setup, w: Array, informing: Array) -> AutoregressiveNoise | None:
    """Within-run residual resampling, where a free parameter rests on fewer than five runs that have several points."""
    run = setup.observed.run
    several = np.bincount(run).max(initial=0) >= 4
    if not several or not (informing < FEW_RUNS).any():
        return None
    predicted = setup.problem.predicted(w[None])[0]
    fitted = np.log(predicted) if setup.problem.objective.space == "log" else predicted
    return AutoregressiveNoise(fitted, setup.problem.target - fitted, run)


def _assembled(
    setup: Setup,
    found: Search,
    chosen: Objective,
    draws: int,
    seed: int,
    mapper: Mapper,
    kind: Kind,
    priors: Mapping[str, Any] | None,
    effort: Effort,
) -> Fit:
    problem, data, best = setup.problem, setup.observed, found.best
    ones, size = np.ones(len(data.value)), len(setup.index)
    facts = information_at(problem, best.w, data.run, ones)
    informing = facts.informing(data.run) if problem.free.size else np.zeros(0, int)
    noise = _noise(setup, best.w, informing)
    close = np.stack([problem.coordinates.off_bounds(w) for w in found.close()[: effort.minima]])
    raw, good = resample(
        Resampler(problem, close, data.run, ones, kind, seed, noise, tile_for(draws, effort.tile)), draws, mapper
    )
    refits = simulated_refits(problem, best.w, data.run, ones, seed, effort.sweeps) if draws and problem.free.size else raw
    factor = calibration_factor(refits, raw, best.w, problem.free, len(data.run_keys))
    working = calibrated(raw, best.w, factor)
    natural = problem.natural(working) if len(working) else np.empty((0, size))
    natural[:, np.isfinite(setup.fixed)] = setup.fixed[np.isfinite(setup.fixed)]
    few = np.zeros(size, bool)
    few[problem.free] = informing < 2
    natural[:, few] = np.nan
    estimate = np.where(np.isfinite(setup.fixed), setup.fixed, problem.natural(best.w[None])[0])
    held = heldout.held_out(problem, data, setup.cost, np.stack([m.w for m in found.minima[: 1 + effort.spare]]))
    positive = bool((data.value > 0).all())
    predicted = problem.predicted(best.w[None])[0]
    with np.errstate(all="ignore"):
        residual = np.log(data.value / predicted) if positive else data.value - predicted
    residual_sd = float(np.sqrt((residual**2).sum() / max(len(residual) - problem.free.size, 1)))
    low, high = np.quantile(natural, [0.05, 0.95], axis=0) if draws else (np.full(size, np.nan),) * 2
    aic, bic = information.criteria(facts.residual, problem.target, chosen, problem.free.size)
    options = f"{chosen.name}|{draws}|{seed}|{kind}|{sorted((priors or {}).items())}|{setup.fixed.tolist()}"
    largest = {name: float(values.max()) for name, values in data.rows.columns.items()}
    if setup.cost is not None:
        largest["budget"] = float(setup.cost.max())
    result = Fit(
        law=setup.law,
        index=setup.index,
        estimate=estimate,
        draws=natural,
        std_error=natural.std(axis=0, ddof=1) if draws > 1 else np.full(size, np.nan),
        low=low,
        high=high,
        at_bound=problem.coordinates.at_bound(best.w) & ~np.isfinite(setup.fixed),
        objective=chosen,
        objective_value=best.value * reported_scale(chosen),
        rmse=float(np.sqrt(np.mean((data.value - predicted) ** 2))),
        aic=aic,
        bic=bic,
        n_runs=len(data.run_keys),
        n_points=len(data.value),
        certificate=Certificate(),
        fit_id=fit_id(version(setup.law), options, data.value, [*data.rows.columns.values()], data.run_keys),
        misfit=misfit.estimate_misfit(held, residual_sd),
        residual_sd=residual_sd,
        residuals=residual,
        run_keys=data.run_keys,
        largest=largest,
        pools=data.rows.pools,
        extrapolation_error=heldout.extrapolation_error(held),
        seed=seed,
        fixed={n: float(v) for n, v in zip(setup.names, setup.fixed, strict=True) if np.isfinite(v)},
        skipped=data.skipped,
        log_residuals=positive,
        held_out=held,
        working=best.w,
    )
    evidence = grading.Evidence(setup.law, data, problem, found, facts, informing, raw, good, factor, noise is not None, kind)
    return replace(result, certificate=grading.certificate(evidence, result, dict(priors or {})))
