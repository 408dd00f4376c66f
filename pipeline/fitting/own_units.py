"""A law on the same rows with its columns in units of their geometric means: draws and held-out fits are solved there.

A coefficient A of x^−α moves with α as x^α does. Counted in parameters and tokens that valley is long and bends, so that Newton's
steps leave it after a few percent; where x is about 1 it hardly bends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.fitting.problem import Problem
from pipeline.laws.engine.rows import Rows
from pipeline.laws.engine.units import Power, moved_by_unit
from pipeline.laws.law import Law

Array = np.ndarray
SAME = 1e-9
"""Relative difference of predictions, and difference of working vectors, up to which they are the same in both units."""
LARGEST = 300.0
"""The logarithm of the largest number that a parameter may be: the sum of its squares is one, too."""
NEAR = 3.0
"""A column whose ln is nearer to 0 is about 1 already: another unit would only let a ridge of it run on."""
SEEN, AROUND = 8, 0.3
"""Working vectors at which both units are compared, and how far they lie apart: a law may be another beyond a threshold."""


@dataclass(frozen=True)
class OwnUnits:
    """usual: the problem as it is; own: the same with columns in other units; moved: (column of theta, ln unit, its power)."""

    usual: Problem
    own: Problem
    moved: tuple[tuple[int, float, Power], ...] = ()

    def there(self, w: Array) -> Array:
        """Working vectors (batch, P) in own units for those in the usual ones."""
        return self._carried(self.usual, w, 1.0)

    def back(self, w: Array) -> Array:
        """Working vectors (batch, P) in the usual units for those in own ones."""
        return self._carried(self.own, w, -1.0)

    def _carried(self, before: Problem, w: Array, sign: float) -> Array:
        """What is moved is positive and without bounds: its working coordinate is its logarithm, kept where a number has one."""
        theta, out = before.natural(w), np.array(w, float)
        for at, unit, power in self.moved:
            out[:, at] = np.clip(out[:, at] + sign * unit * power(theta), -LARGEST, LARGEST)
        return out

    def says_the_same(self, w: Array) -> bool:
        """Whether w (P,) and what lies around it predict the same in both units, and come back."""
        around = w + AROUND * np.random.default_rng(0).standard_normal((SEEN, len(w)))
        some = np.vstack([w, np.where(np.isin(np.arange(len(w)), self.usual.free), around, w)])
        there = self.there(some)
        with np.errstate(all="ignore"):
            apart = np.abs(self.own.predicted(there) / self.usual.predicted(some) - 1)
        return bool((apart <= SAME).all() and (np.abs(self.back(there) - some) <= SAME * (1 + np.abs(some))).all())


def own_units(law: Law, problem: Problem, w: Array) -> OwnUnits:
    """Own units of each column of which the formula says what moves, seen at w (P,); the usual ones of all others.

    A prior, a constant or bounds of what would be moved keep a column as it is, as do values of about 1; a column of one level is
    no axis.
    """
    found = OwnUnits(problem, problem)
    if problem.prior is not None or problem.free.ndim != 1:
        return found
    for column, powers in moved_by_unit(law).items():
        places, values = [_place(law, problem, name) for name in powers], problem.rows.columns[column]
        if not 0 < values.min() < values.max() or not set(places) <= set(problem.free):
            continue
        unit = float(np.log(values).mean())
        if abs(unit) < NEAR:
            continue
        moved = tuple((at, unit, power) for at, power in zip(places, powers.values(), strict=True))
        own = _counted(found.own, column, values / np.exp(unit))
        tried = OwnUnits(problem, own, found.moved + moved)
        found = tried if tried.says_the_same(w) else found
    return found


def _place(law: Law, problem: Problem, name: str) -> int:
    """The column of theta of a parameter that is fitted as its logarithm, without bounds; -1 of any other."""
    parameter = next(p for p in law.parameters if p.name == name)
    return problem.law.shared.index(name) if parameter.domain == "positive" and parameter.bounds is None else -1


def _counted(problem: Problem, column: str, values: Array) -> Problem:
    """The same problem with other values of a column."""
    rows = problem.rows
    counted = Rows({**rows.columns, column: values}, rows.members, rows.pools, rows.n)
    same = problem.target, problem.objective, problem.coordinates, problem.free, None, problem.unequal
    return Problem(problem.law, counted, *same)
