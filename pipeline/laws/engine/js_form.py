"""A law as a JavaScript function of its arguments, printed from the same formula as everything else: what a page computes with.

Arguments as of the SQL macro: run columns, member columns, parameters, each in declared order; per-pool ones are arrays over
the pools that the run draws from. A named function of laws is in functions.js beside this file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sympy as sp

from pipeline.errors import LawError
from pipeline.laws.engine.functions import NUMPY_FUNCTIONS, POOL_FUNCTIONS
from pipeline.laws.engine.sql_form import INDEX, SqlPrinter, double
from pipeline.laws.law import Law

LIBRARY = "lawbookFunctions"
JS_NAMES = {
    "exp": "Math.exp",
    "log": "Math.log",
    "floor": "Math.floor",
    "ceiling": "Math.ceil",
    "Abs": "Math.abs",
    "sqrt": "Math.sqrt",
    "tanh": "Math.tanh",
    "erf": f"{LIBRARY}.erf",
}
OWN = {*NUMPY_FUNCTIONS, *POOL_FUNCTIONS}


@cache
def library() -> str:
    """The functions that printed laws call, as one script that binds `lawbookFunctions`."""
    return (Path(__file__).parent / "functions.js").read_text(encoding="utf-8")


def function_js(law: Law) -> str:
    """An arrow function of all arguments; its value equals the NumPy form to 1e-9 relative."""
    return f"({', '.join(f'${name}' for name in law.names)}) => {JsPrinter(law).doprint(law.formula)}"


class JsPrinter(SqlPrinter):
    """SymPy to JavaScript. Names start with $: a column may be called as a word of the language."""

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        name = str(expr)
        return f"${name}[{INDEX}]" if name in self.lists else f"${name}"

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:  # noqa: ARG002 - SymPy's signature
        base, exponent = expr.args
        if exponent == sp.S.Half:
            return f"Math.sqrt({self._print(base)})"
        if exponent == -1:
            return f"({double(1)} / {self._print(base)})"
        return f"Math.pow({self._print(base)}, {self._print(exponent)})"

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        text = "NaN"
        for value, condition in reversed(expr.args):
            printed = self._print(value)
            text = printed if condition is sp.true else f"({self._print(condition)} ? {printed} : {text})"
        return text

    def _print_Relational(self, expr: sp.core.relational.Relational) -> str:
        sign = {"==": "===", "!=": "!=="}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"

    def _print_And(self, expr: sp.And) -> str:
        return "(" + " && ".join(self._print(a) for a in sorted(expr.args, key=str)) + ")"

    def _print_Or(self, expr: sp.Or) -> str:
        return "(" + " || ".join(self._print(a) for a in sorted(expr.args, key=str)) + ")"

    def _print_Max(self, expr: sp.Max) -> str:
        return f"Math.max({', '.join(self._print(a) for a in expr.args)})"

    def _print_Min(self, expr: sp.Min) -> str:
        return f"Math.min({', '.join(self._print(a) for a in expr.args)})"

    def _print_pool_sum(self, expr: sp.Function) -> str:
        if not self.lists:
            raise LawError(f"law {self.law.name}: pool_sum needs member columns or per-pool parameters", fix="declare them")
        longest = self.law.member_columns[0] if self.law.member_columns else min(self.lists)
        return f"{LIBRARY}.pool_sum(${longest}.length, ({INDEX}) => {self._print(expr.args[0])})"

    def _print_Function(self, expr: sp.Function) -> str:
        name = type(expr).__name__
        if name in POOL_FUNCTIONS:
            return f"{LIBRARY}.{name}({', '.join(f'${a}' for a in expr.args)})"
        if name not in JS_NAMES and name not in OWN:
            raise LawError(
                f"law {self.law.name}: no JavaScript form of {name}", fix="add it to pipeline/laws/engine/functions.js"
            )
        called = f"{LIBRARY}.{name}" if name in OWN else JS_NAMES[name]
        return f"{called}({', '.join(self._print(a) for a in expr.args)})"

    _print_exp = _print_log = _print_Function
