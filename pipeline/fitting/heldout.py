"""Predictions of observations that a fit did not see: rolling origin over the budget, one mixture of pools left out at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.fitting.frames import Observed
from pipeline.fitting.information_matrix import information, jacobian
from pipeline.fitting.problem import Problem
from pipeline.fitting.solver import minimise

Array = np.ndarray
ORIGINS = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Parts of the distinct budgets that are trained on; what lies above is scored."""


@dataclass(frozen=True)
class _Split:
    kind: str
    part: float
    origin: float
    train: Array
    test: Array


def _splits(observed: Observed, cost: Array | None, free: int) -> list[_Split]:
    found = []
    if cost is not None:
        levels = np.unique(cost)
        for part in ORIGINS:
            origin = levels[min(int(part * len(levels)), len(levels) - 1)]
            found.append(_Split("rolling origin", part, float(origin), cost < origin, cost >= origin))
    share = observed.rows.members["share"] if observed.rows.members is not None else None
    if share is not None:
        mixed = (share > 0).sum(axis=1) > 1
        for run in np.unique(observed.run[mixed]):
            out = observed.run == run
            found.append(_Split("mixture left out", float(run), np.nan, ~out, out))
    return [s for s in found if s.test.any() and _enough(observed, s.train, free)]


def _enough(observed: Observed, train: Array, free: int) -> bool:
    runs = len(np.unique(observed.run[train]))
    return bool(train.sum() >= free + 2 and runs >= min(free + 2, max(2, len(observed.run_keys) // 2)))


def held_out(problem: Problem, observed: Observed, cost: Array | None, starts: Array) -> pl.DataFrame:
    """One row a held-out observation: error = ln predicted − ln observed, noise = its sd from the parameters, distance, origin.

    All splits and starts are solved as one batch of 0/1 weights.
    """
    splits = _splits(observed, cost, problem.free.size)
    frames = [_score(problem, observed, cost, split, w) for split, w in zip(splits, _solve(problem, splits, starts), strict=True)]
    return pl.concat(frames) if frames else _EMPTY.clone()


_SCHEMA = {"kind": pl.String, "part": pl.Float64, "origin": pl.Float64, "run_key": pl.String, "row": pl.Int64}
_EMPTY = pl.DataFrame(schema={**_SCHEMA, "distance": pl.Float64, "error": pl.Float64, "noise": pl.Float64})


def _solve(problem: Problem, splits: list[_Split], starts: Array) -> list[Array]:
    if not splits:
        return []
    weight = np.repeat(np.stack([s.train.astype(float) for s in splits]), len(starts), axis=0)
    found = minimise(problem, np.tile(starts, (len(splits), 1)), weight, iterations=80)
    value = found.value.reshape(len(splits), -1)
    return list(found.w.reshape(len(splits), len(starts), -1)[np.arange(len(splits)), np.nanargmin(value, axis=1)])


def _score(problem: Problem, observed: Observed, cost: Array | None, split: _Split, w: Array) -> pl.DataFrame:
    test = np.flatnonzero(split.test)
    predicted = problem.predicted(w[None])[0][test]
    with np.errstate(all="ignore"):
        error = np.log(predicted) - np.log(observed.value[test])
    covariance = information(
        problem.take(np.flatnonzero(split.train)), w, _renumbered(observed.run[split.train]), np.ones(int(split.train.sum()))
    ).covariance()
    slopes = jacobian(problem.take(test), w)
    if problem.objective.space == "linear":
        slopes = slopes / predicted[:, None]
    noise = np.sqrt(np.maximum(np.einsum("ni,ij,nj->n", slopes, covariance, slopes), 0.0))
    far = np.log10(cost[test] / cost[split.train].max()) if cost is not None else np.zeros(len(test))
    keys = [observed.run_keys[r] for r in observed.run[test]]
    return pl.DataFrame(
        {
            "kind": [split.kind] * len(test),
            "part": np.full(len(test), split.part),
            "origin": np.full(len(test), split.origin),
            "run_key": keys,
            "row": test.astype(np.int64),
            "distance": far,
            "error": error,
            "noise": noise,
        },
        schema=_EMPTY.schema,
    )  # fmt: skip


def _renumbered(run: Array) -> Array:
    return np.unique(run, return_inverse=True)[1]


def extrapolation_error(frame: pl.DataFrame) -> float:
    """Root mean square of ln error over (origin, run), rolling origins only; NaN where nothing could be held out."""
    rolling = frame.filter((pl.col("kind") == "rolling origin") & pl.col("error").is_finite())
    if not rolling.height:
        return float("nan")
    by_run = rolling.group_by("origin", "run_key").agg((pl.col("error") ** 2).mean())
    return float(np.sqrt(by_run["error"].to_numpy().mean()))
