"""Predictions of observations that a fit did not see: along every axis of the cohort's held-out design (blocks.py)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.fitting.evidence.blocks import Block, Design
from pipeline.fitting.frames import Observed
from pipeline.fitting.numerics.near_starts import near_starts
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.problem import Problem
from pipeline.fitting.uncertainty.information_matrix import assembled, jacobian

Array = np.ndarray
COMPUTE = "compute"
"""The axis whose errors are the extrapolation error."""
_SCHEMA = {"kind": pl.String, "part": pl.Float64, "origin": pl.Float64, "run_key": pl.String, "row": pl.Int64}
EMPTY = pl.DataFrame(schema={**_SCHEMA, "distance": pl.Float64, "error": pl.Float64, "noise": pl.Float64})


@dataclass(frozen=True)
class _Split:
    """A block on the rows that one law can use."""

    block: Block
    train: Array
    test: Array
    distance: Array


def _splits(observed: Observed, design: Design, free: int) -> list[_Split]:
    rows = observed.frame["__row"].to_numpy().astype(int)
    found = [_Split(b, b.train[rows], b.test[rows], b.distance[rows]) for b in design.blocks]
    return [split for split in found if split.test.any() and split.train.sum() > free]


def held_out(problem: Problem, observed: Observed, design: Design, starts: Array) -> pl.DataFrame:
    """One row a held-out observation: kind (the axis), error, noise (its sd from the parameters), distance on the axis, origin.

    Errors are ln predicted − ln observed where all values are positive, else predicted − observed. `run_key` is the unit that was
    held out; where the cohort has one run, a stretch of its curve. All blocks and starts are solved as one batch of 0/1 weights.
    """
    splits = _splits(observed, design, problem.free.size)
    if not splits or not len(starts):
        return EMPTY.clone()
    w, hessian = _solve(problem, splits, starts)
    predicted, residual, slopes = problem.predicted(w), problem.residuals(w), jacobian(problem, w)
    units, found = held_out_units(observed), []
    for k, split in enumerate(splits):
        facts = assembled(problem, residual[k], slopes[k], hessian[k], observed.run, split.train.astype(float))
        found.append(_score(problem, observed, units, split, predicted[k], slopes[k], facts.covariance()))
    columns = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
    return pl.DataFrame(columns, schema=EMPTY.schema)


def held_out_units(observed: Observed) -> Array:
    """(n,) names of the independent units: runs, or stretches of a tenth of the points where there is only one run."""
    if len(observed.run_keys) > 1:
        return np.array([observed.run_keys[r] for r in observed.run], object)
    stretch = np.arange(len(observed.run)) * 10 // max(len(observed.run), 1)
    return np.array([f"{observed.run_keys[0]}, part {place + 1} of 10" for place in stretch], object)


def _solve(problem: Problem, splits: list[_Split], starts: Array) -> tuple[Array, Array]:
    """The best end (splits, P) of each split, and the Hessian (splits, F, F) there."""
    train, everything = np.stack([s.train.astype(float) for s in splits]), np.ones(problem.rows.n)
    begin = np.concatenate([near_starts(problem, w, everything, train, None)[0] for w in starts])
    found = minimise(problem, begin, np.tile(train, (len(starts), 1)), iterations=80, patient=False)
    best = np.nanargmin(found.value.reshape(len(starts), -1), axis=0) * len(splits) + np.arange(len(splits))
    return found.w[best], found.hessian[best]


def _score(
    problem: Problem, observed: Observed, units: Array, split: _Split, predicted: Array, slopes: Array, covariance: Array
) -> dict[str, Array]:
    """The columns of one split's held-out observations."""
    test = np.flatnonzero(split.test)
    predicted, slopes, value = predicted[test], slopes[test], observed.value[test]
    positive = bool((observed.value > 0).all())
    with np.errstate(all="ignore"):
        error = np.log(predicted) - np.log(value) if positive else predicted - value
    if problem.objective.space == "linear" and positive:
        slopes = slopes / predicted[:, None]
    noise = np.sqrt(np.maximum(np.vecdot(slopes @ covariance, slopes), 0.0))
    return {
        "kind": np.full(len(test), split.block.axis, object),
        "part": np.full(len(test), split.block.part),
        "origin": np.full(len(test), split.block.origin),
        "run_key": units[test],
        "row": observed.frame["__row"].to_numpy().astype(np.int64)[test],
        "distance": split.distance[test],
        "error": error,
        "noise": noise,
    }


def extrapolation_error(frame: pl.DataFrame) -> float:
    """Root mean square of the errors over (origin, run) beyond the compute trained on; NaN where nothing was held out."""
    rolling = frame.filter((pl.col("kind") == COMPUTE) & pl.col("error").is_finite())
    if not rolling.height:
        return float("nan")
    by_run = rolling.group_by("origin", "run_key", maintain_order=True).agg((pl.col("error") ** 2).mean())
    return float(np.sqrt(by_run["error"].to_numpy().mean()))
