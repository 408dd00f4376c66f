"""How far down the chain from log-probability to accuracy a benchmark may be forecast (Schaeffer et al. 2024).

log p(correct) -> p over the choices -> accuracy and Brier score lose correlation with compute at each step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import scipy

from pipeline.errors import FitError

Array = np.ndarray
CORRELATIONS = {"pearson": "pearsonr", "spearman": "spearmanr", "kendall": "kendalltau"}
STEPS = ("log_p", "p_choices", "brier", "accuracy")


def chain(log_p: Array, correct: int) -> dict[str, float]:
    """log_p, p_choices, accuracy and Brier score of one item from the log-probabilities of its choices."""
    p = np.exp(np.asarray(log_p, dtype=float) - np.max(log_p))
    p = p / p.sum()
    target = np.arange(len(p)) == correct
    return {
        "log_p": float(log_p[correct]),
        "p_choices": float(p[correct]),
        "brier": float(np.sum((target - p) ** 2)),
        "accuracy": float(np.argmax(p) == correct),
    }


@dataclass(frozen=True)
class Predictability:
    """Correlations of items' scores with compute: their distribution in numbers."""

    correlations: Array
    mean: float
    median: float
    area: float

    def above(self, c: float) -> float:
        """Share of the items whose correlation exceeds c: the complementary distribution."""
        return float(np.mean(self.correlations > c))


def predictability(scores: pl.DataFrame, score: str = "score", method: str = "spearman") -> Predictability:
    """Correlation of `score` with `flops` over models for each `item_id` of one family and benchmark.

    Items with one value for all models have no correlation and count as 0. `area` is that under the complementary distribution
    from -1 to 1. Raises FitError for fewer than 3 models.
    """
    if method not in CORRELATIONS:
        raise FitError(f"there is no correlation {method!r}", fix=f"choose one of {sorted(CORRELATIONS)}")
    if scores["flops"].n_unique() < 3:
        raise FitError("predictability needs at least 3 models of different compute", fix="add models, or log their flops")
    measure, found = getattr(scipy.stats, CORRELATIONS[method]), []
    for (_,), item in scores.group_by("item_id", maintain_order=True):
        x, y = item["flops"].to_numpy(), item[score].to_numpy()
        flat = np.ptp(y) == 0 or np.ptp(x) == 0
        found.append(0.0 if flat else float(measure(x, y).statistic))
    values = np.asarray(found)
    return Predictability(values, float(values.mean()), float(np.median(values)), float(values.mean() + 1))


def furthest_step(scores: pl.DataFrame, least: float = 0.75, steps: Sequence[str] = STEPS) -> str | None:
    """The last step of the chain whose median correlation, Brier's sign turned, is still at least `least`.

    `steps` are those of STEPS that the scores have as columns.
    """
    last = None
    for step in steps:
        sign = -1.0 if step == "brier" else 1.0
        found = predictability(scores.with_columns(pl.col(step) * sign), step)
        if found.median < least:
            break
        last = step
    return last
