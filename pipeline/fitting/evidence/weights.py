"""How far each rival is trusted: stacking weights from what all of them missed of the same held-out runs.

The weights w on the simplex minimise Σ ω (w · e)² + pull·s·|w − equal|², with e the laws' errors of one held-out point, ω its
weight and s the least mean square of a law (Breiman 1996; the pull keeps one lucky law from taking all). They are the mean over a
Bayesian bootstrap of the runs, so that few runs leave them near to what no run could tell apart, and are clipped where few runs
were held out at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.fitting.evidence.blocks import GROUPED, LEVEL

if TYPE_CHECKING:
    from pipeline.fitting.result import Fit

Array = np.ndarray
PULL = 0.03
"""Pull towards equal weights, in units of the best law's mean squared error."""
LATER = 4.0
"""An origin at a share p of the levels weighs p**LATER: the laws are judged as the fit to all runs is used, on all of them."""
NEAR = 0.5
"""Decades by which a held-out point may fall short of the asked horizon before it weighs less."""
RESAMPLES = 100
SCORED = 0.9
"""A law must be scored on this share of the held-out points that any law is scored on, or it gets no weight."""
FEW_RUNS = 12
"""Held-out runs below which no law can take all: with r of them the rest share at least 1/(r + 1)."""
ALIKE = 1e-6
"""Relative difference of mean squared errors that is a tie: the law with fewer parameters has it."""
MOST = 6
"""Laws that can share weight: all subsets of them are tried exactly; beyond, only the MOST best ones by themselves."""
DULLED, EVEN = 8.0, 0.2
"""Without held-out runs: a difference of BIC counts a quarter of its worth, and this part of the weight is shared evenly."""
AXES = ("compute", "epochs", "mixture", "schedule", LEVEL)
"""Axes on which laws are weighed. Size and data alone are held out for the law error: plans move both, along compute."""
POINT = ("kind", "part", "run_key", "row")


@dataclass(frozen=True)
class Judgement:
    """What the held-out points say of the rivals, in their order.

    weights sum to 1 over those that may be used. error: root of the weighted mean square of each law's errors, NaN where it was
    not scored. best: share of resamples in which the law alone has the least error. runs: held-out runs that all of them share.
    """

    weights: Array
    error: Array
    best: Array
    runs: int
    horizon: float
    rule: str


def judge(fits: Sequence[Fit], horizon: float = 0.0, seed: int = 0) -> Judgement:
    """The weights of fits of competing laws on the same runs, for plans `horizon` decades beyond the largest of them."""
    count = len(fits)
    unknown = np.full(count, np.nan)
    scored, points = shared_points(fits)
    runs = points["run_key"].n_unique() if points.height else 0
    if runs < 2 or not scored:
        why = "BIC, because fewer than two runs could be held out"
        return Judgement(_by_criterion(fits), unknown, unknown, runs, horizon, why)
    errors = points.select(f"error{k}" for k in scored).to_numpy()
    weight = point_weights(points, horizon)
    unit = np.unique(points["run_key"].to_numpy().astype(str), return_inverse=True)[1]
    draws = np.random.default_rng([seed, 9]).standard_exponential((RESAMPLES, runs))[:, unit]
    sizes = np.array([len(fits[k].index) for k in scored])
    alone = (draws * weight) @ errors**2
    found = stacked_each(errors, draws * weight).mean(axis=0)
    weights, error, best = np.zeros(count), unknown.copy(), np.zeros(count)
    weights[scored] = _clipped(_ties_to_fewer(found, alone.mean(axis=0), sizes), runs)
    error[scored] = np.sqrt((weight @ errors**2) / weight.sum())
    best[scored] = np.bincount([least(row, sizes) for row in alone], minlength=len(scored)) / RESAMPLES
    return Judgement(weights, error, best, runs, horizon, f"stacked on {runs} runs beyond the training sets")


def shared_points(fits: Sequence[Fit]) -> tuple[list[int], pl.DataFrame]:
    """The places of the laws that were scored on enough points, and those points: a column of errors for each of them."""
    frames = [_scored(fit, k) for k, fit in enumerate(fits)]
    most = max((frame.height for frame in frames), default=0)
    kept = [k for k, frame in enumerate(frames) if frame.height and frame.height >= SCORED * most]
    joined = frames[kept[0]] if kept else pl.DataFrame()
    for k in kept[1:]:
        joined = joined.join(frames[k].drop("distance"), on=POINT, how="inner", nulls_equal=True)
    return kept, joined


def _scored(fit: Fit, place: int) -> pl.DataFrame:
    """The finite errors of one fit on the axes by which laws are weighed; on all axes where it has none of those."""
    held = fit.held_out
    if held is None or not held.height:
        return pl.DataFrame()
    finite = held.filter(pl.col("error").is_finite())
    own = finite.filter(pl.col("kind").is_in(AXES))
    return (own if own.height else finite).select(*POINT, "distance", pl.col("error").alias(f"error{place}"))


def point_weights(points: pl.DataFrame, horizon: float) -> Array:
    """(n,) weights: runs of one block share its weight; later origins and points near the asked horizon weigh more."""
    in_block = pl.len().over("kind", "part")
    of_axis = pl.col("part").n_unique().over("kind")
    ordered = pl.when(pl.col("kind").is_in(GROUPED)).then(1.0).otherwise(pl.col("part") ** LATER)
    short = (horizon - pl.col("distance").clip(lower_bound=0.0) - NEAR).clip(lower_bound=0.0)
    return points.select(ordered * (-0.5 * short**2).exp() / in_block / of_axis).to_series().to_numpy() + 1e-12


def stacked(errors: Array, weight: Array, pull: float = PULL) -> Array:
    """(K,) weights on the simplex for errors (n, K) of points that weigh (n,): the exact minimum over all sets of laws in use."""
    return stacked_each(errors, weight[None], pull)[0]


def stacked_each(errors: Array, weight: Array, pull: float = PULL) -> Array:
    """(B, K) such weights for each of the weightings (B, n) of the points."""
    gram = np.einsum("bn,nk,nl->bkl", weight / weight.sum(axis=1, keepdims=True), errors, errors, optimize=True)
    alone = np.diagonal(gram, axis1=1, axis2=2)
    scale = np.maximum(alone.min(axis=1), 1e-300)
    count = errors.shape[1]
    square, towards = gram / scale[:, None, None] + pull * np.eye(count), np.full(count, pull / count)
    best, found = np.full(len(weight), np.inf), np.full((len(weight), count), 1.0 / count)
    for use in _active_sets(alone.mean(axis=0)):
        trial = np.zeros((len(weight), count))
        trial[:, use] = _on_plane(square[:, use[:, None], use], towards[use])
        value = 0.5 * np.einsum("bk,bkl,bl->b", trial, square, trial) - trial @ towards
        better = (trial >= 0).all(axis=1) & (value < best - 1e-15)
        best[better], found[better] = value[better], trial[better]
    return found


def _active_sets(alone: Array) -> list[Array]:
    """The sets of laws that may share the weight, smallest first."""
    among = np.sort(np.argsort(alone, kind="stable")[:MOST])
    sets = [among[np.array(use, bool)] for use in product((False, True), repeat=len(among)) if any(use)]
    return sorted(sets, key=len)


def _on_plane(square: Array, towards: Array) -> Array:
    """(B, k) the minimum of ½ wᵀQw − bᵀw with Σ w = 1 for each Q (B, k, k); it may leave the simplex."""
    size = len(towards)
    system = np.zeros((len(square), size + 1, size + 1))
    system[:, :size, :size], system[:, :size, size], system[:, size, :size] = square, 1.0, 1.0
    right = np.broadcast_to(np.append(towards, 1.0)[:, None], (len(square), size + 1, 1))
    return np.asarray(np.linalg.solve(system, right)[:, :size, 0])


def least(losses: Array, sizes: Array) -> int:
    """The place of the least loss; of those that are alike, the law with the fewest parameters."""
    alike = np.flatnonzero(losses <= losses.min() * (1 + ALIKE))
    return int(alike[np.argmin(sizes[alike])])


def _ties_to_fewer(weights: Array, losses: Array, sizes: Array) -> Array:
    """Laws that miss alike are one law: the one with the fewest parameters has the weight of them all."""
    out = weights.copy()
    for k in np.argsort(-sizes, kind="stable"):
        alike = np.flatnonzero((np.abs(losses - losses[k]) <= ALIKE * losses[k]) & (sizes < sizes[k]))
        if alike.size:
            out[alike[np.argmin(sizes[alike])]] += out[k]
            out[k] = 0.0
    return out


def _clipped(weights: Array, runs: int) -> Array:
    """Where few runs were held out no law takes all: what is above the cap goes to the others, evenly."""
    if len(weights) < 2 or runs >= FEW_RUNS:
        return weights
    cap = 1.0 - 1.0 / (runs + 1)
    over = np.maximum(weights - cap, 0.0)
    rest = weights <= cap
    return np.asarray(np.minimum(weights, cap) + np.where(rest, over.sum() / max(rest.sum(), 1), 0.0))


def _by_criterion(fits: Sequence[Fit]) -> Array:
    """Weights where nothing was held out: in proportion to exp(−BIC/8), a fifth shared evenly. Equal without BIC."""
    criterion = np.array([fit.bic for fit in fits])
    if not np.isfinite(criterion).all():
        return np.full(len(fits), 1.0 / len(fits))
    share = np.exp(-(criterion - criterion.min()) / DULLED)
    return np.asarray((1.0 - EVEN) * share / share.sum() + EVEN / len(fits))
