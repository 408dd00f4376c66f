"""Derivatives of the steps of a tape, chained from step to step; they are steps of the tape themselves.

A step that feels WIDE parameters or more is a waist: what comes after it is differentiated by the waist as if that were a
parameter, and chained once at the end. Differentiated as a whole, a formula whose functions nest (the best epochs inside the
loss) repeats the inner derivatives in every entry of its Hessian: `data_constrained` takes three times as many operations then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import sympy as sp

from pipeline.laws.engine.tape import Tape

Place = TypeVar("Place", sp.Symbol, int, tuple[sp.Symbol, sp.Symbol], tuple[int, int])
WIDE = 3
"""Parameters and waists that a step feels directly from which on it is a waist itself."""


class Derivatives:
    """Slopes and bends of the steps of a tape by `variables`."""

    def __init__(self, tape: Tape, variables: tuple[sp.Symbol, ...]) -> None:
        self.tape = tape
        self.places = {symbol: place for place, symbol in enumerate(variables)}
        self.known: dict[tuple[str, sp.Symbol], dict[Any, sp.Expr]] = {}  # by symbols, by places, and by pairs of either

    def slopes(self, symbol: sp.Symbol) -> dict[int, sp.Expr]:
        """∂step/∂variable by the variable's place, where it is not 0."""
        if symbol in self.places:
            return {self.places[symbol]: sp.S.One}
        if symbol not in self.tape.steps:
            return {}

        def found() -> dict[int, sp.Expr]:
            flat = self.tape.steps[symbol]
            if flat.is_Piecewise:
                return self._chosen(flat, self.slopes)
            total: dict[int, sp.Expr] = {}
            for part, slope in self._near_slopes(symbol).items():
                _add(total, {i: slope * own for i, own in self.slopes(part).items()})
            return total

        return self._once("slopes", symbol, found)

    def bends(self, symbol: sp.Symbol) -> dict[tuple[int, int], sp.Expr]:
        """∂²step/∂variable∂variable by their places (i ≤ j), where it is not 0."""
        if symbol not in self.tape.steps:
            return {}

        def found() -> dict[tuple[int, int], sp.Expr]:
            flat = self.tape.steps[symbol]
            if flat.is_Piecewise:
                return self._chosen(flat, self.bends)
            total: dict[tuple[int, int], sp.Expr] = {}
            for part, slope in self._near_slopes(symbol).items():
                _add(total, {pair: slope * own for pair, own in self.bends(part).items()})
            for (part, other), bend in self._near_bends(symbol).items():
                self._add_products(total, bend, self.slopes(part), self.slopes(other), part == other)
            return total

        return self._once("bends", symbol, found)

    def _near(self, symbol: sp.Symbol) -> dict[sp.Symbol, sp.Expr]:
        """What a step is to what comes after it: {itself: 1} of a variable and a waist, else its slopes by these.

        A choice is a waist: only what is chosen is multiplied with what comes after it, for the other case may be infinite.
        """
        if symbol in self.places:
            return {symbol: sp.S.One}
        if symbol not in self.tape.steps:
            return {}
        if self.tape.steps[symbol].is_Piecewise:
            return {symbol: sp.S.One} if self.slopes(symbol) else {}
        slopes = self._near_slopes(symbol)
        return {symbol: sp.S.One} if len(slopes) >= WIDE else slopes

    def _near_slopes(self, symbol: sp.Symbol) -> dict[sp.Symbol, sp.Expr]:
        """∂step/∂ the variables and waists before it, where it is not 0."""

        def found() -> dict[sp.Symbol, sp.Expr]:
            total: dict[sp.Symbol, sp.Expr] = {}
            for part in self._parts(self.tape.steps[symbol]):
                slope = self._partial(symbol, part)
                _add(total, {name: slope * own for name, own in self._near(part).items()})
            return total

        return self._once("near slopes", symbol, found)

    def _near_bends(self, symbol: sp.Symbol) -> dict[tuple[sp.Symbol, sp.Symbol], sp.Expr]:
        """∂²step/∂ pairs of the variables and waists before it (in order of their names), where it is not 0."""

        def of(part: sp.Symbol) -> dict[tuple[sp.Symbol, sp.Symbol], sp.Expr]:
            return {} if part in self._near(part) else self._near_bends(part)

        def found() -> dict[tuple[sp.Symbol, sp.Symbol], sp.Expr]:
            total: dict[tuple[sp.Symbol, sp.Symbol], sp.Expr] = {}
            parts = self._parts(self.tape.steps[symbol])
            for k, part in enumerate(parts):
                slope = self._partial(symbol, part)
                _add(total, {pair: slope * own for pair, own in of(part).items()})
                for other in parts[k:]:
                    bend = self._partial(symbol, part, other)
                    self._add_products(total, bend, self._near(part), self._near(other), part == other)
            return total

        return self._once("near bends", symbol, found)

    def _add_products(
        self,
        total: dict[tuple[Place, Place], sp.Expr],
        bend: sp.Expr,
        one: Mapping[Place, sp.Expr],
        other: Mapping[Place, sp.Expr],
        same: bool,
    ) -> None:
        """Adds what the bend of a step between two parts gives for each pair; bend·∂part is a step, for it serves several."""
        if bend == 0:
            return
        for i, first in one.items():
            scaled = self.tape.step(bend * first)
            for j, second in other.items():
                if same and _key(j) < _key(i):
                    continue
                twice = 2 if not same and i == j else 1
                pair = (i, j) if _key(i) <= _key(j) else (j, i)
                _add(total, {pair: twice * scaled * second})

    def _partial(self, symbol: sp.Symbol, *by: sp.Symbol) -> sp.Expr:
        """A derivative of a step by what it is made of; the step itself is not worked out again."""
        flat = self.tape.steps[symbol]
        found = flat
        for part in by:
            found = sp.diff(found, part)
        return self.tape.step(found.xreplace({flat: symbol}))

    def _parts(self, flat: sp.Expr) -> list[sp.Symbol]:
        """What a step is made of, as far as it depends on the variables."""
        return [part for part in sorted(flat.free_symbols, key=_key) if self._near(part)]

    def _chosen(self, flat: sp.Piecewise, entries: Callable[[sp.Symbol], Mapping[Place, sp.Expr]]) -> dict[Place, sp.Expr]:
        """The same choice between the entries of its cases."""
        cases = [(entries(case), condition) for case, condition in flat.args]
        found = {}
        for place in sorted({place for entry, _ in cases for place in entry}, key=_key):
            own = [(entry.get(place, sp.S.Zero), condition) for entry, condition in cases]
            found[place] = own[0][0] if len({entry for entry, _ in own}) == 1 else sp.Piecewise(*own, evaluate=False)
        return found

    def _once(self, what: str, symbol: sp.Symbol, found: Callable[[], dict[Place, sp.Expr]]) -> dict[Place, sp.Expr]:
        """Derivatives of a step as steps, worked out once; those that are 0 are left out."""
        if (what, symbol) not in self.known:
            entries = {place: self.tape.step(entry) for place, entry in found().items()}
            self.known[what, symbol] = {place: entry for place, entry in entries.items() if entry != 0}
        return self.known[what, symbol]


def _add(total: dict[Place, sp.Expr], more: Mapping[Place, sp.Expr]) -> None:
    for place, entry in more.items():
        total[place] = total.get(place, sp.S.Zero) + entry


def _key(place: object) -> tuple[int, str]:
    """An order of places and of symbols that does not depend on the run: shorter names first, x_9 before x_10."""
    text = str(place)
    return len(text), text
