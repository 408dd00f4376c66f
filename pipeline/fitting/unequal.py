"""Observations that stray unequally: how far each does by its benchmark's items or a logged standard error, and its weight so.

An observation strays by its own sampling sd s and by what all have in common, t: seeds, data order, what the law misses. t is
what the residuals of a fit leave beyond s (Paule & Mandel 1982, with clipped residuals), and the weight of a residual of sd
σ = sqrt(s² + t²) is the efficient one of its loss, E[ψ']/E[ψ²]: 1/σ² of squares, 1/σ of absolute errors, between them for
Huber's. Where t is the larger part, all weigh alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.optimize import brentq
from scipy.special import ndtri

from pipeline.fitting.numerics.objective import derivatives, stages
from pipeline.laws.law import Objective

Array = np.ndarray
SD, ITEMS = "sampling_sd", "sampling_items"
"""Columns of an observation: the standard error of its value; of a share, how many items have it. NULL where nothing tells."""
EVEN = 1.02
"""Standard deviations that are no farther apart than this are equal."""
CLIP, CLIPPED = 1.5, 0.7785
"""Residuals count as at most 1.5 sd; the mean square of a normal so clipped is .7785."""
LEAST = 0.1
"""The least standard error, of the usual one: a benchmark that all answers of a run pass says nothing of its noise."""
QUANTILES = 200


@dataclass(frozen=True)
class Unequal:
    """sd (n,) of each residual in the objective's space, and its weight (n,), with mean 1."""

    sd: Array
    weight: Array

    def take(self, keep: Array) -> Unequal:
        return Unequal(self.sd[keep], self.weight[keep])


@dataclass(frozen=True)
class Sampling:
    """What is told of each value's own noise: its sd (n,) and, of a share, its items (n,); NaN where unknown."""

    sd: Array
    items: Array

    def take(self, keep: Array) -> Sampling:
        return Sampling(self.sd[keep], self.items[keep])

    def at(self, expected: Array, space: str) -> Array:
        """The sd (n,) of residuals around the expected values: a share's follows what is expected and not what came out."""
        share = np.clip(expected, 0.5 / np.maximum(self.items, 1.0), 1.0 - 0.5 / np.maximum(self.items, 1.0))
        with np.errstate(all="ignore"):
            sd = np.where(self.items > 0, np.sqrt(share * (1 - share) / self.items), self.sd)
            sd = np.where(sd >= 0, sd, np.nan) / (np.abs(expected) if space == "log" else 1.0)
        usual = float(np.nanmedian(sd)) if np.isfinite(sd).any() else np.nan
        return np.maximum(np.where(np.isfinite(sd), sd, usual), LEAST * usual)


def sampling_of(frame: pl.DataFrame) -> Sampling | None:
    """What the rows say of their values' noise; None where none says anything."""
    if SD not in frame.columns or not frame[SD].is_not_null().any():
        return None
    unknown = pl.lit(None, pl.Float64)
    items = pl.col(ITEMS) if ITEMS in frame.columns else unknown
    known = frame.select(sd=pl.col(SD), items=items).cast(pl.Float64).fill_null(float("nan"))
    return Sampling(known["sd"].to_numpy(), known["items"].to_numpy())


def differs(sd: Array) -> bool:
    """Whether some observations stray farther than others."""
    return bool(len(sd) and np.isfinite(sd).all() and sd.max() > EVEN * sd.min())


def weighed(residual: Array, own: Array, free: int, objective: Objective) -> Unequal | None:
    """The weights of residuals (n,) of a fit without any, whose sampling sd are `own` (n,); None where all stray alike."""
    sd = np.hypot(own, common_sd(residual, own, free))
    if not differs(sd):
        return None
    weight = efficient(sd, objective)
    return Unequal(sd, weight / weight.mean())


def common_sd(residual: Array, own: Array, free: int) -> float:
    """What residuals stray by beyond their own sampling sd; 0 where sampling explains all of it."""
    spare = max(len(residual) - free, 1) * CLIPPED

    def beyond(common: float) -> float:
        size = np.minimum(np.abs(residual) / np.hypot(own, common), CLIP)
        return float(size @ size) - spare

    most = float(np.abs(residual).max()) * len(residual)
    return 0.0 if beyond(0.0) <= 0 or most <= 0 or beyond(most) >= 0 else float(brentq(beyond, 0.0, most))


def efficient(sd: Array, objective: Objective) -> Array:
    """E[ψ']/E[ψ²] (n,) of normal residuals of those sd, by Stein's E[ψ'] = E[rψ]/sd²."""
    residual = sd[:, None] * ndtri((np.arange(QUANTILES) + 0.5) / QUANTILES)
    slope = derivatives(residual, stages(objective)[-1])[1]
    return np.asarray((residual * slope).mean(axis=1) / (sd**2 * (slope**2).mean(axis=1)))
