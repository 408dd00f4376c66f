"""Where a curve first reaches a level for good, and what batches the amounts tell that a level costs at each batch.

S = S_least (1 + critical/B), a line in 1/B (McCandlish et al. 2018); steps at no batch limit are S / (1 + critical/B).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.laws.catalogue.hyperparameters.critical_batch import steps_at_batch
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows

Array = np.ndarray
FEWEST_BATCHES = 3
"""Batches from which a line or a parabola says more than its own points."""


@dataclass(frozen=True)
class Crossing:
    """Between which points of a curve a level is reached: at `after`, or the part `share` of the way from the point before."""

    after: int
    share: float

    def amount(self, along: Array) -> float:
        """What had been spent there of an amount that rises along the curve: its logarithm lies on a line between the two."""
        if self.share == 1:
            return float(along[self.after])
        before, after = np.log(along[self.after - 1 : self.after + 1])
        return float(np.exp(before + self.share * (after - before)))


def lasting(values: Array) -> Array:
    """The least value so far that held for two evaluations: what one lucky evaluation shows does not count; the last one does."""
    held = np.maximum(values, np.append(values[1:], -np.inf))
    return np.minimum.accumulate(held)


def crossing(values: Array, level: float) -> Crossing | None:
    """Where a curve in which less is better first reaches a level for good, a line between two points; None where never."""
    reached = np.flatnonzero(lasting(values) <= level)
    if not len(reached):
        return None
    after = int(reached[0])
    if not after:
        return Crossing(0, 1.0)
    return Crossing(after, float((values[after - 1] - level) / (values[after - 1] - values[after])))


def critical_batch(batch: Array, steps: Array) -> float:
    """Where steps and data cost twice their least: slope over intercept of steps in 1/batch, weighed by 1/steps; else NaN."""
    if len(np.unique(batch)) < FEWEST_BATCHES:
        return float("nan")
    slope, least = np.polyfit(1 / batch, steps, 1, w=1 / steps)
    return float(slope / least) if least > 0 and slope > 0 else float("nan")


def frugal_batch(batch: Array, data: Array) -> float:
    """The batch of the least data: the low point of a parabola in ln batch; NaN where it has none among the batches tried."""
    if len(np.unique(batch)) < FEWEST_BATCHES:
        return float("nan")
    x = np.log(batch)
    bend, slope, _ = np.polyfit(x, np.log(data), 2)
    low = -slope / (2 * bend) if bend > 0 else np.nan
    return float(np.exp(low)) if x.min() < low < x.max() else float("nan")


def steps_without_limit(steps: Array, batch: Array, critical: float) -> Array:
    """The steps that the same loss costs far above the critical batch: steps / (1 + critical/batch), by the law of both."""
    given = {"S_least": 1.0, "critical_tokens": critical}
    theta = np.array([[given[parameter.name] for parameter in steps_at_batch.parameters]])
    rows = Rows({"batch_size": batch, "sequence_length": np.ones_like(batch)})
    return np.asarray(steps / compiled(steps_at_batch).value(theta, rows)[0])
