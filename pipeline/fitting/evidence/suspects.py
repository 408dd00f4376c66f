"""Runs that the law cannot have given, if all the others are right: each is left out, and predicted by the fit to the others.

deviations = (ln observed − ln predicted without the run) / (scale · √(1 + leverage)),   scale = median |residual| of the others

A run is impossible beyond t(3; 1 − α/2R) deviations: runs' errors have heavy tails, so that in a clean sweep of R runs with the
tails of Student's t of 3 degrees of freedom any run is named with a probability of about α = 5 % (less with Gaussian ones). A run
that one usual slip explains (causes.py) is named earlier: its error is large, and with the slip undone it is a run like the
others. Of values that may be negative, errors are differences.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from pipeline.fitting.evidence.causes import Repair, by_its_size, part_of_its_data, repairs
from pipeline.fitting.numerics.near_starts import near_starts
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.problem import Problem
from pipeline.fitting.result import Fit
from pipeline.fitting.setup import set_up
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Objective

Array = np.ndarray
FALSE_ALARMS, TAILS = 0.05, 3.0
MOST, OTHERS, POINTS = 48, 300, 4
"""Runs that are left out one by one, other runs that they are held against, and points of each run."""
SPARE = 3
"""Runs beyond the parameters that the scale of errors needs."""
LARGE, USUAL, EXTRAPOLATED = 10.0, 2.5, 3.0
"""A slip: the error is above LARGE scales, the repaired one below USUAL, at a leverage of at most EXTRAPOLATED."""
UNSEEN = ("data_unique", "epochs", "pool", "dataset", "recipe", "tokenizer", "architecture", "peak_lr", "batch_size")
NEARLY = 0.15
"""Of an impossible run a slip must explain all but this part."""
ROUNDS, INFLUENTIAL, COARSE = 4, 5, 3
"""Bad runs sought one after the other, influential runs that are kept, decimals of values that are too coarse to tell a copy."""
QUOTED = re.compile(r"'([^']+)'")
MEDIAN = float(stats.norm.ppf(0.75))


@dataclass(frozen=True)
class Suspect:
    """One run: ln observed − ln predicted without it, in deviations too, the likely slip, and the parameters without it.

    impossible: named by the rule; the others are only the most influential ones, whose effect on a plan is worth a look. copy_of:
    the run that it is again, under another id.
    """

    run_key: str
    error: float
    deviations: float
    cause: str
    impossible: bool
    without: dict[str, float]
    copy_of: str = ""


def suspects(fit: Fit, frame: pl.DataFrame) -> list[Suspect]:
    """The impossible runs of a fit, worst first, then its most influential ones.

    The worst is taken out before the next is sought: beside a run that is far off, sound ones look wrong too.
    """
    if fit.working is None or len(fit.run_keys) < 2:
        return []
    bad: list[Suspect] = []
    found: list[Suspect] = []
    start = fit.working
    for _ in range(ROUNDS):
        look = _look(fit, frame, {suspect.run_key for suspect in bad}, start)
        if look is None:
            break
        found = [_examined(look, fit, at) for at in range(len(look.left_out))]
        bad += _copied(look, found) if not bad else []
        known = {suspect.run_key for suspect in bad}
        worst = max((s for s in found if s.impossible and s.run_key not in known), key=lambda s: abs(s.error), default=None)
        if worst is None:
            break
        bad.append(worst)
        start = look.w[found.index(worst)]
    named = {suspect.run_key for suspect in bad}
    most = [key for key in fit.certificate.influence if key not in named][:INFLUENTIAL]
    return bad + [s for s in found if s.run_key in most and np.isfinite(list(s.without.values())).all()]


def limit(runs: int, spare: int) -> float:
    """Deviations beyond which a run of so many is impossible; wider where few runs tell the scale."""
    return float(stats.t.ppf(1 - FALSE_ALARMS / (2 * runs), TAILS) * MEDIAN / stats.t.ppf(0.75, TAILS) * (1 + 2 / spare))


@dataclass(frozen=True)
class _Look:
    """The law on some points of some runs; which runs are left out (places), and the fit w (runs, P) without each.

    unseen: by run, settings that a law may not read and that make two runs two: unique data, epochs, recipe.
    """

    problem: Problem
    run: Array
    value: Array
    keys: tuple[str, ...]
    left_out: Array
    w: Array
    logarithms: bool
    unseen: dict[str, tuple[object, ...]]

    def error(self, w: Array, rows: Rows, value: Array) -> Array:
        predicted = self.problem.law.value(self.problem.natural(w[None]), rows)[0]
        with np.errstate(all="ignore"):
            return np.asarray(np.log(value / predicted) if self.logarithms else value - predicted)

    def slopes(self, w: Array, rows: Rows) -> Array:
        """∂(ln) predicted/∂w (n, F) at the rows."""
        chain = self.problem.coordinates.in_base(w[None], (False,) * len(w))[1][:, None, :]
        value, gradient = self.problem.law.gradient(self.problem.natural(w[None]), rows)
        slopes = (gradient * chain)[0][:, self.problem.free]
        return np.nan_to_num(slopes / value[0][:, None] if self.logarithms else slopes)


def _look(fit: Fit, frame: pl.DataFrame, gone: Collection[str], w: Array) -> _Look | None:
    """The law on what is looked at, without the runs that are `gone`, from the working vector w of a fit."""
    setup = set_up(fit.law, frame, fit.objective, fit.fixed, fit.pools or None)
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
    if len(runs) - problem.free.size < SPARE:
        return None
    ones = np.ones(len(value))
    start = minimise(problem, w[None], ones, iterations=80).w[0]
    left_out = np.arange(min(len(runs), MOST))
    without = (run[None, :] != left_out[:, None]).astype(float)
    begin = np.concatenate([near_starts(problem, each, ones, without, None)[0] for each in (start, w)])
    ends = minimise(problem, begin, np.tile(without, (2, 1)), iterations=60, patient=False)
    ended = np.where(np.isfinite(ends.value), ends.value, np.inf).reshape(2, -1)
    best = ended.argmin(axis=0) * len(left_out) + np.arange(len(left_out))
    keys = tuple(data.run_keys[r] for r in runs)
    return _Look(problem, run, value, keys, left_out, ends.w[best], logarithms, _unseen(frame))


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


def _examined(look: _Look, fit: Fit, at: int) -> Suspect:
    w, out = look.w[at], int(look.left_out[at])
    count = len(look.keys)
    error = look.error(w, look.problem.rows, look.value)
    by_run = _medians(error, look.run, count)
    slopes = _means(look.slopes(w, look.problem.rows), look.run, count)
    others = np.arange(count) != out
    others &= np.isfinite(by_run)
    scale, spare, informed = _scale(by_run[others], slopes[others])
    own = np.flatnonzero(look.run == out)
    deviations = by_run[out] / (scale * np.sqrt(1 + _leverage(slopes[others], slopes[out]))) if informed else np.nan
    impossible = bool(abs(deviations) > limit(count, spare)) if informed else False
    cause = ""
    if informed and np.isfinite(by_run[out]) and (impossible or abs(by_run[out]) > LARGE * scale):
        rows, value = look.problem.rows.take(own), look.value[own]
        most = USUAL * scale if not impossible else max(USUAL * scale, NEARLY * abs(by_run[out]))
        slip = _contradicted(look, out, by_run, scale) or _explained(look, w, rows, value, slopes[others], most)
        impossible |= slip is not None
        doubts = (by_its_size(by_run[out], look.logarithms), _cut_off(look, w, rows, value, by_run[out]))
        cause = slip or "; or ".join(doubt for doubt in doubts if doubt)
    natural = look.problem.natural(w[None])[0]
    known = {n: fit.fixed.get(n, float(v)) for n, v in zip(fit.names, natural, strict=True)}
    return Suspect(look.keys[out], float(by_run[out]), float(deviations), cause if impossible else "", impossible, known)


def _medians(values: Array, run: Array, count: int) -> Array:
    """The median of each run's values (count,), as NumPy's of one run after the other: not-a-number where a value is."""
    order = np.lexsort((values, run))
    ordered, runs = values[order], run[order]
    first, after = (np.searchsorted(runs, np.arange(count), side) for side in ("left", "right"))
    low, high = ordered[first + (after - first - 1) // 2], ordered[first + (after - first) // 2]
    with np.errstate(all="ignore"):
        return np.where(np.isnan(ordered[after - 1]), np.nan, (low + high) / 2)


def _contradicted(look: _Look, out: int, errors: Array, scale: float) -> str | None:
    """The words for a run beside one of the same settings whose value is as the law says."""
    for other in np.flatnonzero(np.abs(errors) < USUAL * scale):
        if other != out and _settings(look, int(other)) == _settings(look, out):
            return f"run {look.keys[other]!r} has the same settings and another value: one of the two is wrong"
    return None


def _settings(look: _Look, run: int) -> tuple[object, ...]:
    """All that the law reads of a run, as bytes, and the settings of it that the law does not read."""
    at, rows = look.run == run, look.problem.rows
    members = [] if rows.members is None else list(rows.members.values())
    read = tuple(np.ascontiguousarray(array[at]).tobytes() for array in (*rows.columns.values(), *members))
    return (*read, *look.unseen.get(look.keys[run], ()))


def _unseen(frame: pl.DataFrame) -> dict[str, tuple[object, ...]]:
    """Those of UNSEEN that the frame has, of the first observation of each run."""
    names = [name for name in UNSEEN if name in frame.columns]
    if not names or "run_key" not in frame.columns:
        return {}
    rows = frame.unique("run_key", keep="first").select(pl.col("run_key").cast(pl.String), *names).rows()
    return {key: tuple(settings) for key, *settings in rows}


def _copied(look: _Look, found: Sequence[Suspect]) -> list[Suspect]:
    """Runs that are another run to the last digit of their values, under another id."""
    copies: list[Suspect] = []
    seen: dict[tuple[object, ...], int] = {}
    by_key = {suspect.run_key: suspect for suspect in found}
    for run, key in enumerate(look.keys):
        values = look.value[look.run == run]
        if key not in by_key or (np.round(values, COARSE) == values).all():  # values of few digits are equal by chance
            continue
        first = seen.setdefault((*_settings(look, run), values.tobytes()), run)
        if first != run:
            words = f"it is run {look.keys[first]!r} again, under another id: no independent run"
            copies.append(replace(by_key[key], impossible=True, cause=words, copy_of=look.keys[first]))
    return copies


def _means(values: Array, run: Array, count: int) -> Array:
    out = np.zeros((count, values.shape[1]))
    np.add.at(out, run, values)
    return np.asarray(out / np.bincount(run, minlength=count)[:, None])


def _scale(errors: Array, slopes: Array) -> tuple[float, int, bool]:
    """(median |error| as a normal sd, runs beyond the parameters, whether that tells it): a robust fit meets as many runs exactly
    as it has parameters, and these say nothing of the scale."""
    rank = int(np.linalg.matrix_rank(slopes))
    spare = len(errors) - rank
    if spare < SPARE - 1:
        return np.nan, max(spare, 1), False
    return max(float(np.median(np.sort(np.abs(errors))[rank:])), 1e-9) / MEDIAN, spare, True


def _leverage(slopes: Array, own: Array) -> float:
    """xᵀ(JᵀJ)⁻¹x of a run's slopes against the others'; infinite where the others do not know a direction that it moves in."""
    inverse = np.linalg.pinv(slopes)
    weights = own @ inverse
    if np.linalg.norm(own - weights @ slopes) > 1e-5 * max(float(np.linalg.norm(own)), 1e-300):
        return float("inf")
    return float(weights @ weights)


def _explained(look: _Look, w: Array, rows: Rows, value: Array, others: Array, most: float) -> str | None:
    """The words of the slip that explains a run best, leaving at most so much of its error; None where none does."""

    def left(repair: Repair) -> float:
        if _leverage(others, look.slopes(w, repair.rows).mean(axis=0)) > EXTRAPOLATED:
            return float("inf")
        error = np.median(look.error(w, repair.rows, value)) + repair.shift
        return float(abs(error)) if np.isfinite(error) else float("inf")

    tried = [(left(repair), repair.words) for repair in repairs(rows, look.logarithms)]
    least, words = min(tried, default=(np.inf, ""), key=lambda each: each[0])
    return words if least < most else None


def _cut_off(look: _Look, w: Array, rows: Rows, value: Array, error: float) -> str | None:
    """The words for a run whose value is that of a part of its data: the part that comes nearest."""
    tried = [(abs(float(np.median(look.error(w, r.rows, value)))), r.words) for _, r in part_of_its_data(rows)]
    least, words = min(tried, default=(np.inf, ""), key=lambda each: each[0])
    return words if least < 0.1 * abs(error) else None


def as_rows(found: Sequence[Suspect]) -> list[dict[str, Any]]:
    """Suspects as plain values, for a certificate."""
    return [dict(vars(suspect)) for suspect in found]


def in_names(text: str, names: Mapping[str, str]) -> str:
    """What is said of a run, with the ids of other runs in the place of their keys."""
    return QUOTED.sub(lambda found: repr(names.get(found[1], found[1])), text)
