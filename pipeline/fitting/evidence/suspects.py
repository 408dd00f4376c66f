"""Runs that the law cannot have given, if all the others are right: each is left out, and predicted by the fit to the others.

deviations = (ln observed − ln predicted without the run) / (scale · √(1 + leverage)),   scale = median |residual| of the others

A run is impossible beyond t(3; 1 − α/2R) deviations: runs' errors have heavy tails, so that in a clean sweep of R runs with the
tails of Student's t of 3 degrees of freedom any run is named with a probability of about α = 5 % (less with Gaussian ones). A run
that one usual slip explains (causes.py) is named earlier: its error is large, and with the slip undone it is a run like the
others. Of values that may be negative, errors are differences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtri, stdtrit

from pipeline.fitting.evidence.causes import Repair, by_its_size, part_of_its_data, repairs
from pipeline.fitting.evidence.groups import Group, shared_slip
from pipeline.fitting.evidence.look import LARGE, NEARLY, SPARE, Look, look_at, means, medians, without_each
from pipeline.fitting.result import Fit
from pipeline.laws.engine.rows import Rows

Array = np.ndarray
FALSE_ALARMS, TAILS = 0.05, 3.0
USUAL, EXTRAPOLATED = 2.5, 3.0
"""A slip: the error is above LARGE scales, the repaired one below USUAL, at a leverage of at most EXTRAPOLATED."""
ROUNDS, INFLUENTIAL, COARSE = 4, 5, 3
"""Bad runs sought one after the other, influential runs that are kept, decimals of values that are too coarse to tell a copy."""
QUOTED = re.compile(r"'([^']+)'")
MEDIAN = float(ndtri(0.75))


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

    Runs that share a slip are taken out first (groups.py). The worst is taken out before the next is sought: beside a run that is
    far off, sound ones look wrong too.
    """
    if fit.working is None or len(fit.run_keys) < 2:
        return []
    first = look_at(fit, frame, set(), fit.working)
    group = None if first is None else shared_slip(first)
    bad = [] if first is None or group is None else _members(first, group, fit)
    start = fit.working if group is None else group.w
    found: list[Suspect] = []
    for place in range(ROUNDS):
        look = first if first is not None and not bad else look_at(fit, frame, {suspect.run_key for suspect in bad}, start)
        if look is None:
            break
        each = without_each(look, start)
        found = [_examined(look, fit, each[at], at) for at in range(len(each))]
        bad += _copied(look, found) if not place else []
        known = {suspect.run_key for suspect in bad}
        worst = max((s for s in found if s.impossible and s.run_key not in known), key=lambda s: abs(s.error), default=None)
        if worst is None:
            break
        bad.append(worst)
        start = each[found.index(worst)]
    named = {suspect.run_key for suspect in bad}
    most = [key for key in fit.certificate.influence if key not in named][:INFLUENTIAL]
    return bad + [s for s in found if s.run_key in most and np.isfinite(list(s.without.values())).all()]


def limit(runs: int, spare: int) -> float:
    """Deviations beyond which a run of so many is impossible; wider where few runs tell the scale."""
    return float(stdtrit(TAILS, 1 - FALSE_ALARMS / (2 * runs)) * MEDIAN / stdtrit(TAILS, 0.75) * (1 + 2 / spare))


def _members(look: Look, group: Group, fit: Fit) -> list[Suspect]:
    """The runs of a group, those that are farthest off first."""
    without, error = _parameters(look, fit, group.w), group.error
    order = sorted(group.runs, key=lambda run: -abs(error[run]))
    return [Suspect(look.keys[r], float(error[r]), float(error[r] / group.scale), group.words, True, without) for r in order]


def _parameters(look: Look, fit: Fit, w: Array) -> dict[str, float]:
    natural, free = look.problem.natural(w[None])[0], set(look.problem.free.tolist())
    return {name: float(natural[at]) if at in free else fit.fixed[name] for at, name in enumerate(fit.names)}


def _examined(look: Look, fit: Fit, w: Array, out: int) -> Suspect:
    count = len(look.keys)
    error = look.error(w, look.problem.rows, look.value)
    by_run = medians(error, look.run, count)
    slopes = means(look.slopes(w, look.problem.rows), look.run, count)
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
    known = _parameters(look, fit, w)
    return Suspect(look.keys[out], float(by_run[out]), float(deviations), cause if impossible else "", impossible, known)


def _contradicted(look: Look, out: int, errors: Array, scale: float) -> str | None:
    """The words for a run beside one of the same settings whose value is as the law says."""
    for other in np.flatnonzero(np.abs(errors) < USUAL * scale):
        if other != out and _settings(look, int(other)) == _settings(look, out):
            return f"run {look.keys[other]!r} has the same settings and another value: one of the two is wrong"
    return None


def _settings(look: Look, run: int) -> tuple[object, ...]:
    """All that the law reads of a run, as bytes, and the settings of it that the law does not read."""
    at, rows = look.run == run, look.problem.rows
    members = [] if rows.members is None else list(rows.members.values())
    read = tuple(np.ascontiguousarray(array[at]).tobytes() for array in (*rows.columns.values(), *members))
    return (*read, *look.unseen.get(look.keys[run], ()))


def _copied(look: Look, found: Sequence[Suspect]) -> list[Suspect]:
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


def _explained(look: Look, w: Array, rows: Rows, value: Array, others: Array, most: float) -> str | None:
    """The words of the slip that explains a run best, leaving at most so much of its error; None where none does."""

    def left(repair: Repair) -> float:
        if _leverage(others, look.slopes(w, repair.rows).mean(axis=0)) > EXTRAPOLATED:
            return float("inf")
        error = np.median(look.error(w, repair.rows, value)) + repair.shift
        return float(abs(error)) if np.isfinite(error) else float("inf")

    tried = [(left(repair), repair.words) for repair in repairs(rows, look.logarithms)]
    least, words = min(tried, default=(np.inf, ""), key=lambda each: each[0])
    return words if least < most else None


def _cut_off(look: Look, w: Array, rows: Rows, value: Array, error: float) -> str | None:
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
