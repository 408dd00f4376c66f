"""What SymPy proves of a law's pool sum, so that the terms at two totals bound the sums of all sets between them.

A run on a set draws from the union uniformly: pool i, of u_i unique samples, has the share u_i/U of a set of total U. Proved is,
separately for runs of less than one pass (n < U) and of more, that
1. the law is monotone in its one pool sum, and
2. a pool's term, or the term times U, is monotone in U at a fixed budget;
and that the branches of the formula meet where the first pass ends. What SymPy cannot decide counts as not proved.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from pipeline.laws.compile import version
from pipeline.laws.functions import repeat_growth, repeat_weight
from pipeline.laws.law import Law, pool_sum

TOTAL, AMOUNT, SUM, PASS = (sp.Symbol(name, positive=True) for name in ("total_", "amount_", "sum_", "pass_"))


@dataclass(frozen=True)
class Bound:
    """more_is_better: the law falls as its sum grows (else it rises); per_sample: what is monotone is the term times U."""

    more_is_better: bool
    per_sample: bool


_PROVED: dict[str, Bound | None] = {}


def bound_of(law: Law) -> Bound | None:
    """The bound that holds for a law while its parameters are within their bounds, or None."""
    key = version(law)
    if key not in _PROVED:
        _PROVED[key] = _prove(law)
    return _PROVED[key]


def _prove(law: Law) -> Bound | None:
    sums = sorted(law.formula.atoms(pool_sum), key=sp.default_sort_key)
    if len(sums) != 1 or {"data_unique", "epochs"} & set(law.columns):
        return None
    share = {"share": AMOUNT / TOTAL, "unique": AMOUNT, "size": AMOUNT}
    term = _within_bounds(law, sums[0].args[0].subs({s: share[str(s)] for s in law.formula.free_symbols if str(s) in share}))
    outside = _sign(sp.diff(_within_bounds(law, law.formula.subs(sums[0], SUM)), SUM))
    for per_sample in (False, True):
        if outside and _is_monotone(term * TOTAL if per_sample else term):
            return Bound(outside < 0, per_sample)
    return None


def _within_bounds(law: Law, formula: sp.Expr) -> sp.Expr:
    """The formula with parameters of at most 1, or of at most 0, written so that SymPy knows it."""
    swap = {}
    for parameter in law.parameters:
        free = sp.Symbol(f"{parameter.name}_free", positive=True)
        top = 1.0 if parameter.domain == "unit" else parameter.bounds[1] if parameter.bounds else sp.oo
        if parameter.domain == "real" and top <= 0:
            swap[parameter.symbol] = -free
        elif parameter.domain != "real" and top <= 1:
            swap[parameter.symbol] = 1 / (1 + free)
    return formula.subs(swap)


def _is_monotone(term: sp.Expr) -> bool:
    """Whether the term's slope in the total has one sign in both regimes, and its branches meet between them."""
    seen = sp.Symbol("data_seen", positive=True, real=True)
    parts = []
    for budget in (TOTAL / (1 + PASS), TOTAL * (1 + PASS)):
        branch = _branch(term, seen, budget)
        if branch is None:
            return False
        parts.append((branch, _known(sp.diff(branch, TOTAL).subs(seen, budget))))
    ends = [_known(branch.subs(seen, TOTAL)) for branch, _ in parts]
    signs = {_sign(slope) for _, slope in parts if sp.simplify(slope) != 0}
    return sp.simplify(ends[0] - ends[1]) == 0 and len(signs) == 1 and signs <= {-1, 1}


def _branch(term: sp.Expr, seen: sp.Symbol, budget: sp.Expr) -> sp.Expr | None:
    """The term with the branch of each Piecewise that holds at this budget."""
    swap = {}
    for piece in term.atoms(sp.Piecewise):
        for formula, condition in piece.args:
            holds = condition == sp.true or _sign((condition.lts - condition.gts).subs(seen, budget)) == -1
            if not holds and _sign((condition.lts - condition.gts).subs(seen, budget)) != 1:
                return None
            if holds:
                swap[piece] = formula
                break
    return term.xreplace(swap)


def _known(formula: sp.Expr) -> sp.Expr:
    """Sums over epochs by what is known of them: nothing in the first pass, else weights of at most 1 and positive growth."""
    swap: dict[sp.Expr, sp.Expr] = {}
    for place, call in enumerate(sorted(formula.atoms(repeat_growth, repeat_weight), key=sp.default_sort_key)):
        epochs, _, power = call.args
        free = sp.Symbol(f"call_{place}", positive=True)
        if _sign(epochs - 1) in (-1, 0):
            swap[call] = sp.S.Zero
        elif isinstance(call, repeat_growth):
            swap[call] = free
        elif power == 0:
            swap[call] = 1 / (1 + free)
    return formula.xreplace(swap)


def _sign(formula: sp.Expr) -> int | None:
    """-1 where SymPy knows that the formula is never positive, 1 where it knows that it is never negative, else None."""
    tidy = sp.factor(formula)
    if tidy.is_zero:
        return 0
    return -1 if tidy.is_nonpositive else 1 if tidy.is_nonnegative else None
