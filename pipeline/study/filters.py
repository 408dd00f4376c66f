"""Runs that a study might leave out, and what its laws miss of held-out runs without them: proposed, never applied.

A filter is compared with none on the same blocks and the same held-out runs, those that it keeps: only what is trained on
differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.fitting.effort import REPLAY
from pipeline.fitting.evidence.blocks import SIZES, enough
from pipeline.fitting.evidence.heldout import held_out
from pipeline.fitting.evidence.weights import AXES, POINT, RESAMPLES, point_weights
from pipeline.fitting.search import Search
from pipeline.fitting.setup import Setup, searched, set_up
from pipeline.laws import laws
from pipeline.laws.law import Law
from pipeline.schema import RUNS
from pipeline.study.declaration import Study
from pipeline.study.jobs import Job, jobs_of

Array = np.ndarray
STARVED = 5.0
"""Samples a parameter below which a run is short of data: laws of size and data are fitted to longer ones in the papers."""


@dataclass(frozen=True)
class Filter:
    """Rows that may be left out: what they are, the predicate that says them, and how a study declares that."""

    words: str
    drops: pl.Expr
    declare: str


@dataclass(frozen=True)
class Compared:
    """A law's held-out error (root mean square, of ln value where it is positive) with and without the rows of a filter.

    runs: those that lose points. better: share of resamples of the held-out runs in which the error without them is less.
    """

    law: str
    cohort: str
    words: str
    runs: int
    error: float
    without: float
    better: float
    declare: str


def proposed(law: Law, rows: pl.DataFrame) -> Iterator[Filter]:
    """The filters that these rows let a law be asked about: starved runs, those below its paper's range, points of a warm-up."""
    size = next((name for name in SIZES if name in law.columns), None)
    if size is not None and "data_seen" in law.columns:
        say = f"data_seen < {STARVED:g} * {size}"
        yield Filter(
            f"less than {STARVED:g} samples a parameter", _below("data_seen", STARVED * pl.col(size)), f'exclude = "{say}"'
        )
    for name, (least, _) in law.valid_range.items():
        if name in RUNS and name in rows.columns and least > 0:
            words = f"{name} below the {least:.3g} of the law's paper"
            yield Filter(words, _below(name, pl.lit(least)), f'exclude = "{name} < {least:.6g}"')
    if {"warmup", "data_seen"} <= set(rows.columns):
        yield Filter("points inside the warm-up", _below("data_seen", pl.col("warmup")), "[points] after_warmup = true")


def _below(name: str, limit: pl.Expr) -> pl.Expr:
    return (pl.col(name).cast(pl.Float64, strict=False) < limit).fill_null(False)


def compared(connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame, user_laws: Path) -> list[Compared]:
    """Every filter that leaves out some of a law's rows and enough of them in, for each law of a study that can be fitted."""
    return [] if study.constants else [each for job in jobs_of(connection, study, frame, user_laws) for each in _of_job(job)]


def _of_job(job: Job) -> Iterator[Compared]:
    law, used, search = laws[job.law], job.frame["used"].to_numpy(), None
    for one in proposed(law, job.frame):
        drops = job.frame.select(one.drops).to_series().to_numpy() & used
        if not drops.any() or drops.sum() == used.sum():
            continue
        try:
            setup, found = search or _searched(law, job)
        except FitError:
            return
        search = setup, found
        points = _points(setup, found, drops)
        if points.height and points["run_key"].n_unique() > 1:
            runs = job.frame.filter(pl.Series(drops))["run_key"].n_unique()
            yield Compared(job.law, job.cohort, one.words, runs, *_errors(points, job.seed), one.declare)


def _searched(law: Law, job: Job) -> tuple[Setup, Search]:
    setup = set_up(law, job.frame, job.objective, job.fix or None, job.pools or None, job.design)
    return setup, searched(setup, job.seed, None, job.prior or None, REPLAY)


def _points(setup: Setup, found: Search, drops: Array) -> pl.DataFrame:
    """The held-out points that the filter keeps, with the errors of fits to all rows before them and to those that it keeps."""
    run = np.unique(setup.observed.frame["run_key"].cast(pl.String).to_numpy().astype(str), return_inverse=True)[1]
    rows = setup.observed.frame["__row"].to_numpy().astype(int)
    known, whole = np.zeros(len(drops), bool), np.zeros(len(drops), int)
    known[rows], whole[rows] = True, run
    blocks = [
        replace(block, test=block.test & ~drops)
        for block in setup.design.blocks
        if enough(block.train & ~drops, whole, known & ~drops, setup.problem.free.size) and (block.test & ~drops & known).any()
    ]
    kept = [replace(block, train=block.train & ~drops) for block in blocks]
    starts = np.stack([minimum.w for minimum in found.minima[:1]])
    errors = [
        held_out(setup.problem, setup.observed, replace(setup.design, blocks=tuple(each)), starts) for each in (blocks, kept)
    ]
    first, second = (each.filter(pl.col("error").is_finite() & pl.col("kind").is_in(AXES)) for each in errors)
    return first.join(second.select(*POINT, without="error"), on=list(POINT), how="inner", nulls_equal=True)


def _errors(points: pl.DataFrame, seed: int) -> tuple[float, float, float]:
    """Error, error without the rows, and the share of resamples of the held-out runs in which the second is less."""
    weight = point_weights(points, 0.0)
    squares = points.select("error", "without").to_numpy() ** 2
    unit = np.unique(points["run_key"].to_numpy().astype(str), return_inverse=True)[1]
    draws = np.random.default_rng([seed, 13]).standard_exponential((RESAMPLES, unit.max() + 1))[:, unit] * weight
    losses = draws @ squares
    error, without = np.sqrt(weight @ squares / weight.sum())
    return float(error), float(without), float(np.mean(losses[:, 1] < losses[:, 0]))
