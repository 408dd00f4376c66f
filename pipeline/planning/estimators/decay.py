"""How long a run should anneal: a fitted schedule law's last loss for each share of the steps that decays (WSD planning).

The law is `annealing` (Tissue et al. 2024), `annealing_size` or `multi_power_law` (Luo et al. 2025), fitted to runs of the same
peak rate and batch. A longer decay gives up area under the rate and gains annealing: the best share lies between.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipeline.fitting import Fit
from pipeline.study.derived.schedules import annealing_columns, drop_members, wsd

SHARES = (0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)
"""Of the steps; the literature takes a tenth, and finds a fortieth too short (Hu et al. 2024)."""


def decay_lengths(
    fit: Fit,
    peak: float,
    final: float,
    warmup: int,
    total: int,
    shares: Sequence[float] = SHARES,
    shapes: Sequence[str] = ("linear", "exponential"),
    **columns: float,
) -> pl.DataFrame:
    """One row a shape and share, least loss first: shape, share, decay_steps, predicted, predicted_low, predicted_high.

    `columns` holds what else the law reads (params_nonembedding of annealing_size). The interval is of the law's mean.
    """
    rows = []
    for shape in shapes:
        for share in shares:
            steps = max(1, round(share * (total - warmup)))
            history = wsd(peak, final, warmup, total - steps, total, shape)
            row = _columns(fit, history, total, warmup).with_columns(*(pl.lit(v).alias(n) for n, v in columns.items()))
            rows.append(row.with_columns(shape=pl.lit(shape), share=pl.lit(float(share)), decay_steps=pl.lit(steps)))
    found = fit.predict(pl.concat(rows))
    kept = ("shape", "share", "decay_steps", "predicted", "predicted_low", "predicted_high")
    return found.select(kept).sort("predicted")


def _columns(fit: Fit, history: np.ndarray, total: int, warmup: int) -> pl.DataFrame:
    """What the law reads of a history at its last step."""
    if fit.law.pooled:
        return drop_members(history, np.array([total]))
    return annealing_columns(history, np.array([total]), warmup=warmup)
