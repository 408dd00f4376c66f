"""Which parameters of a law a unit of a column moves: read off the formula.

Where a product has p^k and x^g, counting x in units of u (x → x/u) asks for p → p·u^(g/k): A of A·x^−α becomes A·u^−α, a place x0
of (x/x0)^α becomes x0/u.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import sympy as sp

from pipeline.laws.law import Law, pool_function, pool_sum

Array = np.ndarray
Power = Callable[[Array], Array]
"""The power of the unit, (batch,), at natural parameters theta (batch, P), shared ones first."""
_KNOWN: dict[sp.Expr, dict[str, dict[str, Power]]] = {}


def moved_by_unit(law: Law) -> Mapping[str, Mapping[str, Power]]:
    """For each column the shared parameters that its unit may move, each with the power of the unit; remembered.

    What a column meets in one product; whether all of the law is the same then, is for the caller to try. Columns that pools read
    are left out, and those that move parameters by constant factors alone: in logarithms nothing bends there.
    """
    if law.formula not in _KNOWN:
        _KNOWN[law.formula] = {
            column: {name: _function(law, power) for name, power in powers.items()} for column, powers in _powers(law).items()
        }
    return _KNOWN[law.formula]


def _shared(law: Law) -> list[sp.Symbol]:
    return [parameter.symbol for parameter in law.parameters if parameter.per is None]


def _function(law: Law, power: sp.Expr) -> Power:
    read = sp.lambdify(_shared(law), power, "numpy")
    count = len(_shared(law))
    return lambda theta: np.broadcast_to(read(*theta[:, :count].T), len(theta))


def _powers(law: Law) -> dict[str, dict[str, sp.Expr]]:
    """A parameter is moved by one column, and by no power that it, or another that is moved, is part of."""
    shared, moved = set(_shared(law)), set[sp.Symbol]()
    found: dict[str, dict[str, sp.Expr]] = {}
    of_pools = {symbol for node in law.formula.atoms(pool_sum, pool_function) for symbol in node.free_symbols}
    for powers in _products(law.formula):
        for column in (symbol for symbol in powers if symbol.name in law.columns and symbol not in of_pools):
            for symbol in (symbol for symbol in powers if symbol in shared - moved):
                power = sp.cancel(powers[column] / powers[symbol])
                if power.free_symbols <= shared - moved - {symbol}:
                    found.setdefault(column.name, {})[symbol.name] = power
                    moved.add(symbol)
                    break
    return {column: powers for column, powers in found.items() if any(power.free_symbols for power in powers.values())}


def _products(formula: sp.Expr) -> Iterator[dict[sp.Symbol, sp.Expr]]:
    """The powers of the symbols of each product in the formula, those of pools apart."""
    for node in sp.preorder_traversal(formula):
        if node.is_Mul:
            yield {base: power for base, power in _factors(node) if base.is_Symbol}


def _factors(product: sp.Expr, to: sp.Expr = sp.S.One) -> Iterator[tuple[sp.Expr, sp.Expr]]:
    """(base, power) of each factor of product^to; a product inside a power is one too."""
    for base, power in (factor.as_base_exp() for factor in product.args):
        if base.is_Mul:
            yield from _factors(base, to * power)
        else:
            yield base, to * power
