"""Compute-optimal plans against the closed form and against published optima."""

import math

import numpy as np
import polars as pl
import pytest
import sympy as sp
from planning_cases import fit_of, study_of

from pipeline.errors import PlanError
from pipeline.fitting.result import Misfit
from pipeline.laws.catalogue.size_and_data.chinchilla import chinchilla
from pipeline.laws.catalogue.size_and_data.power_law import power_law
from pipeline.laws.law import Law, positive, run_column, symbols
from pipeline.planning import PLANS
from pipeline.planning.questions.sizes.compute_optimal import build

RUNS = {"params": [1e8, 1e9], "data_seen": [2e9, 2e10], "value": [3.0, 2.5]}
HOFFMANN = {"E": math.exp(0.5267228), "A": math.exp(6.0073404), "B": math.exp(6.0179186), "alpha": 0.33917084, "beta": 0.2849083}
BESIROGLU = {"E": 1.81686, "A": 482.006, "B": 2085.434, "alpha": 0.34781, "beta": 0.36585}


def frame():
    return pl.DataFrame(RUNS)


def plan_at(values, flops, **kwargs):
    return build(fit_of(chinchilla, values, **kwargs), study_of(flops=flops), frame())


@pytest.mark.parametrize(
    ("values", "params", "data"),
    [(HOFFMANN, 4.03609e10, 2.37854e12), (BESIROGLU, 7.23527e10, 1.32683e12)],
    ids=["hoffmann", "besiroglu"],
)
def test_published_optimum_at_the_budget_of_gopher(values, params, data):
    row = plan_at(values, [5.76e23]).row(0, named=True)
    assert row["params"] == pytest.approx(params, rel=2e-5)
    assert row["data_seen"] == pytest.approx(data, rel=2e-5)


def test_numeric_optimum_equals_the_closed_form():
    flops = np.geomspace(1e18, 1e26, 9)
    found = plan_at(BESIROGLU, flops.tolist(), draws=0)["params"].to_numpy()
    a, b = BESIROGLU["alpha"], BESIROGLU["beta"]
    scale = (a * BESIROGLU["A"] / (b * BESIROGLU["B"])) ** (1 / (a + b))
    np.testing.assert_allclose(found, scale * (flops / 6) ** (b / (a + b)), rtol=1e-6)


def test_compute_is_spent_to_the_last_flop():
    plan = plan_at(BESIROGLU, [1e21, 1e22])
    np.testing.assert_allclose(6 * plan["params"] * plan["data_seen"], plan["flops"], rtol=1e-12)


def test_without_budgets_the_plan_goes_from_the_largest_run_to_a_hundred_times_beyond():
    plan = build(fit_of(chinchilla, BESIROGLU), study_of(), frame())
    np.testing.assert_allclose(plan["distance"], [0, 0.5, 1, 1.5, 2], atol=1e-12)
    assert plan["flops"][0] == pytest.approx(6 * 1e9 * 2e10)


def test_intervals_hold_the_estimate_and_misfit_widens_only_the_loss():
    bare, wide = plan_at(BESIROGLU, [1e22]), plan_at(BESIROGLU, [1e22], misfit=Misfit(0.05, 0.0))
    row, widened = bare.row(0, named=True), wide.row(0, named=True)
    for name in ("params", "data_seen", "data_per_param", "loss"):
        assert row[f"{name}_low"] < row[name] < row[f"{name}_high"]
    assert widened["params_low"] == row["params_low"]
    assert widened["loss_high"] - widened["loss_low"] > row["loss_high"] - row["loss_low"]


def test_without_draws_there_is_no_interval():
    row = plan_at(BESIROGLU, [1e22], draws=0).row(0, named=True)
    assert row["params"] is not None
    assert row["params_low"] is row["params_high"] is row["loss_low"] is None


def test_a_law_that_always_wants_more_parameters_gets_no_number_but_the_reason():
    row = plan_at(BESIROGLU | {"B": 1e-30}, [1e22], draws=0).row(0, named=True)
    assert row["params"] is None
    assert "at the search boundary" in row["message"]


def test_an_impossible_budget_is_refused_with_its_place():
    with pytest.raises(PlanError, match=r"\[plan\] flops.*positive"):
        plan_at(BESIROGLU, [-1.0])


def test_a_law_of_a_users_own_gets_a_plan():
    N, C = run_column("params"), run_column("flops")
    parameters = positive("scale wide floor")
    scale, wide, floor = symbols(*parameters)
    own = Law(
        "own_parabola", floor + wide * sp.log(N / (scale * sp.sqrt(C))) ** 2, parameters, ("params", "flops"), "loss", "?", "mine"
    )
    assert PLANS["plan_compute_optimal"].needs(own)
    row = build(fit_of(own, {"scale": 0.1, "wide": 0.5, "floor": 2.0}), study_of(flops=[1e20]), frame()).row(0, named=True)
    assert row["params"] == pytest.approx(1e9, rel=1e-6)
    assert row["loss"] == pytest.approx(2.0)


def test_laws_without_model_size_get_none():
    assert not PLANS["plan_compute_optimal"].needs(power_law)
