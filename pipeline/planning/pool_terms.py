"""What each pool adds to a law's pool sums, as a function of the unique samples of the whole set.

A run on a set draws from the union uniformly, so what pool k adds depends on the set only through its total U: share u_k/U,
unique and size u_k. Sets of equal total share their terms, and sums over pools are matrix products.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from pipeline.laws.compile import version
from pipeline.laws.law import Law, pool_sum
from pipeline.planning.plan import Array
from pipeline.planning.setting import Setting


def terms(setting: Setting, theta: Array, totals: Array, sizes: Array, **columns: float) -> Array:
    """Terms (sums, batch, G, K) of each pool in sets of each total (G,), for runs of the given columns."""
    code, count, shape = setting.code, len(sizes), totals.shape
    given = {name: np.full(shape, x) for name, x in columns.items()} | {"data_unique": totals}
    values = [setting.column(name, given, shape) for name in code.columns]
    out = np.empty((code.layout["sums"], len(theta), len(totals), count))
    with np.errstate(all="ignore"):
        for k, size in enumerate(sizes):
            levels = [theta[:, i : i + 1] for i in code.columns_of_pool(k, count)]
            member = {"share": size / totals, "unique": np.full(shape, size), "size": np.full(shape, size)}
            shared = len(code.shared)
            parts = code.call["inner_value"](levels[:shared], levels[shared:], [member[m] for m in code.member_columns], values)
            for j, part in enumerate(parts):
                out[j, :, :, k] = part
    return out


def outer(setting: Setting, theta: Array, sums: list[Array], totals: Array, **columns: float) -> Array:
    """The law (batch, n) where its pool sums are `sums` and the sets' totals (n,)."""
    given = {name: np.full(totals.shape, x) for name, x in columns.items()} | {"data_unique": totals}
    values = [setting.column(name, given, totals.shape) for name in setting.code.columns]
    shared = [theta[:, i : i + 1] for i in range(len(setting.code.shared))]
    with np.errstate(all="ignore"):
        (found,) = setting.code.call["outer_value"](shared, sums, values)
    return np.broadcast_to(found, (len(theta), len(totals)))


_PROVED: dict[str, bool] = {}


def more_is_better_and_dilution_costs(law: Law) -> bool:
    """Whether SymPy proves that (1) the law falls as its one pool sum grows, (2) a pool's term falls as the set's total grows.

    (1) makes the set with the largest sum the best; (2) bounds a term between those at a smaller and a larger total.
    """
    key = version(law)
    if key not in _PROVED:
        _PROVED[key] = _falls(law)
    return _PROVED[key]


def _falls(law: Law) -> bool:
    sums = sorted(law.formula.atoms(pool_sum), key=sp.default_sort_key)
    if len(sums) != 1 or {"data_unique", "epochs"} & set(law.columns):
        return False
    total, amount, grown = (sp.Symbol(name, positive=True) for name in ("total_", "amount_", "sum_"))
    member = {"share": amount / total, "unique": amount, "size": amount}
    swap = {s: member[str(s)] for s in law.formula.free_symbols if str(s) in member}
    inside = _within_bounds(law, sums[0].args[0].subs(swap))
    outside = _within_bounds(law, law.formula.subs(sums[0], grown))
    return _slope_is_negative(outside, grown) and _slope_is_negative(inside, total)


def _within_bounds(law: Law, formula: sp.Expr) -> sp.Expr:
    """The formula with parameters that are at most 1 written so that SymPy knows it."""
    swap = {}
    for parameter in law.parameters:
        if parameter.domain == "unit" or (parameter.bounds is not None and parameter.bounds[1] <= 1.0):
            swap[parameter.symbol] = 1 / (1 + sp.Symbol(f"{parameter.name}_free", positive=True))
    return formula.subs(swap)


def _slope_is_negative(formula: sp.Expr, variable: sp.Symbol) -> bool:
    """Proved by SymPy for every branch, and the branches meet; what SymPy cannot decide counts as not proved."""
    pieces = formula.atoms(sp.Piecewise)
    if len(pieces) > 1 or any(isinstance(f, sp.core.function.UndefinedFunction) for f in formula.atoms(sp.Function)):
        return False
    if not pieces:
        return bool(sp.factor(sp.diff(formula, variable)).is_nonpositive)
    (piece,) = pieces
    branches = [formula.subs(piece, branch) for branch, _ in piece.args]
    edges = [sp.solve(condition.lhs - condition.rhs, variable) for _, condition in piece.args[:-1]]
    if len(branches) != 2 or len(edges[0]) != 1:
        return False
    meet = sp.simplify((branches[0] - branches[1]).subs(variable, edges[0][0])) == 0
    return bool(meet and all(sp.factor(sp.diff(branch, variable)).is_nonpositive for branch in branches))
