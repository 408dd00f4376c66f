"""The envelope of training curves: at each compute, the run with the least loss and its size (approach 1)."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.planning.plan import Array

POINTS = 200
LEAST_POINTS = 4
LEAST_SIZES = 3


def curves(flops: Array, params: Array, loss: Array, run: pl.Series) -> tuple[Array, Array, Array] | None:
    """(ln C grid (G,), ln N (R,), loss (R, G), infinite where a curve does not reach) of runs with curves; None where too few."""
    axes = []
    for key in run.unique(maintain_order=True):
        at = np.flatnonzero((run == key).to_numpy() & np.isfinite(flops) & np.isfinite(loss))
        if len(np.unique(flops[at])) >= LEAST_POINTS:
            at = at[np.argsort(flops[at])]
            axes.append((np.log(params[at][0]), np.log(flops[at]), loss[at]))
    if len({round(size, 6) for size, _, _ in axes}) < LEAST_SIZES:
        return None
    grid = np.linspace(min(c[0] for _, c, _ in axes), max(c[-1] for _, c, _ in axes), POINTS)
    values = np.array([np.interp(grid, c, y, left=np.inf, right=np.inf) for _, c, y in axes])
    return grid, np.array([size for size, _, _ in axes]), values


def envelope(size: Array, values: Array, inside: Array) -> Array:
    """ln N of the run with the least loss at each point of the grid, for each draw of runs inside (batch, R): (batch, G).

    NaN where the smallest or largest size of the draw is least: there the envelope is cut off by the sizes that were tried.
    """
    out = np.empty((len(inside), values.shape[1]))
    for row, kept in enumerate(inside):
        least = np.where(kept[:, None], values, np.inf)
        best = size[least.argmin(axis=0)]
        edge = (best == size[kept].min()) | (best == size[kept].max()) | ~np.isfinite(least.min(axis=0))
        out[row] = np.where(edge, np.nan, best)
    return out
