"""Formulas that tie one column to others: arithmetic, and nothing else."""

import numpy as np
import pytest

from pipeline.errors import ExpressionError
from pipeline.expressions.arithmetic import formula


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6 * a * b", 36.0),
        ("-a + b ** 2", 7.0),
        ("1e2 / (a + b)", 20.0),
        ("sqrt(a * 8) + log(exp(b))", 7.0),
        ("max(a, b, 1) - min(a, b)", 1.0),
    ],
)
def test_arithmetic_has_its_value(text: str, value: float) -> None:
    assert formula(text, ["a", "b"])({"a": np.array([2.0]), "b": np.array([3.0])})[0] == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "a.b",
        "a[0]",
        "[a]",
        "'text'",
        "a if b else a",
        "a < b",
        "lambda: a",
        "True",
        "c",
        "open(a)",
        "a +",
        "(" * 500,
    ],
)
def test_what_is_no_arithmetic_over_the_columns_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        formula(text, ["a", "b"])


def test_where_a_formula_is_not_defined_it_is_not_a_number() -> None:
    assert np.isnan(formula("log(a)", ["a"])({"a": np.array([-1.0])})[0])
