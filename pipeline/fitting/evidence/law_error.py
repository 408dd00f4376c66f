"""How wrong the law itself is, from what it missed when held out: sd of ln prediction = s0·exp(k·max(distance, 0)).

What a law gets wrong is smooth: runs beyond one origin share it, so that a hundred of them say little more about its size than a
few. Each origin and each left-out mixture therefore counts as a few independent errors, and the rest comes from a prior, which
forecasts of other studies that have been scored teach (misfit_prior.py).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.fitting.evidence.blocks import GROUPED
from pipeline.fitting.evidence.law_error_prior import FIXED, INDEPENDENT, K, MisfitPrior, minus_log_likelihood
from pipeline.fitting.result import Misfit

Array = np.ndarray
S0 = np.geomspace(1e-5, 1.0, 81)
APART = ("epochs", "schedule")
"""Axes with an error of their own: it holds for rows that leave the runs along them."""
NEAR = -0.3
"""Mixtures are scored within a factor of two of the largest budget: early in a run every mixture looks alike."""


def estimate_misfit(held_out: pl.DataFrame, residual_sd: float, prior: MisfitPrior = FIXED) -> Misfit:
    """The law's own error: the posterior mean of its variance at distance 0, and of its growth.

    Gaussian errors of variance noise² + residual_sd² + misfit². What lies beyond the compute that was trained on and left-out
    mixtures (their later half, where plans are made) are estimated apart, and the larger misfit holds; the other axes count where
    neither was held out. Epochs and left-out schedules have an error of their own, for rows that leave the runs there.
    """
    if not held_out.height:
        return Misfit(*_moments(_minus_log_prior(prior, residual_sd)), 0)
    usable = pl.col("error").is_finite() & pl.col("noise").is_finite()
    held_out = held_out.filter(usable)
    frame = held_out.filter((pl.col("kind") == "compute") | ((pl.col("kind") == "mixture") & (pl.col("distance") > NEAR)))
    frame = frame if frame.height else held_out
    kinds = [part for _, part in frame.group_by("kind", maintain_order=True)] or [frame]
    found = [_posterior_mean(part, residual_sd, prior) for part in kinds]
    along = {axis: held_out.filter(kind=axis) for axis in APART}
    own = {axis: _posterior_mean(part, residual_sd, prior) for axis, part in along.items() if part.height}
    others = tuple((axis, m.s0, m.k) for axis, m in own.items())
    return Misfit(max(m.s0 for m in found), max(m.k for m in found), frame.n_unique("run_key"), others)


def _posterior_mean(frame: pl.DataFrame, residual_sd: float, prior: MisfitPrior) -> Misfit:
    error, noise, distance = (frame[c].to_numpy() for c in ("error", "noise", "distance"))
    known = noise**2 + residual_sd**2
    growth = np.exp(2 * K[:, None] * np.maximum(distance, 0.0)[None, :])
    weight = _weight(frame)
    square = weight * error**2
    minus_log = np.array([minus_log_likelihood(known + s0**2 * growth, square, weight) for s0 in S0])
    return Misfit(*_moments(minus_log + _minus_log_prior(prior, residual_sd)), frame.n_unique("run_key"))


def _minus_log_prior(prior: MisfitPrior, residual_sd: float) -> Array:
    """Minus ln of the prior density over (S0, K)."""
    apart = (np.log(S0 / max(residual_sd, S0[0])) - prior.location) / prior.spread
    return np.asarray(0.5 * apart[:, None] ** 2 + 0.5 * ((K - prior.growth) / prior.growth_spread) ** 2)


def _moments(minus_log: Array) -> tuple[float, float]:
    """Root of the mean s0², and the mean k, under the density exp(−minus_log) over (S0, K)."""
    density = np.exp(minus_log.min() - minus_log)
    density /= density.sum()
    return float(np.sqrt((density * S0[:, None] ** 2).sum())), float((density * K).sum())


def _weight(frame: pl.DataFrame) -> Array:
    """Runs of one origin weigh alike and together at most INDEPENDENT; a left-out mixture weighs 1."""
    group = ("kind", "part")
    by_run = 1.0 / pl.len().over("kind", "part", "run_key")
    runs = pl.col("run_key").n_unique().over(group)
    shared = pl.when(~pl.col("kind").is_in(GROUPED)).then((INDEPENDENT / runs).clip(upper_bound=1.0)).otherwise(1.0)
    return frame.select(by_run * shared).to_series().to_numpy()
