"""How far a run falls from here to its end, learnt from the curves of runs that have ended.

A run that has seen the part u of its planned data has to fall by ln value(u) - ln final. Among runs of one recipe this fall is
smooth in size and data: fall = c0 + c1 ln N + c2 ln D, by least squares over the finished runs at the same u. No form is
assumed of the curve, nor of the learning-rate schedule that bends it: the finished runs went along the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
SPARE = 4
"""Finished curves beyond the number of coefficients, at least: fewer say too little about their own spread."""
COLLINEAR = 1e-6
"""A column within this part of its size of a sum of the others adds nothing."""
PARTS = (0.5, 0.6, 0.7, 0.8)
"""Parts of the finished runs, by cost, from which the others are forecast to see how wrong the form is beyond its data."""


@dataclass(frozen=True)
class Fall:
    """The expected fall in ln, the sd of one run around it, degrees of freedom, and how many finished curves it rests on."""

    mean: float
    sd: float
    freedom: int
    curves: int


def fall_at(data: Array, values: Array, part: float) -> float:
    """ln of the value at that part of a finished curve's data minus ln of its last; NaN where the curve begins later.

    data and values (n,), data ascending and ending at the end of the run; between two points ln value is linear in ln data.
    """
    where = np.log(part * data[-1])
    if len(data) < 2 or np.log(data[0]) > where:
        return float("nan")
    return float(np.interp(where, np.log(data), np.log(values)) - np.log(values[-1]))


def expected_fall(places: Array, falls: Array, costs: Array, place: Array, cost: float) -> Fall | None:
    """The fall of a run at `place` (p,) from those of finished runs at `places` (n, p); None where too few curves are known.

    A run that costs more than all of them is widened by what the form missed when the larger ones were held out in the same way.
    """
    known = np.isfinite(falls) & np.isfinite(places).all(axis=1)
    here, falls, costs = _design(places[known]), falls[known], costs[known]
    own = _independent(here)
    here, there = here[:, own], _design(place[None])[:, own]
    if not known.any() or len(falls) - np.linalg.matrix_rank(here) < SPARE:
        here, there = np.ones((len(falls), 1)), np.ones((1, 1))
    if len(falls) - 1 < SPARE:
        return None
    mean, sd = _regressed(here, falls, there)
    if cost > costs.max() * (1 + 1e-9):
        sd = sd * _missed(here, falls, costs)
    return Fall(float(mean[0]), float(sd[0]), int(len(falls) - np.linalg.matrix_rank(here)), len(falls))


def combined(means: Sequence[float], sds: Sequence[float]) -> tuple[float, float]:
    """Forecasts weighted by precision. They share the runs they were learnt from: the sd is the least of theirs, not less."""
    precision = np.asarray(sds, dtype=float) ** -2.0
    return float((precision * means).sum() / precision.sum()), float(min(sds))


def _design(places: Array) -> Array:
    return np.hstack([np.ones((len(places), 1)), places])


def _independent(design: Array) -> list[int]:
    """The columns that are no sum of those before them: what runs of one compute say of size, they cannot say of data again."""
    kept: list[int] = []
    for column in range(design.shape[1]):
        scaled = design[:, [*kept, column]] / np.maximum(np.abs(design[:, [*kept, column]]).max(axis=0), 1e-300)
        if np.linalg.matrix_rank(scaled, tol=COLLINEAR * np.sqrt(len(scaled))) > len(kept):
            kept.append(column)
    return kept


def _regressed(here: Array, falls: Array, there: Array) -> tuple[Array, Array]:
    """Least squares: expected falls and sds of single runs at `there`."""
    coefficients = np.linalg.lstsq(here, falls, rcond=None)[0]
    rest = falls - here @ coefficients
    spread = (rest**2).sum() / max(len(falls) - np.linalg.matrix_rank(here), 1)
    leverage = np.einsum("ij,jk,ik->i", there, np.linalg.pinv(here.T @ here), there)
    return there @ coefficients, np.sqrt(spread * (1 + leverage))


def _missed(here: Array, falls: Array, costs: Array) -> float:
    """Root mean square of held-out errors in their own sds, over origins along the cost; at least 1."""
    order, squares = np.argsort(costs, kind="stable"), []
    for part in PARTS:
        known, later = np.split(order, [int(part * len(order))])
        if len(known) < here.shape[1] + 2:
            continue
        mean, sd = _regressed(here[known], falls[known], here[later])
        squares.append(float((((falls[later] - mean) / np.maximum(sd, 1e-12)) ** 2).mean()))
    return max(float(np.sqrt(np.mean(squares))), 1.0) if squares else 1.0
