"""A law as a DuckDB scalar macro of its name, printed from the same formula as everything else.

Arguments: run columns, then member columns, then parameters, each in declared order. Per-pool arguments are lists, one
element a pool that the run draws from, all in one order.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import duckdb
import sympy as sp
from sympy.printing.str import StrPrinter

from pipeline.errors import LawError
from pipeline.laws.engine.functions import POOL_SQL_FUNCTIONS, SQL_FUNCTIONS
from pipeline.laws.law import Law

INDEX = "pool_index"
MEMBER_ARGUMENTS = {"unique": "pool_unique", "size": "pool_size"}
"""`unique` is a reserved word in SQL; the two amounts of a pool are named alike."""
SQL_NAMES = {
    "exp": "exp",
    "log": "ln",
    "floor": "floor",
    "ceiling": "ceil",
    "Abs": "abs",
    "sqrt": "sqrt",
    "tanh": "tanh",
    "erf": "erf",
}


def signature(law: Law) -> list[str]:
    """The macro's arguments in order: run columns, member columns, parameters."""
    return [_argument(name) for name in law.names]


def _argument(name: str) -> str:
    return MEMBER_ARGUMENTS.get(name, name)


def list_arguments(law: Law) -> set[str]:
    """The arguments that are lists over the pools of a run."""
    if not law.pooled:
        return set()
    return set(law.member_columns) | {p.name for p in law.parameters if p.per == "pool"}


def macro_sql(law: Law) -> str:
    """CREATE OR REPLACE MACRO name(arguments) AS …; the value equals the NumPy form to 1e-12 relative."""
    body = SqlPrinter(law).doprint(law.formula)
    return f"CREATE OR REPLACE MACRO {law.name}({', '.join(signature(law))}) AS\n{body}"


def example_sql(law: Law) -> str:
    """A SELECT that calls the macro on the law's example and runs as it stands."""
    missing = [name for name in law.names if name not in law.example]
    if missing:
        raise LawError(f"law {law.name}: its example lacks {', '.join(missing)}", fix="give every column and parameter a value")
    return f"SELECT {law.name}({', '.join(_literal(law.example[name]) for name in law.names)}) AS {law.response}"


def check_sql(law: Law) -> None:
    """Raises LawError where the macro cannot be made, or its example does not run."""
    words = sorted({law.name, *signature(law)} & reserved_words())
    if words:
        raise LawError(f"law {law.name}: {words[0]!r} is a word of SQL", fix="rename it")
    with duckdb.connect() as connection:
        try:
            connection.execute(macro_sql(law))
            connection.execute(example_sql(law)).fetchall()
        except duckdb.Error as error:
            raise LawError(
                f"law {law.name}: its example does not run in SQL: {str(error).splitlines()[0]}", fix="correct it"
            ) from error


@cache
def reserved_words() -> set[str]:
    """SQL words that no law, column or parameter may be called."""
    with duckdb.connect() as connection:
        return {word for word, kind in connection.table_function("duckdb_keywords").fetchall() if kind == "reserved"}


def _literal(value: float | list[float]) -> str:
    return f"[{', '.join(_literal(v) for v in value)}]" if isinstance(value, list | tuple) else double(value)


def double(value: float) -> str:
    """A DOUBLE literal that reads back to the same bits: DuckDB takes 0.1 for a DECIMAL, 1e-1 for a DOUBLE."""
    text = repr(float(value))
    return text if "e" in text else text + "e0"


class SqlPrinter(StrPrinter):
    """SymPy to DuckDB. Every argument is cast to DOUBLE where it is read, so integers and decimals give the same value."""

    def __init__(self, law: Law) -> None:
        super().__init__()
        self.law, self.lists = law, list_arguments(law)

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        name = str(expr)
        return f"CAST({_argument(name)}[{INDEX}] AS DOUBLE)" if name in self.lists else f"CAST({name} AS DOUBLE)"

    def _print_Integer(self, expr: sp.Integer) -> str:
        return double(int(expr))

    def _print_Rational(self, expr: sp.Rational) -> str:
        return f"({double(int(expr.p))} / {double(int(expr.q))})"

    def _print_Float(self, expr: sp.Float) -> str:
        return double(float(expr))

    def _print_NumberSymbol(self, expr: sp.NumberSymbol) -> str:
        return double(float(expr))

    _print_Half = _print_Rational
    _print_One = _print_Zero = _print_NegativeOne = _print_Integer
    _print_Pi = _print_Exp1 = _print_NumberSymbol

    def _print_Add(self, expr: sp.Add, order: Any = None) -> str:  # noqa: ARG002 - SymPy's signature
        return "(" + " + ".join(self._print(a) for a in expr.args) + ")"

    def _print_Mul(self, expr: sp.Mul) -> str:
        over = [a for a in expr.args if not _is_inverse(a)]
        under = [1 / a for a in expr.args if _is_inverse(a)]
        text = " * ".join(self._print(a) for a in over) or double(1)
        return "(" + text + "".join(f" / {self._print(a)}" for a in under) + ")"

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:  # noqa: ARG002 - SymPy's signature
        base, exponent = expr.args
        if exponent == sp.S.Half:
            return f"sqrt({self._print(base)})"
        if exponent == -1:
            return f"({double(1)} / {self._print(base)})"
        return f"pow({self._print(base)}, {self._print(exponent)})"

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        pieces = [(self._print(v), c) for v, c in expr.args]
        cases = " ".join(f"WHEN {self._print(c)} THEN {v}" for v, c in pieces if c is not sp.true)
        default = "".join(f" ELSE {v}" for v, c in pieces if c is sp.true)
        return f"(CASE {cases}{default} END)"

    def _print_Relational(self, expr: sp.core.relational.Relational) -> str:
        sign = {"==": "=", "!=": "<>"}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {sign} {self._print(expr.rhs)}"

    def _print_And(self, expr: sp.And) -> str:
        return "(" + " AND ".join(self._print(a) for a in sorted(expr.args, key=str)) + ")"

    def _print_Or(self, expr: sp.Or) -> str:
        return "(" + " OR ".join(self._print(a) for a in sorted(expr.args, key=str)) + ")"

    def _print_Max(self, expr: sp.Max) -> str:
        return f"greatest({', '.join(self._print(a) for a in expr.args)})"

    def _print_Min(self, expr: sp.Min) -> str:
        return f"least({', '.join(self._print(a) for a in expr.args)})"

    def _print_pool_sum(self, expr: sp.Function) -> str:
        if not self.lists:
            raise LawError(f"law {self.law.name}: pool_sum needs member columns or per-pool parameters", fix="declare them")
        longest = f"len({_argument(self.law.member_columns[0])})" if self.law.member_columns else f"len({min(self.lists)})"
        return f"list_sum(list_transform(range(1, {longest} + 1), lambda {INDEX}: {self._print(expr.args[0])}))"

    def _print_Function(self, expr: sp.Function) -> str:
        name = type(expr).__name__
        if name in POOL_SQL_FUNCTIONS:
            return POOL_SQL_FUNCTIONS[name](*(_argument(str(a)) for a in expr.args))
        arguments = [self._print(a) for a in expr.args]
        if name in SQL_FUNCTIONS:
            return SQL_FUNCTIONS[name](*arguments)
        if name not in SQL_NAMES:
            raise LawError(
                f"law {self.law.name}: no SQL form of {name}", fix="add it to SQL_FUNCTIONS in pipeline/laws/engine/functions.py"
            )
        return f"{SQL_NAMES[name]}({', '.join(arguments)})"

    _print_exp = _print_log = _print_Function


def _is_inverse(expr: sp.Expr) -> bool:
    """1/x for a denominator: dividing keeps the last bits that multiplying by an inverse loses."""
    return isinstance(expr, sp.Pow) and expr.args[1].could_extract_minus_sign() and expr.args[1].is_number
