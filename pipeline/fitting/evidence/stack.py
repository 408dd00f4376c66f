"""A stacked forecast: the laws' predictions averaged, each weighed by how well it predicted what was held out from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.fitting.evidence.selection import paired_losses
from pipeline.fitting.result import Fit

Array = np.ndarray


@dataclass(frozen=True)
class Stack:
    """Usable fits of competing laws on the same runs, and the weight of each; weights sum to 1."""

    fits: tuple[Fit, ...]
    weights: Array

    def value(self, frame: pl.DataFrame) -> Array:
        """The weighted mean of the laws' predictions, (n,)."""
        return np.asarray(self.weights @ np.stack([fit.value(frame) for fit in self.fits]))

    def predict_draws(self, frame: pl.DataFrame, new_run: bool = False) -> Array:
        """Draws (draws, n) of the mixture: each law gives its weight's share of them, one without draws none."""
        parts = []
        for fit, weight in zip(self.fits, self.weights, strict=True):
            drawn = fit.predict_draws(frame, new_run=new_run)
            drawn = drawn[np.isfinite(drawn).all(axis=1)]
            parts.append(drawn[: round(weight * len(fit.draws))])
        return np.concatenate(parts)

    def predict(self, frame: pl.DataFrame, interval: float = 0.9, new_run: bool = False) -> pl.DataFrame:
        """`frame` with predicted, predicted_low and predicted_high, as of one law."""
        draws, tail = self.predict_draws(frame, new_run), (1 - interval) / 2
        low, high = np.quantile(draws, [tail, 1 - tail], axis=0) if len(draws) > 1 else (np.full(frame.height, np.nan),) * 2
        return frame.with_columns(
            pl.Series("predicted", self.value(frame)),
            pl.Series("predicted_low", low).fill_nan(None),
            pl.Series("predicted_high", high).fill_nan(None),
        )


def stack(fits: Sequence[Fit]) -> Stack:
    """Weights in proportion to 1 / mean squared ln error on the held-out runs that all usable laws share.

    Equal weights where nothing could be held out. Raises FitError where no fit is usable.
    """
    usable = tuple(fit for fit in fits if fit.grade != "refused")
    if not usable:
        raise FitError("no fit is usable, so there is nothing to stack; see the certificates of the fits")
    loss, runs = paired_losses(usable)
    if not runs:
        return Stack(usable, np.full(len(usable), 1.0 / len(usable)))
    precision = 1.0 / np.maximum(loss.mean(axis=1), 1e-300)
    return Stack(usable, precision / precision.sum())
