"""Arithmetic over named columns that a study writes as text: `3e20 / (6 * (params_nonembedding + params_vocabulary))`.

Only numbers, names, + - * / **, brackets and sqrt, exp, log (natural), min, max: it can call and read nothing else.
"""

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ExpressionError

Array = NDArray[np.float64]
LONGEST = 400
OPERATIONS: dict[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
FUNCTIONS: dict[str, Callable[..., Array]] = {
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "min": lambda *parts: reduce(np.minimum, parts),
    "max": lambda *parts: reduce(np.maximum, parts),
}
CURE = f"use numbers, columns, + - * / **, brackets and {', '.join(FUNCTIONS)}"


@dataclass(frozen=True)
class Formula:
    """Checked arithmetic. Raises ExpressionError, which names the part that is not allowed, and the cure."""

    text: str
    columns: frozenset[str]

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or len(self.text) > LONGEST:
            raise ExpressionError(f"{self.text!r} is no formula of at most {LONGEST} characters; {CURE}")
        _check(self._tree, self.text, self.columns)

    @cached_property
    def _tree(self) -> ast.expr:
        try:
            return ast.parse(self.text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ExpressionError(f"{self.text!r} is no formula: {error}; {CURE}") from error

    @property
    def names(self) -> set[str]:
        """The columns that it reads."""
        return {node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name)} - set(FUNCTIONS)

    def __call__(self, values: Mapping[str, Array]) -> Array:
        """Its value at the columns' values; not-a-number where it is not defined."""
        with np.errstate(all="ignore"):
            return np.asarray(_value(self._tree, values), dtype=float)


def formula(text: str, columns: Iterable[str]) -> Formula:
    """The text as a formula over `columns`."""
    return Formula(text, frozenset(columns))


def _check(node: ast.expr, text: str, columns: frozenset[str]) -> None:
    """Refuses whatever is not on the lists above."""
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        parts: list[ast.expr] = [node.left, node.right]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        parts = [node.operand]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS and not node.keywords:
        parts = node.args
    elif isinstance(node, ast.Name):
        if node.id not in columns:
            raise ExpressionError(f"{text!r}: there is no column {node.id!r}; the columns are {', '.join(sorted(columns))}")
        return
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return
    else:
        raise ExpressionError(f"{text!r}: {ast.unparse(node)!r} is not allowed; {CURE}")
    for part in parts:
        _check(part, text, columns)


def _value(node: ast.expr, values: Mapping[str, Array]) -> Array:
    if isinstance(node, ast.BinOp):
        return OPERATIONS[type(node.op)](_value(node.left, values), _value(node.right, values))
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, values)
        return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        return FUNCTIONS[node.func.id](*(_value(part, values) for part in node.args))
    if isinstance(node, ast.Name):
        return values[node.id]
    assert isinstance(node, ast.Constant)
    return np.asarray(float(node.value))  # type: ignore[arg-type]  # _check has let only numbers pass
