"""Runs that share one slip: five of 25 in thousands bend the fit, so that none of them looks odd when it alone is left out.

Fits to small random sets of runs, some of them without a bad run, say of every run whether it or its repaired self is nearer to
the law. The best of them is refitted to the runs so mended. For R runs, g of them mended, and S slips tried, they are named where

    R · ln(mean |error| / mean |error, mended|) − ln C(R, g) − ln S  >  SURE

With errors of Laplace the mended runs are then e^SURE times as likely as the logged ones, what the search chose being paid for.
The logged ones are given the better of two fits, so that a search that had ended in a worse place is no sign of a slip.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, lgamma, log, log1p

import numpy as np
from scipy.special import ndtri

from pipeline.fitting.evidence.causes import Repair, unit_slips
from pipeline.fitting.evidence.look import LARGE, NEARLY, Look, means
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.problem import Problem
from pipeline.laws.engine.rows import Rows

Array = np.ndarray
LOOSE, SURE = 0.01, 10.0
"""Mean errors below LOOSE are those of runs that agree: no slip in a unit hides in them."""
SLIPPED, MISSED, MOST_SETS = 0.25, 0.01, 128
"""So many small sets that, where a share SLIPPED of the runs is bad, none of them is sound with a probability of MISSED."""
BESIDE, SAMPLE, TRIED, TURNS = 2, 60, 3, 3
"""Runs of a set beyond the parameters, runs that sets are drawn from, slips that are refitted, and turns of that."""
CLEAR, JOINED = 3.0, 0.05
"""A run may have the slip where undoing it takes away more than CLEAR mean errors, and has it beyond ln(R / JOINED) of them,
where an error of Laplace lies with a probability of JOINED / R (of R sound runs hardly one), if little of its error is left."""
HOPELESS, TINY = 10.0, 1e-9
"""The error of a run for which the law has no value, and the least error that is told from none."""
MEDIAN = float(ndtri(0.75))


@dataclass(frozen=True)
class Group:
    """Places of runs that share a slip, its words, (ln) observed − (ln) predicted of every run, the scale of the sound ones'
    errors, and the fit w to the runs outside the group."""

    runs: tuple[int, ...]
    words: str
    error: Array
    scale: float
    w: Array


def shared_slip(look: Look) -> Group | None:
    """The runs that one slip explains together, if the law is impossible without it; None where it is not."""
    count = len(look.keys)
    if not look.logarithms or _by_run(look, look.w[None], None).mean() <= LOOSE:
        return None
    some = _sampled(look)
    starts = np.concatenate([look.w[None], _small_fits(some)])
    logged = _by_run(some, starts, None)
    slips = list(unit_slips(look.problem.rows, look.logarithms))
    mended = [np.minimum(logged, _by_run(some, starts, slip)).mean(axis=0) for slip in unit_slips(some.problem.rows, True)]
    hopeful = np.argsort([each.min() for each in mended], kind="stable")[:TRIED]
    tried = [_refitted(look, slips[k], starts[mended[k].argmin()]) for k in hopeful]
    found = [(_gain(look, *each, len(slips)), place) for place, each in enumerate(tried)]
    gain, best = max(found)
    slipped, w, _ = tried[best]
    if gain <= SURE or not 1 < slipped.sum() < count / 2:
        return None
    return _group(look, slips[hopeful[best]].words, slipped, w)


def _sampled(look: Look) -> Look:
    """At most SAMPLE of the runs, evenly chosen."""
    count = len(look.keys)
    if count <= SAMPLE:
        return look
    chosen = np.unique(np.linspace(0, count - 1, SAMPLE).round().astype(int))
    at = np.flatnonzero(np.isin(look.run, chosen))
    run = np.searchsorted(chosen, look.run[at])
    keys = tuple(look.keys[each] for each in chosen)
    return replace(look, problem=look.problem.take(at), run=run, value=look.value[at], keys=keys)


def _small_fits(look: Look) -> Array:
    """The fit (batch, P) to each of some random sets of runs that are hardly larger than the law needs: of one half from the fit
    to all runs, of the other from starts that know nothing of it."""
    count, rng = len(look.keys), np.random.default_rng(0)
    size = min(look.problem.free.size + BESIDE, count)
    half = min(ceil(log(MISSED) / log1p(-((1 - SLIPPED) ** size))), MOST_SETS)
    sets = np.array([rng.permutation(count) < size for _ in range(2 * half)])
    begin = np.vstack([np.tile(look.w, (half, 1)), np.resize(look.starts, (half, len(look.w)))])
    return minimise(look.problem, begin, sets[:, look.run].astype(float), iterations=40).w


def _errors(look: Look, w: Array, slip: Repair | None) -> Array:
    """(ln) observed − (ln) predicted of each run (R, batch) under each w (batch, P), with a slip of all runs undone."""
    rows, shift = (look.problem.rows, 0.0) if slip is None else (slip.rows, slip.shift)
    predicted = look.problem.law.value(look.problem.natural(w), rows)
    with np.errstate(all="ignore"):
        error = look.problem.target - np.log(predicted) + shift
    return means(np.where(np.isfinite(error), error, HOPELESS).T, look.run, len(look.keys))


def _by_run(look: Look, w: Array, slip: Repair | None) -> Array:
    return np.abs(_errors(look, w, slip))


def _refitted(look: Look, slip: Repair, w: Array) -> tuple[Array, Array, float]:
    """Which runs have the slip (R,), the fit to the runs so mended, their mean error under it."""
    left = 0.0
    for _ in range(TURNS):
        logged, undone = (_by_run(look, w[None], each)[:, 0] for each in (None, slip))
        slipped = logged - undone > CLEAR * left
        left = float(np.where(slipped, undone, logged).mean())
        ends = minimise(_mended(look, slip, slipped), np.vstack([w, look.starts]), np.ones(len(look.value)), iterations=40)
        w = ends.w[ends.best]
    logged, undone = (_by_run(look, w[None], each)[:, 0] for each in (None, slip))
    slipped = (logged - undone > log(len(look.keys) / JOINED) * left) & (undone < NEARLY * logged)
    return slipped, w, float(np.where(slipped, undone, logged).mean())


def _mended(look: Look, slip: Repair, slipped: Array) -> Problem:
    here, rows = slipped[look.run], look.problem.rows
    columns = {name: np.where(here, slip.rows.columns[name], column) for name, column in rows.columns.items()}
    mended, problem = Rows(columns, rows.members, rows.pools, rows.n), look.problem
    target = problem.target + slip.shift * here
    return Problem(problem.law, mended, target, problem.objective, problem.coordinates, problem.free, problem.prior)


def _gain(look: Look, slipped: Array, w: Array, left: float, slips: int) -> float:
    """How much likelier (ln) the runs are with the slip of some undone, less what the choice of slip and runs gains alone."""
    logged = minimise(look.problem, np.vstack([w, look.starts]), np.ones(len(look.value)), iterations=80).w
    before = float(_by_run(look, np.vstack([look.w, logged]), None).mean(axis=0).min())
    runs, some = len(slipped), int(slipped.sum())
    choices = lgamma(runs + 1) - lgamma(some + 1) - lgamma(runs - some + 1)
    return runs * log(before / max(left, TINY)) - choices - log(slips)


def _group(look: Look, words: str, slipped: Array, w: Array) -> Group:
    """The group, held against the fit to the others."""
    sound = (~slipped[look.run]).astype(float)
    w = minimise(look.problem, w[None], sound, iterations=60).w[0]
    error = _errors(look, w[None], None)[:, 0]
    scale = max(float(np.median(np.abs(error[~slipped]))), TINY) / MEDIAN
    runs = np.flatnonzero(slipped & (np.abs(error) > LARGE * scale))
    return Group(tuple(runs.tolist()), words, error, scale, w)
