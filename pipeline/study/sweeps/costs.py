"""The rows that curves of one size make: what each level costs each run, what batches that tells, and what the ends are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pipeline.study.derived.crossings import FEWEST_BATCHES, critical_batch, crossing, frugal_batch, lasting, steps_without_limit

Array = np.ndarray
Row = dict[str, Any]
AMOUNTS = ("step", "data_seen", "flops")
"""What a level may cost: all three rise along a curve."""
BATCHES = {"critical_batch": (critical_batch, "step"), "batch_tokens": (frugal_batch, "data_seen")}
"""Answers that the points of one level give together: of what each batch costs, in tokens, and of which amount of it."""
WITHOUT_LIMIT = "steps_min"
PLACE, KIND, LEVEL, GROUP, WHY = "place", "kind of point", "level", "group of points", "why"
POINT, BATCH, END = "what a level costs", "a batch", "an end"


@dataclass(frozen=True)
class Curve:
    """One run's points in rising order: their rows, the values so that less is better, and what had been spent at each."""

    name: str
    setting: tuple[Any, ...]
    places: Array
    values: Array
    amounts: Mapping[str, Array]
    batch: float

    def cost(self, level: float) -> tuple[int, dict[str, float | None]] | None:
        """The row at which a level is reached and the amounts spent there; None where it never is."""
        found = crossing(self.values, level)
        if found is None:
            return None
        spent = {name: _number(found.amount(along)) for name, along in self.amounts.items()}
        return int(self.places[found.after]), spent if found.after else dict.fromkeys(spent)


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


@dataclass(frozen=True)
class Sweep:
    """Curves whose points are compared. A setting is a value of what the points differ in; `metric` is what is said of levels."""

    curves: Sequence[Curve]
    metric: str
    sign: float
    best_of: str

    def said(self, level: float) -> str:
        """The level in words."""
        return f"{self.metric} {self.sign * level:.4g}"

    def levels(self, declared: Sequence[float], common: Sequence[float]) -> list[float]:
        """Levels so that less is better, hardest first: as declared, or multiples of the best that every setting reaches."""
        if declared:
            return sorted(self.sign * level for level in declared)
        settings = {curve.setting for curve in self.curves}
        best = max(min(lasting(c.values)[-1] for c in self.curves if c.setting == setting) for setting in settings)
        return sorted(best * factor if best > 0 else best / factor for factor in common or (1.0,))

    def rows(self, levels: Sequence[float], group: int) -> Iterator[Row]:
        """Every made row; points of one group compete with each other."""
        critical = None
        for place, level in enumerate(levels):
            cheapest: Cheapest = {}
            for curve in self.curves:
                yield self._point(curve, level, f"{group}.{place}.{curve.setting}", cheapest)
            batches = _batches(cheapest)
            critical = critical or batches["critical_batch"]
            yield self._batch(level, len(cheapest), batches)
        yield from self._parts()
        yield from (self._end(curve, critical) for curve in self.curves)

    def _point(self, curve: Curve, level: float, group: str, cheapest: Cheapest) -> Row:
        """What the level costs one run; where that is the least of its setting so far, `cheapest` has it."""
        row: Row = {KIND: POINT, LEVEL: self.sign * level, GROUP: group}
        found = curve.cost(level)
        if found is None:
            why = f"{self.said(level)} not reached"
            return {**row, PLACE: int(curve.places[-1]), **dict.fromkeys(AMOUNTS), WHY: why}
        place, spent = found
        if not any(spent.values()):
            return {**row, PLACE: place, **spent, WHY: f"at {self.said(level)} from its first evaluation on"}
        steps, least = spent["step"], cheapest.get(curve.setting)
        if steps is not None and (least is None or steps < (least[1]["step"] or 0)):
            cheapest[curve.setting] = curve, spent
        return {**row, PLACE: place, **spent}

    def _batch(self, level: float, told: int, batches: Mapping[str, float | None]) -> Row:
        """What the points of a level tell together, on the row of the run that ends best; with the reason where nothing."""
        few = f"{told} batches reach {self.said(level)}, and {FEWEST_BATCHES} are needed" if told < FEWEST_BATCHES else None
        return {KIND: BATCH, LEVEL: self.sign * level, PLACE: int(self._best.places[-1]), **batches, WHY: few}

    def _parts(self) -> Iterator[Row]:
        """The other runs beside it: their curves are in the points of the run that ends best."""
        best = self._best
        for curve in self.curves:
            if curve is not best:
                yield {KIND: BATCH, PLACE: int(curve.places[-1]), WHY: f"counted in the point of {best.name}"}

    def _end(self, curve: Curve, critical: float | None) -> Row:
        """The last point of a run, its steps as they would be far above the critical batch; the best of each setting counts."""
        row: Row = {KIND: END, PLACE: int(curve.places[-1])}
        if curve.values[-1] > min(other.values[-1] for other in self.curves if other.setting == curve.setting):
            return {**row, WHY: f"not the best of its sweep of {self.best_of}"}
        if critical is None:
            return {**row, WHY: "its curves tell no critical batch by which to correct its steps"}
        without = steps_without_limit(curve.amounts["step"][-1:], np.array([curve.batch]), critical)[0]
        return {**row, WITHOUT_LIMIT: _number(without)}

    @cached_property
    def _best(self) -> Curve:
        return min(self.curves, key=lambda curve: float(curve.values[-1]))


Cheapest = dict[tuple[Any, ...], tuple[Curve, dict[str, float | None]]]
"""Of each setting the curve that spent the fewest steps to a level, and what it spent."""


def _batches(cheapest: Cheapest) -> dict[str, float | None]:
    """The critical batch and the cheapest one, where the points of a level tell them."""
    found = {}
    for name, (answer, amount) in BATCHES.items():
        told = [(curve.batch, spent[amount] or np.nan) for curve, spent in cheapest.values()]
        known = np.array(told, dtype=float).reshape(-1, 2)
        batch, spent = known[np.isfinite(known).all(axis=1)].T
        found[name] = _number(answer(batch, spent))
    return found
