"""What is looked at when the runs of a fit are held against each other: the law on some points of some runs, by a robust loss."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.fitting.numerics.near_starts import near_starts
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.problem import Problem
from pipeline.fitting.result import Fit
from pipeline.fitting.setup import Setup, set_up, with_warm_start
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Objective

Array = np.ndarray
MOST, OTHERS, POINTS = 48, 300, 4
"""Runs that are left out one by one, other runs that they are held against, and points of each run."""
LARGE, NEARLY = 10.0, 0.15
"""The error of a run with a slip is above LARGE scales of the others', and the slip explains all but the part NEARLY of it."""
SPARE = 3
"""Runs beyond the parameters that the scale of errors needs."""
STARTS = 8
"""Starts inside the start ranges of the law, beside the fit that is looked at: it may have ended where a bad run took it."""
UNSEEN = ("data_unique", "epochs", "pool", "dataset", "recipe", "tokenizer", "architecture", "peak_lr", "batch_size")


@dataclass(frozen=True)
class Look:
    """The law on some points of some runs; the robust fit w (P,) to them, and starts (STARTS, P) that know nothing of the runs.

    unseen: by run, settings that a law may not read and that make two runs two: unique data, epochs, recipe.
    """

    problem: Problem
    run: Array
    value: Array
    keys: tuple[str, ...]
    w: Array
    starts: Array
    logarithms: bool
    unseen: dict[str, tuple[object, ...]]

    def error(self, w: Array, rows: Rows, value: Array) -> Array:
        """(ln) observed − (ln) predicted (n,) at the rows."""
        predicted = self.problem.law.value(self.problem.natural(w[None]), rows)[0]
        with np.errstate(all="ignore"):
            return np.asarray(np.log(value / predicted) if self.logarithms else value - predicted)

    def slopes(self, w: Array, rows: Rows) -> Array:
        """∂(ln) predicted/∂w (n, F) at the rows."""
        chain = self.problem.coordinates.in_base(w[None], (False,) * len(w))[1][:, None, :]
        value, gradient = self.problem.law.gradient(self.problem.natural(w[None]), rows)
        slopes = (gradient * chain)[0][:, self.problem.free]
        return np.nan_to_num(slopes / value[0][:, None] if self.logarithms else slopes)


def look_at(fit: Fit, frame: pl.DataFrame, gone: Collection[str], w: Array) -> Look | None:
    """The law on what is looked at, without the runs that are `gone`, and its robust fit from the working vector w of a fit; None
    where the runs are too few to tell how far one may be off.

    What the fit left out of the law (nested.py) is free here: a bad run may be why the others do not feel it.
    """
    fixed = {name: value for name, value in fit.fixed.items() if name not in fit.certificate.nested}
    setup = set_up(fit.law, frame, fit.objective, fixed, fit.pools or None)
    data = setup.observed
    residuals = np.abs(np.nan_to_num(fit.residuals))
    if gone:
        stay = ~np.isin(np.array(data.run_keys, dtype=object)[data.run], list(gone))
        data, residuals = data.take(stay), residuals[stay] if len(residuals) == len(stay) else residuals
    logarithms = bool((data.value > 0).all())
    runs = _chosen(fit, data.run_keys, data.run, residuals)
    keep = _thinned(data.run, runs)
    place = np.zeros(len(data.run_keys), dtype=np.int64)
    place[runs] = np.arange(len(runs))
    run = place[data.run[keep]]
    value, rows = data.value[keep], data.rows.take(np.flatnonzero(keep))
    scale = 1.0 if logarithms else float(np.std(value)) or 1.0
    robust = Objective("log" if logarithms else "linear", "huber", 1e-3 * scale)
    target = np.log(value) if logarithms else value
    problem = Problem(setup.problem.law, rows, target, robust, setup.problem.coordinates, setup.problem.free)
    if len(runs) - (problem.free.size - len(fit.certificate.nested)) < SPARE:
        return None
    starts = with_warm_start(setup, STARTS, 0, None)
    ends = minimise(problem, _begin(setup, fit.certificate.nested, w, starts), np.ones(len(value)), iterations=80)
    best = ends.w[ends.best]
    return Look(problem, run, value, tuple(data.run_keys[r] for r in runs), best, starts, logarithms, _unseen(frame))


def _begin(setup: Setup, nested: Collection[str], w: Array, starts: Array) -> Array:
    """Where the robust fit begins (batch, P): at w and, where it holds parameters at a limit from which no slope leads back, also
    with these inside their start ranges."""
    if not nested:
        return w[None]
    begin = np.tile(w, (1 + len(starts), 1))
    at = [setup.names.index(name) for name in nested]
    begin[1:, at] = starts[:, at]
    return begin


def without_each(look: Look, w: Array) -> Array:
    """The fit (runs, P) without each of the first MOST runs, from the robust fit to all of them and from w."""
    left_out = np.arange(min(len(look.keys), MOST))
    without = (look.run[None, :] != left_out[:, None]).astype(float)
    ones = np.ones(len(look.value))
    begin = np.concatenate([near_starts(look.problem, each, ones, without, None)[0] for each in (look.w, w)])
    ends = minimise(look.problem, begin, np.tile(without, (2, 1)), iterations=60, patient=False)
    ended = np.where(np.isfinite(ends.value), ends.value, np.inf).reshape(2, -1)
    return np.asarray(ends.w[ended.argmin(axis=0) * len(left_out) + left_out])


def _chosen(fit: Fit, keys: Sequence[str], run: Array, size: Array) -> Array:
    """Places of the runs that are looked at, those to leave out first where there are too many: far off, or influential."""
    count = len(keys)
    if count <= MOST:
        return np.arange(count)
    worst = np.zeros(count)
    np.maximum.at(worst, run, size)
    named = [keys.index(key) for key in fit.certificate.influence if key in keys]
    first = list(dict.fromkeys([*np.argsort(-worst, kind="stable")[: MOST - 10].tolist(), *named]))[:MOST]
    others = np.setdiff1d(np.arange(count), first)
    return np.array([*first, *others[:: max(1, -(-len(others) // OTHERS))]])


def _thinned(run: Array, chosen: Array) -> Array:
    """Which observations are looked at: of each chosen run its last point and some before it."""
    keep = np.zeros(len(run), dtype=bool)
    for each in chosen:
        at = np.flatnonzero(run == each)
        keep[at[np.unique(np.linspace(0, len(at) - 1, min(POINTS, len(at))).round().astype(int))]] = True
    return keep


def medians(values: Array, run: Array, count: int) -> Array:
    """The median of each run's values (count,), as NumPy's of one run after the other: not-a-number where a value is."""
    order = np.lexsort((values, run))
    ordered, runs = values[order], run[order]
    first, after = (np.searchsorted(runs, np.arange(count), side) for side in ("left", "right"))
    low, high = ordered[first + (after - first - 1) // 2], ordered[first + (after - first) // 2]
    with np.errstate(all="ignore"):
        return np.where(np.isnan(ordered[after - 1]), np.nan, (low + high) / 2)


def _unseen(frame: pl.DataFrame) -> dict[str, tuple[object, ...]]:
    """Those of UNSEEN that the frame has, of the first observation of each run."""
    names = [name for name in UNSEEN if name in frame.columns]
    if not names or "run_key" not in frame.columns:
        return {}
    rows = frame.unique("run_key", keep="first").select(pl.col("run_key").cast(pl.String), *names).rows()
    return {key: tuple(settings) for key, *settings in rows}


def means(values: Array, run: Array, count: int) -> Array:
    """The mean of each run's values (count, C)."""
    out = np.zeros((count, values.shape[1]))
    np.add.at(out, run, values)
    return np.asarray(out / np.bincount(run, minlength=count)[:, None])
