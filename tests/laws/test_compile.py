"""Generated code: derivatives against complex steps and differences, versions, the cache, and pickling."""

import pickle
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from pool_cases import theta, union_rows

from pipeline.laws import laws
from pipeline.laws.engine import cache
from pipeline.laws.engine.compile import CompiledLaw, compiled, version
from pipeline.laws.engine.rows import Rows
from pipeline.laws.engine.terms import power_terms
from pipeline.laws.law import Law, Parameter, member_column, pool_sum, run_column, symbols

CHINCHILLA = laws["chinchilla"]
THETA = np.array([[1.8, 480.0, 2100.0, 0.34, 0.36], [1.5, 300.0, 900.0, 0.3, 0.4]])
ROWS = Rows({"params": np.geomspace(1e7, 1e10, 7), "data_seen": np.geomspace(1e9, 1e12, 7)[::-1].copy()})


def test_a_value_is_its_formula() -> None:
    expected = [[float(CHINCHILLA.formula.subs(_numbers(t, k))) for k in range(ROWS.n)] for t in THETA]
    assert compiled(CHINCHILLA).value(THETA, ROWS) == pytest.approx(np.array(expected), rel=1e-14)


def _numbers(values: np.ndarray, row: int) -> dict[sp.Symbol, float]:
    named = {p.symbol: float(v) for p, v in zip(CHINCHILLA.parameters, values, strict=True)}
    return named | {run_column(c): float(v[row]) for c, v in ROWS.columns.items()}


def _check(law: CompiledLaw, at: np.ndarray, rows: Rows, rel: float) -> None:
    _, gradient, hessian = law.derivatives(at, rows)
    for i in range(at.shape[1]):
        step = 1e-5 * np.maximum(np.abs(at[:, i]), 1e-3)
        up, down = at.copy(), at.copy()
        up[:, i] += step
        down[:, i] -= step
        slope = (law.value(up, rows) - law.value(down, rows)) / (2 * step)[:, None]
        assert slope == pytest.approx(gradient[..., i], rel=rel, abs=rel * np.abs(gradient[..., i]).max() + 1e-12)
        bend = (law.derivatives(up, rows)[1] - law.derivatives(down, rows)[1]) / (2 * step)[:, None, None]
        assert bend == pytest.approx(hessian[..., i], rel=10 * rel, abs=10 * rel * np.abs(hessian[..., i]).max() + 1e-12)


def test_derivatives_are_differences_of_values() -> None:
    _check(compiled(CHINCHILLA), THETA, ROWS, 1e-7)


@pytest.mark.parametrize("name", ["repeated_utility", "repeated_utility_released"])
def test_derivatives_chain_through_the_sum_over_pools(name: str) -> None:
    at = theta(0.025, 0.1, ([-0.16, -0.125, -0.10, -0.085], [6.7, 8.5, 5.3, 2.3]))
    _check(compiled(laws[name]), at, union_rows([20e6, 64.1e6, 120.3e6], pools=3), 1e-6)


def test_a_pool_without_part_in_a_run_changes_nothing() -> None:
    rows = union_rows([20e6, 64e6], pools=2)
    law = compiled(laws["repeated_utility"])
    one = theta(0.025, 0.1, ([-0.16, -0.125, -0.10, -0.085], [6.7, 8.5, 5.3, 2.3]))
    other = theta(0.025, 0.1, ([-0.16, -0.125, -0.99, np.nan], [6.7, 8.5, 99.0, np.inf]))
    assert np.array_equal(law.value(one, rows), law.value(other, rows))
    gradient = law.derivatives(one, rows)[1]
    assert (gradient[..., [4, 5, 8, 9]] == 0).all()


def test_pool_sums_of_a_law_of_ones_own() -> None:
    n, share = run_column("data_seen"), member_column("share")
    c, q = Parameter("c"), Parameter("q", per="pool")
    c_, q_ = symbols(c, q)
    own = Law(
        name="own", formula=c_ / pool_sum(share * q_ * n) ** 2, parameters=(c, q), columns=("data_seen",),
        member_columns=("share",), response="loss", question="?", source="test",
    )  # fmt: skip
    rows = Rows({"data_seen": np.array([2.0, 4.0])}, {"share": np.array([[0.5, 0.5], [1.0, 0.0]])}, ("a", "b"))
    assert compiled(own).value(np.array([[3.0, 1.0, 2.0]]), rows) == pytest.approx(np.array([[3 / 9, 3 / 16]]))
    assert compiled(own).index(("a", "b")) == [("c", None), ("q", "a"), ("q", "b")]
    _check(compiled(own), np.array([[3.0, 1.0, 2.0]]), rows, 1e-7)


def test_the_version_changes_with_the_formula_and_not_with_the_words() -> None:
    assert len(version(CHINCHILLA)) == 16
    assert version(replace(CHINCHILLA, question="another")) == version(CHINCHILLA)
    assert version(replace(CHINCHILLA, formula=CHINCHILLA.formula + 1)) != version(CHINCHILLA)


def test_sums_of_powers_are_recognised_and_others_are_not() -> None:
    x, a, b = sp.symbols("x a b", positive=True)
    assert power_terms(a * (x / 3) ** -b + sp.exp(-2 * x), (a, b), (x,)) is not None
    assert power_terms(a * x**-b + b, (a, b), (x,)) is None
    assert power_terms(sp.log(1 + a * x), (a,), (x,)) is None
    assert power_terms(a * sp.log(x), (a,), (x,)) is None  # below x = 1 it is negative


def test_a_compiled_law_survives_pickling() -> None:
    again = pickle.loads(pickle.dumps(compiled(CHINCHILLA)))
    assert np.array_equal(again.value(THETA, ROWS), compiled(CHINCHILLA).value(THETA, ROWS))


@pytest.mark.slow
def test_code_from_the_cache_is_loaded_within_a_third_of_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.laws.engine import compile as module

    monkeypatch.setenv("LAWBOOK_CACHE", str(tmp_path))
    law = laws["data_constrained"]
    monkeypatch.setattr(module, "_COMPILED", {})
    first = module.compiled(law).source
    assert cache.load(version(law)) == first
    monkeypatch.setattr(module, "_COMPILED", {})
    begun = time.perf_counter()
    assert module.compiled(law).source == first
    assert time.perf_counter() - begun < 0.3
