"""Named functions: value, derivatives and SQL text say the same."""

import duckdb
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.laws import laws
from pipeline.laws.engine.codegen import generate
from pipeline.laws.engine.functions import NUMPY_FUNCTIONS, SQL_FUNCTIONS, repeat_growth, repeat_growth_value, repeat_growths

EPOCHS = st.floats(0.01, 60.0)
RATES = st.floats(1e-3, 20.0)


def plain_sum(x: float, rate: float, j: int) -> float:
    """The definition, one epoch at a time."""
    return sum(k**j * np.exp(-k * rate) * np.log(min(k + 1, x) / k) for k in range(1, int(x) + 1))


@given(EPOCHS, RATES, st.integers(0, 2))
def test_the_sum_over_epochs_is_its_definition(x: float, rate: float, j: int) -> None:
    assert repeat_growth_value(x, rate, j) == pytest.approx(plain_sum(x, rate, j), rel=1e-13, abs=1e-300)


def test_the_sum_is_zero_in_the_first_epoch_and_the_logarithm_without_decay() -> None:
    assert repeat_growth_value(0.7, 0.1, 0) == 0
    assert repeat_growth_value(37.4, 1e-18, 0) == pytest.approx(np.log(37.4), rel=1e-14)


def test_the_sum_converges_for_endless_repetition() -> None:
    assert repeat_growth_value(1e12, 0.1, 0) == pytest.approx(repeat_growth_value(1e4, 0.1, 0), rel=1e-15)


@given(EPOCHS, RATES)
def test_derivatives_are_exact(x: float, rate: float) -> None:
    X, Y = sp.symbols("X Y", positive=True)
    formula = repeat_growth(X, Y, 0)
    step = 1e-6 * rate
    for order in (1, 2):
        slope = sp.lambdify((X, Y), sp.diff(formula, Y, order), modules=[NUMPY_FUNCTIONS, "numpy"])
        before = sp.lambdify((X, Y), sp.diff(formula, Y, order - 1), modules=[NUMPY_FUNCTIONS, "numpy"])
        numeric = (before(x, rate + step) - before(x, rate - step)) / (2 * step)
        assert slope(x, rate) == pytest.approx(numeric, rel=1e-6, abs=1e-12)


@given(st.floats(1.001, 60.0), RATES)
def test_the_slope_in_epochs_is_exact_within_an_epoch(x: float, rate: float) -> None:
    x = np.floor(x) + 0.5
    X, Y = sp.symbols("X Y", positive=True)
    slope = sp.lambdify((X, Y), sp.diff(repeat_growth(X, Y, 0), X), modules=[NUMPY_FUNCTIONS, "numpy"])
    numeric = (plain_sum(x + 1e-5, rate, 0) - plain_sum(x - 1e-5, rate, 0)) / 2e-5
    assert slope(x, rate) == pytest.approx(numeric, rel=1e-6, abs=1e-9)


@settings(max_examples=30)
@given(EPOCHS, RATES, st.integers(0, 2), st.sampled_from(sorted(SQL_FUNCTIONS)))
def test_sql_gives_the_same_value(x: float, rate: float, j: int, name: str) -> None:
    text = SQL_FUNCTIONS[name](f"{x!r}::DOUBLE", f"{rate!r}::DOUBLE", f"{j}e0")
    with duckdb.connect() as con:
        (found,) = con.execute(f"SELECT {text}").fetchone()
    assert found == pytest.approx(float(NUMPY_FUNCTIONS[name](x, rate, j)), rel=1e-12, abs=1e-300)


def test_a_batch_of_resamples_equals_its_single_evaluations() -> None:
    rng = np.random.default_rng(0)
    x, rate = rng.uniform(0, 20, (5, 3)), rng.uniform(0.01, 2, (4, 5, 3))
    together = repeat_growth_value(x, rate, 1)
    apart = [[plain_sum(x[i, k], rate[b, i, k], 1) for k in range(3)] for b in range(4) for i in range(5)]
    np.testing.assert_allclose(together, np.reshape(apart, (4, 5, 3)), rtol=1e-13)


def test_orders_had_in_one_walk_are_those_one_by_one() -> None:
    rng = np.random.default_rng(5)
    x, rate = rng.uniform(0.2, 30, 40), rng.uniform(0.01, 2, (3, 40))
    for order, found in zip((0, 1, 2), repeat_growths(x, rate, (0, 1, 2)), strict=True):
        assert (found == repeat_growth_value(x, rate, order)).all()


@settings(max_examples=30)
@given(st.lists(st.floats(0.5, 3000.0), min_size=1, max_size=8), st.lists(RATES, min_size=1, max_size=3), st.integers(0, 2))
def test_runs_that_share_a_rate_have_the_sums_of_their_definition(epochs: list[float], rates: list[float], j: int) -> None:
    x, group = np.array(epochs), np.arange(len(epochs)) % 2
    rate = np.array(rates)[:, None] * np.array([1.0, 0.3])[group]
    defined = [[plain_sum(one, of, j) for one, of in zip(x, row, strict=True)] for row in rate]
    np.testing.assert_allclose(repeat_growth_value(x, rate, j), defined, rtol=1e-11, atol=1e-300)


def test_a_rate_that_is_unknown_leaves_the_sums_of_the_others_alone() -> None:
    x, rate = np.array([0.5, 40.0, 90.0]), np.array([[0.1] * 3, [np.nan] * 3])
    known, unknown = repeat_growth_value(x, rate)
    assert (known == repeat_growth_value(x, rate[:1])).all()
    assert unknown[0] == 0
    assert np.isnan(unknown[1:]).all()


def test_generated_derivatives_walk_over_the_epochs_once() -> None:
    _, derivatives = generate(laws["repeated_utility"]).split("def inner_all")
    assert derivatives.count("repeat_growths(") == 1
    assert derivatives.count("repeat_growth(") == 0
