"""Where a search goes on from, for laws with a place along a column: starts brought near their ends in the column's own unit.

A coefficient of x^−α moves with α as x^α does. Where x is counted in ones and lies at 1e7, that valley bends so much that Newton
creeps along it for thousands of steps; counted in units of its geometric mean it is nearly straight. So the law is first searched
with x in that unit: places (`Parameter.along`) are divided by it, and coefficients take what their terms lose by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.problem import Problem
from pipeline.fitting.search import HEATS, hardly_informed
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Law

Array = np.ndarray
SAME = 1e-6
"""Relative difference of predictions up to which a vector says the same in both units."""


@dataclass(frozen=True)
class _Units:
    """One law on the same rows in two units: `own` has the columns with a place in units of their geometric mean."""

    law: Law
    usual: Problem
    own: Problem
    unit: Mapping[str, float]

    def there(self, w: Array) -> Array:
        """Working vectors in the own unit for those in the usual one."""
        return self._carried(self.usual, self.own, {name: 1.0 / unit for name, unit in self.unit.items()}, w)

    def back(self, w: Array) -> Array:
        """Working vectors in the usual unit for those in the own one."""
        return self._carried(self.own, self.usual, self.unit, w)

    def _carried(self, before: Problem, after: Problem, unit: Mapping[str, float], w: Array) -> Array:
        """The same predictions in the other unit; NaN where there are none."""
        old = before.natural(w)
        new = old.copy()
        names = [name for name, _ in before.law.index(before.rows.pools)]
        for parameter in self.law.parameters:
            if parameter.along is not None and parameter.along in unit:
                new[:, names.index(parameter.name)] *= unit[parameter.along]
        linear = [names.index(name) for name in self.law.linear]
        with np.errstate(all="ignore"):
            (value, slopes), (_, others) = before.law.gradient(old, before.rows), after.law.gradient(new, after.rows)
            new[:, linear] *= slopes[:, 0, linear] / others[:, 0, linear]
            same = np.abs(after.law.value(new, after.rows) / value - 1).max(axis=1) < SAME
            return np.where(same[:, None], after.coordinates.working(new), np.nan)


def brought_near(law: Law, problem: Problem, start: Array, weight: Array, longest: int) -> Array:
    """Starts (count, P) after at most so many steps in the column's own unit.

    As they were where the law has no place along a column or sums over pools, where a place or coefficient is held at a constant,
    and for starts that have no end there.
    """
    units = _units(law, problem)
    if units is None:
        return start
    begin = units.there(start)
    known = np.isfinite(begin).all(axis=1)
    if not known.any():
        return start
    end = np.full_like(start, np.nan)
    heats = HEATS if hardly_informed(problem) else ()
    end[known] = units.back(minimise(units.own, begin[known], weight, iterations=longest, heats=heats).w)
    return np.where(np.isfinite(end).all(axis=1)[:, None], end, start)


def _units(law: Law, problem: Problem) -> _Units | None:
    """Both units; None where there is nothing to gain, or something held in the way."""
    along = {parameter.along for parameter in law.parameters if parameter.along in problem.rows.columns}
    moved = {parameter.name for parameter in law.parameters if parameter.along in along} | set(law.linear)
    free = {name for k, (name, _) in enumerate(problem.law.index(problem.rows.pools)) if k in problem.free}
    if not along or not moved <= free or law.pooled or problem.prior is not None:
        return None
    columns, unit = dict(problem.rows.columns), {}
    for name in sorted(along):
        values = columns[name]
        if not (values > 0).all():
            return None
        unit[name] = float(np.exp(np.log(values).mean()))
        columns[name] = values / unit[name]
    rows = Rows(columns, problem.rows.members, problem.rows.pools, problem.rows.n)
    own = replace(problem, rows=rows, blocks=[], by_pools=[])
    return _Units(law, problem, own, unit)
