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
        ("sqrt(a * 8) + ln(exp(b))", 7.0),
        ("greatest(a, b, 1) - least(a, b)", 1.0),
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
        "+".join("a" * 90),
        "SELECT a",
        "a; b",
        "sum(a) FILTER (a)",
        "main.sqrt(a)",
        "(SELECT a)",
    ],
)
def test_what_is_no_arithmetic_over_the_columns_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        formula(text, ["a", "b"])


@pytest.mark.parametrize("text", ["sqrt(a, b)", "exp()", "pow(a)", "greatest()"])
def test_a_call_with_another_number_of_arguments_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="arguments, not"):
        formula(text, ["a", "b"])


def test_where_a_formula_is_not_defined_it_is_not_a_number() -> None:
    assert np.isnan(formula("ln(a)", ["a"])({"a": np.array([-1.0])})[0])
