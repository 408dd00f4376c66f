"""Arithmetic over named columns that a study writes as text: `3e20 / (6 * (params_nonembedding + params_vocabulary))`.

The language of all expressions, read by the same parser, less everything but numbers: it can call and read nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ExpressionError
from pipeline.expressions.allowed import DEEPEST
from pipeline.expressions.parsing import parse

Array = NDArray[np.float64]
LONGEST = 400
MANY = 99
# name: (fewest and most arguments, what it does)
CALLS: dict[str, tuple[int, int, Callable[..., Array]]] = {
    "+": (1, 2, lambda *parts: reduce(np.add, parts)),
    "-": (1, 2, lambda *parts: np.negative(*parts) if len(parts) == 1 else np.subtract(*parts)),
    "*": (2, 2, np.multiply),
    "/": (2, 2, np.divide),
    **dict.fromkeys(("**", "^", "pow"), (2, 2, np.power)),
    "abs": (1, 1, np.abs),
    "ln": (1, 1, np.log),
    "log10": (1, 1, np.log10),
    "exp": (1, 1, np.exp),
    "sqrt": (1, 1, np.sqrt),
    "least": (1, MANY, lambda *parts: reduce(np.minimum, parts)),
    "greatest": (1, MANY, lambda *parts: reduce(np.maximum, parts)),
}
FIX = f"use numbers, columns, brackets, + - * / ** and {', '.join(name for name in CALLS if name.isalnum())}"


@dataclass(frozen=True)
class Formula:
    """Checked arithmetic. Raises ExpressionError, which names the part that is not allowed, and the fix."""

    text: str
    columns: frozenset[str]

    def __post_init__(self) -> None:
        if not isinstance(self.text, str) or len(self.text) > LONGEST:
            raise ExpressionError(f"{self.text!r} is no formula of at most {LONGEST} characters", fix=FIX)
        for node in self._nodes(parse(self.text), 0):
            self._check(node)

    @property
    def names(self) -> set[str]:
        """The columns that it reads."""
        return {_name(node) for node in self._nodes(parse(self.text), 0) if node["class"] == "COLUMN_REF"}

    def __call__(self, values: Mapping[str, Array]) -> Array:
        """Its value at the columns' values; not-a-number where it is not defined."""
        with np.errstate(all="ignore"):
            return np.asarray(_value(parse(self.text), values), dtype=float)

    def _nodes(self, node: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
        if depth > DEEPEST:
            raise ExpressionError(f"{self.text!r} is nested too deeply", fix=f"use at most {DEEPEST} levels")
        yield node
        for part in _arguments(node):
            yield from self._nodes(part, depth + 1)

    def _check(self, node: dict[str, Any]) -> None:
        """Refuses whatever is not on the list above."""
        if node["class"] == "COLUMN_REF":
            if _name(node) not in self.columns:
                known = ", ".join(sorted(self.columns))
                raise ExpressionError(f"{self.text!r}: there is no column {_name(node)!r}", fix=f"the columns are {known}")
        elif node["class"] == "FUNCTION":
            self._check_call(node["function_name"], node)
        elif node["class"] != "CONSTANT" or node["literal"]["kind"] not in ("INTEGER", "NUMERIC"):
            what = repr(node["literal"]["text"]) if "literal" in node else node["type"].lower().replace("_", " ")
            raise ExpressionError(f"{self.text!r}: {what} is not allowed", fix=FIX)

    def _check_call(self, name: str, node: dict[str, Any]) -> None:
        odd = node["filter"] or node["distinct"] or node["schema"] or node["catalog"] or node["order_bys"]["orders"]
        if name not in CALLS or odd:
            raise ExpressionError(f"{self.text!r}: {name!r} is not allowed", fix=FIX)
        fewest, most, _ = CALLS[name]
        if not fewest <= len(node["arguments"]) <= most:
            takes = f"{fewest}" if most == fewest else f"{fewest} or more"
            given = len(node["arguments"])
            raise ExpressionError(f"{name} takes {takes} arguments, not {given}", place=repr(self.text), fix="correct the call")


def formula(text: str, columns: Iterable[str]) -> Formula:
    """The text as a formula over `columns`."""
    return Formula(text, frozenset(columns))


def _arguments(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [part["expression"] for part in node["arguments"]] if node["class"] == "FUNCTION" else []


def _name(node: dict[str, Any]) -> str:
    return ".".join(node["column_names"])


def _value(node: dict[str, Any], values: Mapping[str, Array]) -> Array:
    if node["class"] == "FUNCTION":
        return CALLS[node["function_name"]][2](*map(partial(_value, values=values), _arguments(node)))
    return values[_name(node)] if node["class"] == "COLUMN_REF" else np.asarray(float(node["literal"]["text"]))
