"""Mixtures of two sources between those that were logged: every ratio, and what is known of it by its two neighbours."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
RATIOS = 201


def between(share: Array) -> tuple[Array, Array]:
    """Shares (m, 2) from the least to the largest logged ratio, and weights (m, n) by which its neighbours tell what is logged.

    share: (n, 2) logged mixtures. Nothing of one or of three and more sources, whose mixtures have no neighbours in a line.
    """
    if share.shape[1] != 2 or len(np.unique(share[:, 0])) < 3:
        return np.zeros((0, share.shape[1])), np.zeros((0, len(share)))
    ratio = np.linspace(share[:, 0].min(), share[:, 0].max(), RATIOS)
    order = np.argsort(share[:, 0], kind="stable")
    weights = np.zeros((RATIOS, len(share)))
    for place, unit in zip(order, np.eye(len(order)), strict=True):
        weights[:, place] = np.interp(ratio, share[order, 0], unit)
    return np.column_stack([ratio, 1 - ratio]), weights


def unlogged(ratio: float, share: Array) -> bool:
    """Whether no logged mixture is the grid's own neighbour of a ratio."""
    return bool(np.abs(share[:, 0] - ratio).min() * RATIOS > np.ptp(share[:, 0]))
