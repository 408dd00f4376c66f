"""From a formula to NumPy source: value, gradient and Hessian, with common subexpressions shared.

A pooled law is split in two: `outer` sees shared parameters and the placeholders S_j of its pool sums; `inner` sees one pool.
They are differentiated apart and chained in numbers, so that a law over 11 pools never has a 25-parameter symbolic Hessian.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import sympy as sp
from sympy.printing.numpy import NumPyPrinter
from sympy.printing.precedence import PRECEDENCE

from pipeline.laws.engine.chained_derivatives import Derivatives
from pipeline.laws.engine.tape import Tape, exp_, log_
from pipeline.laws.engine.terms import power_terms
from pipeline.laws.law import Law, pool_function, pool_sum


def _fast_powers(expression: sp.Expr) -> sp.Expr:
    """x**y as exp(y log x): NumPy's exp is ten times as fast as its power, and log x is shared."""

    def rewritten(base: sp.Expr, power: sp.Expr) -> sp.Expr:
        if power.is_Integer or power in (sp.Rational(1, 2), sp.Rational(-1, 2)):
            return sp.Pow(base, power, evaluate=False)
        return exp_(power * log_(base))

    return expression.replace(sp.Pow, rewritten)


@dataclass(frozen=True)
class _Block:
    """Expressions to be printed as one function, and the places of their derivatives."""

    name: str
    arguments: tuple[tuple[str, tuple[sp.Symbol, ...]], ...]
    values: tuple[sp.Expr, ...]
    variables: tuple[sp.Symbol, ...]


NAMES = {"exp_": "exp", "log_": "log", "inverse_": "reciprocal"}
PARAMETER, ROW = 1, 2
"""What an array has an axis for: parameter vectors, rows. A product of arrays of one axis is cheap beside one of both."""


class _Printer(NumPyPrinter):
    """NumPy source in which a choice between cases is `where`: `select` takes several times as long.

    axes: of symbols, where they are known: products are then worked out over one axis before they are over both.
    """

    def __init__(self, axes: Mapping[sp.Expr, int] | None = None) -> None:
        super().__init__({"fully_qualified_modules": False, "allow_unknown_functions": True, "user_functions": NAMES})
        self.axes = axes or {}

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        *cases, (last, surely) = expr.args
        text = self._print(last) if surely == sp.true else f"where({self._print(surely)}, {self._print(last)}, nan)"
        for value, condition in reversed(cases):
            text = f"where({self._print(condition)}, {self._print(value)}, {text})"
        return text

    def _print_Mul(self, expr: sp.Mul) -> str:
        if not self.axes:
            return str(super()._print_Mul(expr))
        number, factors = expr.as_coeff_mul()
        groups: dict[int, list[str]] = {PARAMETER: [], ROW: [], PARAMETER | ROW: []}
        for factor in sorted(factors, key=str):
            groups[axes_of(factor, self.axes) or PARAMETER].append(self.parenthesize(factor, PRECEDENCE["Mul"]))
        small = [f"({'*'.join(group)})" if len(group) > 1 else group[0] for group in (groups[PARAMETER], groups[ROW]) if group]
        text = "*".join([*small, *groups[PARAMETER | ROW]])
        if number in (1, -1):
            return text if number == 1 else f"-{text}"
        return f"{self._print(number)}*{text}"

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:
        base, power = expr.args
        if self.axes and power.is_Integer and power > 2 and base.is_Symbol:
            return f"({'*'.join([str(base)] * int(power))})"
        return str(super()._print_Pow(expr, rational))


def axes_of(expression: sp.Expr, axes: Mapping[sp.Expr, int]) -> int:
    """The axes that an expression has by the symbols in it."""
    found = 0
    for symbol in expression.free_symbols:
        found |= axes.get(symbol, PARAMETER | ROW)
    return found


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


def _function(name: str, block: _Block, expressions: list[sp.Expr]) -> str:
    """The function of some expressions: what they have in common is worked out once."""
    shared, reduced = sp.cse([_fast_powers(e) for e in expressions], symbols=sp.numbered_symbols("x_"), order="none")
    return _source(name, block, shared, reduced, "out", _Printer())


def _source(
    name: str,
    block: _Block,
    steps: list[tuple[sp.Symbol, sp.Expr]],
    outputs: list[sp.Expr],
    returned: str,
    printer: _Printer,
) -> str:
    """The function of steps and of the outputs that are made of them; a step is let go after its last use.

    Hundreds of arrays that stay until the end are more than a cache holds: the memory of one that is gone is the next one's.
    """
    lines = [f"def {name}({', '.join(group for group, _ in block.arguments)}):"]
    lines += [f"    ({', '.join(map(str, symbols))},) = {group}" for group, symbols in block.arguments if symbols]
    families, known = _families([value for _, value in steps] + outputs), set()
    kept = {used for output in outputs for used in output.free_symbols}
    last = {used: symbol for symbol, value in steps for used in value.free_symbols}
    for symbol, value in [*steps, (None, sp.Tuple(*outputs))]:
        for family in families:
            if family.calls & value.atoms(sp.Function) and family not in known:
                known.add(family)
                lines.append(f"    {family.line(printer)}")
        value = value.xreplace({call: name for family in families for call, name in family.names})
        lines.append(
            f"    {symbol} = {printer.doprint(value)}" if symbol else f"    out = [{', '.join(map(printer.doprint, value))}]"
        )
        done = sorted(str(step) for step, _ in steps if last.get(step) == symbol and step not in kept)
        if symbol and done:
            lines.append(f"    del {', '.join(done)}")
    lines.append(f"    return {returned}")
    return "\n".join(lines) + "\n"


def _derivatives(block: _Block) -> tuple[str, dict[str, list[list[int]]]]:
    """Source of `<name>_all`, and the places (value, i) and (value, i, j) of the derivatives that are not zero."""
    tape = Tape()
    found = Derivatives(tape, block.variables)
    values = [tape.value(value) for value in block.values]
    first = {(v, i): entry for v, value in enumerate(values) for i, entry in found.slopes(value).items()}
    second = {(v, *pair): entry for v, value in enumerate(values) for pair, entry in found.bends(value).items()}
    outputs = [*values, *first.values(), *second.values()]
    steps = [(symbol, tape.steps[symbol]) for symbol in tape.reached(outputs)]
    count, mid = len(values), len(values) + len(first)
    returned = f"out[:{count}], out[{count}:{mid}], out[{mid}:]"
    source = _source(f"{block.name}_all", block, steps, outputs, returned, _Printer(_axes(block, steps)))
    return source, {"first": [list(place) for place in first], "second": [list(place) for place in second]}


def _axes(block: _Block, steps: list[tuple[sp.Symbol, sp.Expr]]) -> dict[sp.Expr, int]:
    """The axes of the arguments, and of each step those of what it is made of."""
    kinds = {"s": PARAMETER, "p": PARAMETER, "m": ROW, "c": ROW}
    axes: dict[sp.Expr, int] = {
        symbol: kinds.get(group, PARAMETER | ROW) for group, symbols in block.arguments for symbol in symbols
    }
    for symbol, value in steps:
        axes[symbol] = axes_of(value, axes)
    return axes


def _emit(block: _Block) -> tuple[str, dict[str, list[list[int]]]]:
    """Source of `<name>_value` and `<name>_all`, and the places of the derivatives."""
    source, places = _derivatives(block)
    return _function(f"{block.name}_value", block, list(block.values)) + source, places


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
            source += _function("features", _Block("features", (("c", columns),), (), ()), terms.expressions())
    return f"# {json.dumps(layout)}\n{source}"
