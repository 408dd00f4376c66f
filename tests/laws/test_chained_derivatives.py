"""Derivatives chained from step to step are those of the formula, in steps that are few and do not stay."""

import tracemalloc

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.laws import laws
from pipeline.laws.engine.chained_derivatives import Derivatives
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.tape import Tape, exp_, inverse_, log_

A, B, K, X = sp.symbols("a b k x", positive=True)
FORMS = (
    A * X**-B,
    (A * X**-K + B * X) ** K,
    sp.log(A * sp.exp(-B * X) + K) / sp.sqrt(A + B),
    A / (B + K * X) ** 2 + sp.exp(-A) * sp.exp(B * X) / K,
    sp.Piecewise((A * X**K, X <= 2), (B * sp.log(A * X) ** 3, True)),
    A * sp.Piecewise((1, X <= 1), (X ** (A / (B + K)), True)) ** B,
)
VALUES = st.floats(0.2, 3.0)
PLAIN = [{"exp_": np.exp, "log_": np.log, "inverse_": np.reciprocal}, "numpy"]


def worked_out(tape: Tape, entry: sp.Expr, at: dict[sp.Symbol, float]) -> float:
    """A step by the steps before it, one after another."""
    known = dict(at)
    for symbol in tape.reached([entry]):
        known[symbol] = float(sp.lambdify(list(known), tape.steps[symbol], modules=PLAIN)(*known.values()))
    return float(sp.sympify(entry).subs(known))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(FORMS), VALUES, VALUES, VALUES, VALUES)
def test_slopes_and_bends_are_those_of_the_formula(form: sp.Expr, a: float, b: float, k: float, x: float) -> None:
    variables, at = (A, B, K), {A: a, B: b, K: k, X: x}
    tape = Tape()
    chained = Derivatives(tape, variables)
    value = tape.value(form)
    for i, one in enumerate(variables):
        slope = chained.slopes(value).get(i, sp.S.Zero)
        assert worked_out(tape, slope, at) == pytest.approx(float(sp.diff(form, one).subs(at)), rel=1e-9, abs=1e-12)
        for j, other in enumerate(variables[i:], i):
            bend = chained.bends(value).get((i, j), sp.S.Zero)
            assert worked_out(tape, bend, at) == pytest.approx(float(sp.diff(form, one, other).subs(at)), rel=1e-9, abs=1e-12)


def test_a_step_that_comes_again_is_the_same() -> None:
    tape = Tape()
    assert tape.step(sp.exp(A * X) + 1) == tape.step(1 + sp.exp(X * A))
    assert len(tape.steps) == 3


def test_an_exponential_of_the_opposite_is_an_inverse() -> None:
    tape = Tape()
    one, other = tape.step(exp_(A * X)), tape.step(exp_(-A * X))
    assert tape.steps[other] == inverse_(one)


def test_the_logarithm_of_an_exponential_in_a_product_is_its_exponent() -> None:
    tape = Tape()
    found = tape.step(log_(B * exp_(A * X)))
    assert tape.steps[found].free_symbols == {tape.step(A * X), tape.step(log_(B))}


def test_what_is_not_chosen_may_be_infinite() -> None:
    law = compiled(laws["data_constrained"])
    columns = [np.array([1e3, 1e4]), np.array([1e4, 1e5]), np.array([1e5, 1e6])]  # fresh data, and a model far below the best
    theta = [np.array([[value]]) for value in (1.5, 1e250, 1e-50, 0.3, 0.3, 15.0, 1e-300)]
    with np.errstate(all="ignore"):
        value, slopes, bends = law.call["outer_all"](theta, [], columns)
    linear = [law.layout["outer"]["first"].index([0, i]) for i in (1, 3)]
    assert all(np.isfinite(slopes[k]).all() for k in linear)
    assert np.isfinite(value[0]).all()
    assert all(np.isfinite(bend).all() for bend in bends)


@pytest.mark.parametrize("name", ["data_constrained", "skaling_from_steps"])
def test_steps_that_are_used_no_more_are_let_go(name: str) -> None:
    law, rows = compiled(laws[name]), 100_000
    columns = [np.full(rows, 1e5) for _ in law.columns]
    theta = [np.array([[sum(p.start) / 2]]) for p in laws[name].parameters]
    entries = sum(len(part) for part in law.layout["outer"].values()) + 1
    tracemalloc.start()
    law.call["outer_all"](theta, [], columns)
    peak = tracemalloc.get_traced_memory()[1] / (8 * rows)
    tracemalloc.stop()
    assert peak < 2 * entries + 20
