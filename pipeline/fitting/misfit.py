"""How wrong the law itself is, from what it missed when held out: sd of ln prediction = s0·exp(k·max(distance, 0))."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.fitting.result import Misfit

Array = np.ndarray
S0 = np.concatenate([[0.0], np.geomspace(1e-4, 1.0, 61)])
K = np.linspace(0.0, 3.0, 31)
NEAR = -0.3
"""Mixtures are scored within a factor of two of the largest budget: early in a run every mixture looks alike."""
PRIOR_K = 0.8
"""Scale of the exponential prior on k: misfit seldom grows more than tenfold a decade of budget."""


def estimate_misfit(held_out: pl.DataFrame, residual_sd: float) -> Misfit:
    """Maximum a posteriori (s0, k) of Gaussian ln errors of variance noise² + residual_sd² + misfit²; runs weigh alike.

    Rolling origins and left-out mixtures (their later half, where plans are made) are estimated apart and the larger misfit
    holds. Without held-out predictions the law is taken to be as wrong as a single run is, and three times that a decade out.
    """
    usable = pl.col("error").is_finite() & pl.col("noise").is_finite()
    frame = held_out.filter(usable & ((pl.col("kind") == "rolling origin") | (pl.col("distance") > NEAR)))
    kinds = [part for _, part in frame.group_by("kind", maintain_order=True) if part.n_unique("run_key") >= 2]
    if len(kinds) > 1:
        found = [estimate_misfit(part, residual_sd) for part in kinds]
        return Misfit(max(m.s0 for m in found), max(m.k for m in found), frame.n_unique("run_key"))
    if frame.n_unique("run_key") < 2 or not frame.height:
        return Misfit(residual_sd, float(np.log(3.0)), 0)
    weight = frame.select(1.0 / pl.len().over("kind", "origin", "run_key")).to_series().to_numpy()
    origins = max(frame.filter(pl.col("kind") == "rolling origin").n_unique("origin"), 1)
    rolling = (frame["kind"] == "rolling origin").to_numpy()
    weight = weight * np.where(rolling, 2.0 / origins, 1.0)
    error, noise, distance = (frame[c].to_numpy() for c in ("error", "noise", "distance"))
    known = noise**2 + residual_sd**2
    growth = np.exp(2 * K[:, None] * np.maximum(distance, 0.0)[None, :])
    loss = np.array([_minus_log_posterior(s0, growth, known, error, weight) for s0 in S0])
    i, j = np.unravel_index(int(np.argmin(loss)), loss.shape)
    return Misfit(float(S0[i]), float(K[j]), frame.n_unique("run_key"))


def _minus_log_posterior(s0: float, growth: Array, known: Array, error: Array, weight: Array) -> Array:
    variance = np.clip(known + s0**2 * growth, 1e-300, 1e6)
    return 0.5 * (weight * (np.log(variance) + error**2 / variance)).sum(axis=1) + K / PRIOR_K
