"""Mixtures of training domains as members of a run, and the ranks that a mixture law gives them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.stats import spearmanr

from pipeline.errors import FitError


def with_members(frame: pl.DataFrame, domains: Sequence[str]) -> pl.DataFrame:
    """The frame with `members` made of proportion columns, scaled to sum to 1 in each row (logs round them).

    Raises FitError for a missing column, a negative proportion or a row of zeros.
    """
    missing = [d for d in domains if d not in frame.columns]
    if missing:
        raise FitError(f"mixture lacks the proportion columns {missing}; it has {frame.columns}")
    shares = frame.select(domains).cast(pl.Float64).to_numpy()
    if np.any(shares < 0) or np.any(shares.sum(axis=1) <= 0):
        row = int(np.flatnonzero((shares < 0).any(axis=1) | (shares.sum(axis=1) <= 0))[0])
        raise FitError(f"mixture of row {row} has a negative proportion or none at all; correct the row or leave it out")
    shares = shares / shares.sum(axis=1, keepdims=True)
    members = [
        [{"pool": d, "share": float(s), "unique": None} for d, s in zip(domains, row, strict=True) if s > 0] for row in shares
    ]
    kind = pl.List(pl.Struct({"pool": pl.String, "share": pl.Float64, "unique": pl.Float64}))
    return frame.with_columns(pl.Series("members", members, dtype=kind))


def rank_correlation(predicted: Sequence[float], observed: Sequence[float]) -> float:
    """Spearman's correlation: does the small scale rank mixtures as the large one does?"""
    return float(spearmanr(predicted, observed).statistic)
