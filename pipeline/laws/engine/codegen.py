"""From a formula to NumPy source: value, gradient and Hessian, with common subexpressions shared.

A pooled law is split in two: `outer` sees shared parameters and the placeholders S_j of its pool sums; `inner` sees one pool.
They are differentiated apart and chained in numbers, so that a law over 11 pools never has a 25-parameter symbolic Hessian.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import sympy as sp
from sympy.printing.numpy import NumPyPrinter

from pipeline.laws.engine.terms import power_terms
from pipeline.laws.law import Law, pool_function, pool_sum


class _exp(sp.Function):
    """exp that SymPy does not fold back into a power."""


class _log(sp.Function):
    """log that SymPy does not fold back into a power."""


def _fast_powers(expression: sp.Expr) -> sp.Expr:
    """x**y as exp(y log x): NumPy's exp is ten times as fast as its power, and log x is shared."""

    def rewritten(base: sp.Expr, power: sp.Expr) -> sp.Expr:
        if power.is_Integer or power in (sp.Rational(1, 2), sp.Rational(-1, 2)):
            return sp.Pow(base, power, evaluate=False)
        return _exp(power * _log(base))

    return expression.replace(sp.Pow, rewritten)


@dataclass(frozen=True)
class _Block:
    """Expressions to be printed as one function, and the places of their derivatives."""

    name: str
    arguments: tuple[tuple[str, tuple[sp.Symbol, ...]], ...]
    values: tuple[sp.Expr, ...]
    variables: tuple[sp.Symbol, ...]


class _Printer(NumPyPrinter):
    """NumPy source in which a choice between cases is `where`: `select` takes several times as long."""

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        *cases, (last, surely) = expr.args
        text = self._print(last) if surely == sp.true else f"where({self._print(surely)}, {self._print(last)}, nan)"
        for value, condition in reversed(cases):
            text = f"where({self._print(condition)}, {self._print(value)}, {text})"
        return text


def _printer() -> NumPyPrinter:
    known = {"_exp": "exp", "_log": "log"}
    return _Printer({"fully_qualified_modules": False, "allow_unknown_functions": True, "user_functions": known})


@dataclass(frozen=True)
class _Family:
    """Calls of one named function that differ in their last argument alone, its order: they are had in one walk."""

    names: tuple[tuple[sp.Expr, sp.Symbol], ...]

    @property
    def calls(self) -> set[sp.Expr]:
        return {call for call, _ in self.names}

    def line(self, printer: NumPyPrinter) -> str:
        """The assignment of all of them."""
        first = self.names[0][0]
        arguments = ", ".join(printer.doprint(a) for a in first.args[:-1])
        orders = ", ".join(str(call.args[-1]) for call, _ in self.names)
        return f"{', '.join(str(name) for _, name in self.names)} = {first.func.together}({arguments}, ({orders}))"


def _families(expressions: list[sp.Expr]) -> list[_Family]:
    """The families of at least two calls."""
    found: dict[tuple[object, ...], list[sp.Expr]] = {}
    calls = {call for e in expressions for call in e.atoms(sp.Function) if hasattr(call.func, "together")}
    for call in sorted(calls, key=str):
        found.setdefault((call.func, *call.args[:-1]), []).append(call)
    together = [tuple(calls) for calls in found.values() if len(calls) > 1 and all(c.args[-1].is_Integer for c in calls)]
    return [_Family(tuple((c, sp.Symbol(f"f_{k}_{c.args[-1]}")) for c in calls)) for k, calls in enumerate(together)]


def _function(name: str, block: _Block, expressions: list[sp.Expr], returned: str) -> str:
    printer = _printer()
    shared, reduced = sp.cse([_fast_powers(e) for e in expressions], symbols=sp.numbered_symbols("x_"), order="none")
    lines = [f"def {name}({', '.join(group for group, _ in block.arguments)}):"]
    lines += [f"    ({', '.join(map(str, symbols))},) = {group}" for group, symbols in block.arguments if symbols]
    families, known = _families([value for _, value in shared] + reduced), set()
    for symbol, value in [*shared, (None, sp.Tuple(*reduced))]:
        for family in families:
            if family.calls & value.atoms(sp.Function) and family not in known:
                known.add(family)
                lines.append(f"    {family.line(printer)}")
        value = value.xreplace({call: name for family in families for call, name in family.names})
        lines.append(
            f"    {symbol} = {printer.doprint(value)}" if symbol else f"    out = [{', '.join(map(printer.doprint, value))}]"
        )
    lines.append(f"    return {returned}")
    return "\n".join(lines) + "\n"


def _emit(block: _Block) -> tuple[str, dict[str, list[list[int]]]]:
    """Source of `<name>_value` and `<name>_all`; places (value, i) and (value, i, j) of the derivatives that are not zero."""
    expressions, first, second = list(block.values), [], []
    gradients = [[sp.diff(value, x) for x in block.variables] for value in block.values]
    for v, gradient in enumerate(gradients):
        for i, entry in enumerate(gradient):
            if entry != 0:
                first.append([v, i])
                expressions.append(entry)
    for v, gradient in enumerate(gradients):
        for i, slope in enumerate(gradient):
            for j in range(i, len(block.variables)):
                entry = sp.diff(slope, block.variables[j])  # one at a time: a joint sp.diff simplifies, which takes seconds
                if entry != 0:
                    second.append([v, i, j])
                    expressions.append(entry)
    count, mid = len(block.values), len(block.values) + len(first)
    text = _function(f"{block.name}_value", block, list(block.values), "out")
    text += _function(f"{block.name}_all", block, expressions, f"out[:{count}], out[{count}:{mid}], out[{mid}:]")
    return text, {"first": first, "second": second}


def generate(law: Law) -> str:
    """NumPy source of a law's derivatives; its first line is a JSON comment with the places of its parts."""
    rename = {
        p.symbol: sp.Symbol(f"s_{p.name}" if p.per is None else f"p_{p.name}", **p.symbol.assumptions0) for p in law.parameters
    }
    rename |= {s: sp.Symbol(f"c_{s.name}", **s.assumptions0) for s in law.formula.free_symbols if s.name in law.columns}
    rename |= {s: sp.Symbol(f"m_{s.name}", **s.assumptions0) for s in law.formula.free_symbols if s.name in law.member_columns}
    by_name = {s.name: s for s in rename.values()}
    formula = law.formula.xreplace(rename)
    sums = sorted(formula.atoms(pool_sum), key=str)
    wholes = sorted(formula.atoms(pool_function), key=str)
    places = {s: sp.Symbol(f"S_{j}", real=True) for j, s in enumerate((*sums, *wholes))}
    shared = tuple(rename[p.symbol] for p in law.parameters if p.per is None)
    pooled = tuple(rename[p.symbol] for p in law.parameters if p.per is not None)
    columns = tuple(by_name.get(f"c_{c}", sp.Symbol(f"c_{c}")) for c in law.columns)
    member = tuple(by_name.get(f"m_{c}", sp.Symbol(f"m_{c}")) for c in law.member_columns)
    outer = _Block("outer", (("s", shared), ("S", tuple(places.values())), ("c", columns)), (formula.xreplace(places),),
                   shared + tuple(places.values()))  # fmt: skip
    source, meta = _emit(outer)
    layout: dict[str, object] = {"sums": len(sums), "outer": meta}
    layout["wholes"] = [[type(f).__name__, [str(x).split("_", 1) for x in f.args]] for f in wholes]
    if sums:
        inner = _Block(
            "inner",
            (("s", shared), ("p", pooled), ("m", member), ("c", columns)),
            tuple(s.args[0] for s in sums),
            shared + pooled,
        )
        text, layout["inner"] = _emit(inner)
        source += text
    elif not wholes:
        terms = power_terms(formula, shared, columns)
        if terms is not None:
            layout["terms"] = terms.layout()
            source += _function("features", _Block("features", (("c", columns),), (), ()), terms.expressions(), "out")
    return f"# {json.dumps(layout)}\n{source}"
