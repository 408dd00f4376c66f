"""Predictions of observations that a fit did not see: rolling origin over the budget, one mixture of pools left out at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.fitting.frames import Observed
from pipeline.fitting.numerics.near_starts import near_starts
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.problem import Problem
from pipeline.fitting.uncertainty.information_matrix import assembled, jacobian

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
    if not splits:
        return EMPTY.clone()
    w, hessian = _solve(problem, splits, starts)
    predicted, residual, slopes = problem.predicted(w), problem.residuals(w), jacobian(problem, w)
    found = []
    for k, split in enumerate(splits):
        facts = assembled(problem, residual[k], slopes[k], hessian[k], observed.run, split.train.astype(float))
        found.append(_score(problem, observed, cost, split, predicted[k], slopes[k], facts.covariance()))
    columns = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
    return pl.DataFrame(columns, schema=EMPTY.schema)


_SCHEMA = {"kind": pl.String, "part": pl.Float64, "origin": pl.Float64, "run_key": pl.String, "row": pl.Int64}
EMPTY = pl.DataFrame(schema={**_SCHEMA, "distance": pl.Float64, "error": pl.Float64, "noise": pl.Float64})


def _solve(problem: Problem, splits: list[_Split], starts: Array) -> tuple[Array, Array]:
    """The best end (splits, P) of each split, and the Hessian (splits, F, F) there."""
    train, everything = np.stack([s.train.astype(float) for s in splits]), np.ones(problem.rows.n)
    begin = np.concatenate([near_starts(problem, w, everything, train, None)[0] for w in starts])
    found = minimise(problem, begin, np.tile(train, (len(starts), 1)), iterations=80, patient=False)
    best = np.nanargmin(found.value.reshape(len(starts), -1), axis=0) * len(splits) + np.arange(len(splits))
    return found.w[best], found.hessian[best]


def _score(
    problem: Problem, observed: Observed, cost: Array | None, split: _Split, predicted: Array, slopes: Array, covariance: Array
) -> dict[str, Array]:
    """The columns of one split's held-out observations."""
    test = np.flatnonzero(split.test)
    predicted, slopes = predicted[test], slopes[test]
    with np.errstate(all="ignore"):
        error = np.log(predicted) - np.log(observed.value[test])
    if problem.objective.space == "linear":
        slopes = slopes / predicted[:, None]
    noise = np.sqrt(np.maximum(np.vecdot(slopes @ covariance, slopes), 0.0))
    far = np.log10(cost[test] / cost[split.train].max()) if cost is not None else np.zeros(len(test))
    return {
        "kind": np.full(len(test), split.kind, object),
        "part": np.full(len(test), split.part),
        "origin": np.full(len(test), split.origin),
        "run_key": np.array([observed.run_keys[r] for r in observed.run[test]], object),
        "row": test.astype(np.int64),
        "distance": far,
        "error": error,
        "noise": noise,
    }


def extrapolation_error(frame: pl.DataFrame) -> float:
    """Root mean square of ln error over (origin, run), rolling origins only; NaN where nothing could be held out."""
    rolling = frame.filter((pl.col("kind") == "rolling origin") & pl.col("error").is_finite())
    if not rolling.height:
        return float("nan")
    by_run = rolling.group_by("origin", "run_key", maintain_order=True).agg((pl.col("error") ** 2).mean())
    return float(np.sqrt(by_run["error"].to_numpy().mean()))
