"""Which of several values is best: the only place where a plan compares values of a metric.

Less is better or more is, as the metric says (schema/metrics.py). A value that is not a number is unknown: it has no rank, it
never wins, and where the draws cannot tell all candidates apart there is no probability.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.planning.plan import FINITE_SHARE, Array
from pipeline.schema.metrics import Metric


def cost(values: Array, metric: Metric) -> Array:
    """The values turned so that less is better; what is unknown stays unknown."""
    return values * metric.sign


def order(values: Array, metric: Metric) -> NDArray[np.int64]:
    """Places of the values (n,), best first, unknown ones last; ties in order."""
    turned = cost(values, metric)
    return np.lexsort((np.where(np.isnan(turned), 0.0, turned), np.isnan(turned)))


def ranks(values: Array, metric: Metric) -> NDArray[np.int64]:
    """1 for the best of the values (n,), 0 for unknown ones; ties in order."""
    found = np.empty(len(values), dtype=np.int64)
    found[order(values, metric)] = np.arange(1, len(values) + 1)
    return np.where(np.isnan(values), 0, found)


def known_ranks(values: Array, metric: Metric) -> list[int | None]:
    """The ranks as a column of a plan table: None where a value is unknown."""
    return [int(rank) or None for rank in ranks(values, metric)]


def best(values: Array, metric: Metric) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Place of the best value along the last axis, and whether any value there is known."""
    turned = cost(values, metric)
    unknown = np.isnan(turned)
    return np.where(unknown, np.inf, turned).argmin(axis=-1), np.asarray(~unknown.all(axis=-1))


def chances(draws: Array, metric: Metric, candidates: NDArray[np.bool_] | None = None) -> Array:
    """Share of the draws (batch, n) in which each candidate is the best of all: (n,), 0 for those that are no candidates.

    Not-a-number for all candidates where fewer than 95 % of the draws know every one of them: what is left would be a selection.
    """
    among = np.ones(draws.shape[1], dtype=bool) if candidates is None else candidates
    winner, lowest = lowest_of(draws, metric, among)
    return shares(winner, ~np.isnan(lowest), among)


def lowest_of(draws: Array, metric: Metric, among: NDArray[np.bool_]) -> tuple[NDArray[np.int64], Array]:
    """Of each draw (batch, n): the first of the best candidates, and its cost; not-a-number where a candidate is unknown."""
    turned = cost(draws, metric)
    turned = turned if among.all() else np.where(among, turned, np.inf)
    winner = turned.argmin(axis=1)  # an unknown value is where a minimum is looked for first
    return winner, np.take_along_axis(turned, winner[:, None], axis=1)[:, 0]


def shares(winner: NDArray[np.int64], complete: NDArray[np.bool_], candidates: NDArray[np.bool_]) -> Array:
    """Share of the complete draws that each candidate wins; not-a-number where too few draws are complete, or none competes."""
    count = len(candidates)
    if not candidates.any() or not complete.size or complete.mean() < FINITE_SHARE:
        return np.where(candidates, np.nan, 0.0)
    return np.bincount(winner[complete], minlength=count) / complete.sum()


def wins(mine: Array, theirs: Array, metric: Metric) -> Array:
    """Share of the draws (batch, n) in which `mine` is better than `theirs`; an exact tie counts half. Unknown as in chances."""
    gap = cost(theirs, metric) - cost(mine, metric)
    known = ~np.isnan(gap)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (np.where(known, gap > 0, 0.0) + np.where(known, gap == 0, 0.0) / 2).sum(axis=0) / known.sum(axis=0)
    return np.where(known.mean(axis=0) >= FINITE_SHARE, share, np.nan)


def room(values: Array, metric: Metric) -> Array:
    """What is left to better: the value itself where less is better, what separates it from 1 of a fraction of which more is."""
    return 1.0 - values if metric.goal == "higher" and metric.range == "fraction" else np.abs(values)
