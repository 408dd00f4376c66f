"""Laws that are sums of power terms: Σ ± exp(offset + Σ x_i·u_i), linear in each u_i (a parameter or its logarithm).

For them a gradient entry is a (theta x row) term times a row-only feature, so that sums over observations become small GEMMs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy as sp


@dataclass(frozen=True)
class Term:
    """One term: its sign, its row-only offset, and a row-only feature for each parameter that it holds."""

    sign: int
    offset: sp.Expr
    features: dict[int, sp.Expr]


@dataclass(frozen=True)
class PowerTerms:
    """All terms of a law; `logs[i]` says that parameter i enters by its logarithm."""

    terms: tuple[Term, ...]
    logs: tuple[bool, ...]

    def layout(self) -> dict[str, object]:
        return {
            "logs": list(self.logs),
            "signs": [t.sign for t in self.terms],
            "parameters": [sorted(t.features) for t in self.terms],
        }

    def expressions(self) -> list[sp.Expr]:
        """Offset and features of the terms, in the order of `layout`."""
        return [e for t in self.terms for e in (t.offset, *(t.features[i] for i in sorted(t.features)))]


def power_terms(formula: sp.Expr, parameters: tuple[sp.Symbol, ...], columns: tuple[sp.Symbol, ...]) -> PowerTerms | None:
    """The terms of `formula`, or None where it is no sum of power terms."""
    if formula.has(sp.Piecewise):
        return None
    logs = [sp.Dummy(real=True) for _ in parameters]
    terms = [_term(term, parameters, logs, columns) for term in sp.Add.make_args(sp.expand(formula))]
    if any(term is None for term in terms):
        return None
    exponents = [_uses(terms, parameters, i) for i in range(len(parameters))]
    if any(len(uses) != 1 for uses in exponents):
        return None
    found = tuple(Term(t[0], t[1], {i: x for (i, _), x in t[2].items()}) for t in terms if t is not None)
    return PowerTerms(found, tuple(next(iter(uses)) for uses in exponents))


def _uses(terms: list[Any], parameters: tuple[sp.Symbol, ...], i: int) -> set[bool]:
    return {is_log for term in terms for (j, is_log) in term[2] if j == i} if i < len(parameters) else set()


def _term(term: sp.Expr, parameters: tuple[Any, ...], logs: list[Any], columns: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """(sign, offset, {(parameter, by logarithm): feature}) of one term, or None."""
    number, rest = term.as_coeff_Mul()
    if not number.is_number or number == 0:
        return None
    if not rest.subs(dict.fromkeys(parameters, 1)).is_positive:
        return None  # a factor of columns that may be zero or negative, as log(attempts), has no logarithm
    logarithm = sp.expand(sp.expand_log(sp.log(rest), force=True)) + sp.log(sp.Abs(number))
    logarithm = logarithm.subs({sp.log(p): u for p, u in zip(parameters, logs, strict=True)})
    features: dict[tuple[int, bool], sp.Expr] = {}
    for variables, is_log in ((parameters, False), (logs, True)):
        for i, variable in enumerate(variables):
            feature = sp.diff(logarithm, variable)
            if feature != 0:
                features[i, is_log] = feature
    if any(is_log and not parameters[i].is_positive for i, is_log in features):
        return None  # a parameter that may be negative has no logarithm
    offset = logarithm.subs(dict.fromkeys((*parameters, *logs), 0))
    if any(not e.free_symbols <= set(columns) for e in (offset, *features.values())) or len({i for i, _ in features}) < len(
        features
    ):
        return None
    return (1 if number > 0 else -1), offset, features
