"""A capability that models of all families share: the first principal component of their benchmark scores (Ruan et al. 2024)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.errors import FitError

Array = np.ndarray


@dataclass(frozen=True)
class Capability:
    """Mean, scale and direction of the first component: scores to capability, with the share of variance that it holds."""

    mean: Array
    scale: Array
    direction: Array
    explained: float

    def of(self, scores: Array) -> Array:
        """Capability of models with these scores, (n, benchmarks) -> (n,)."""
        return ((np.asarray(scores, dtype=float) - self.mean) / self.scale) @ self.direction


def capability(scores: Array) -> Capability:
    """First principal component of standardised scores (models x benchmarks, none missing), signed so that more is better.

    Leave the benchmark that is to be forecast out of `scores`, or the forecast sees its answer.
    """
    x = np.asarray(scores, dtype=float)
    if not np.all(np.isfinite(x)) or x.shape[0] < 3:
        raise FitError(
            f"capability needs at least 3 models with every benchmark measured; got shape {x.shape} with missing values"
        )
    mean, scale = x.mean(axis=0), x.std(axis=0)
    if np.any(scale == 0):
        raise FitError("a benchmark has the same score for all models; leave it out")
    _, singular, directions = np.linalg.svd((x - mean) / scale, full_matrices=False)
    direction = directions[0] * np.sign(directions[0].sum())
    return Capability(mean, scale, direction, float(singular[0] ** 2 / np.sum(singular**2)))
