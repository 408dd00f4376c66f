"""What a combination missed of held-out runs, with the weights that it would have had before it knew them.

Weights are made to miss little of the held-out runs, so that with them a combination misses less than it will of new ones. Each
origin is therefore forecast with weights from the origins below it on its axis and from the other axes, each left-out group with
weights from all but itself. The noise of such a forecast is what parameters and the disagreement of the laws explain of its
error, √Σ w (noise_k² + (error_k − error)²): a draw of a combination is a draw of one law, so that its draws hold both already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from pipeline.fitting.evidence.blocks import GROUPED
from pipeline.fitting.evidence.heldout import EMPTY
from pipeline.fitting.evidence.weights import POINT, judge, shared_points
from pipeline.fitting.result import Fit

Array = np.ndarray
BLOCK = ("kind", "part")


def combined_errors(members: Sequence[Fit], weights: Array) -> pl.DataFrame:
    """The held-out points that all judged members were scored on, with the error and noise of their combination.

    Members without weight are judged too: before, they may have had some. Empty where a member with weight was not scored.
    """
    scored = shared_points(members)[0]
    if not scored or any(weight > 0 and k not in scored for k, weight in enumerate(weights)):
        return EMPTY.clone()
    rivals = [members[k] for k in scored]
    points = _points(rivals)
    blocks = points.select(BLOCK).unique(maintain_order=True).rows()
    trusted = {block: _before(rivals, block, weights[scored]) for block in blocks}
    weight = np.array([trusted[block] for block in points.select(BLOCK).iter_rows()]).reshape(points.height, len(rivals))
    errors, noises = (points.select(f"{name}{k}" for k in range(len(rivals))).to_numpy() for name in ("error", "noise"))
    error = (weight * errors).sum(axis=1)
    noise = np.sqrt((weight * (noises**2 + (errors - error[:, None]) ** 2)).sum(axis=1))
    return points.with_columns(pl.Series("error", error), pl.Series("noise", noise)).select(EMPTY.columns)


def _points(rivals: Sequence[Fit]) -> pl.DataFrame:
    """The held-out points of all rivals: their errors and noises side by side."""
    found: pl.DataFrame | None = None
    for k, fit in enumerate(rivals):
        assert fit.held_out is not None
        own = fit.held_out.rename({"error": f"error{k}", "noise": f"noise{k}"})
        own = own if found is None else own.drop("origin", "distance")
        found = own if found is None else found.join(own, on=list(POINT), how="inner", nulls_equal=True)
    assert found is not None
    return found


def _before(rivals: Sequence[Fit], block: tuple[str, float], otherwise: Array) -> Array:
    """The rivals' weights as they would be judged without a block and without what lies above it on its axis."""
    if len(rivals) < 2:
        return np.ones(len(rivals))
    kind, part = block
    same = pl.col("part") == part if kind in GROUPED else pl.col("part") >= part
    unseen = (pl.col("kind") == kind) & same
    known = [replace(fit, held_out=fit.held_out.filter(~unseen)) for fit in rivals if fit.held_out is not None]
    weights = judge(known).weights
    return np.asarray(weights / weights.sum() if weights.sum() > 0 else otherwise / otherwise.sum())
