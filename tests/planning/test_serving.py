"""What over-training costs and what serving changes, against the closed form of the Chinchilla law."""

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, study_of
from scipy.optimize import minimize_scalar

from pipeline.laws import laws
from pipeline.planning.questions.costs import over_training, serving
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.equal_loss import data_for_loss

CHINCHILLA = laws["chinchilla"]
VALUES = {"E": 1.817218, "A": 477.826, "B": 2143.417, "alpha": 0.3473105, "beta": 0.3671724}
RUNS = pl.DataFrame({"params": [1e8, 1e9], "data_seen": [2e9, 2e10], "flops": [1.2e18, 1.2e20]})
BUDGET = 1e22


def optimal(flops: float) -> tuple[float, float, float]:
    """(N, D, loss) in closed form."""
    a, b = VALUES["alpha"], VALUES["beta"]
    g = (a * VALUES["A"] / (b * VALUES["B"])) ** (1 / (a + b))
    params = g * (flops / 6) ** (b / (a + b))
    data = flops / (6 * params)
    return params, data, VALUES["E"] + VALUES["A"] / params**a + VALUES["B"] / data**b


def data_needed(params: float, loss: float) -> float:
    left = loss - VALUES["E"] - VALUES["A"] / params ** VALUES["alpha"]
    return (VALUES["B"] / left) ** (1 / VALUES["beta"]) if left > 0 else np.inf


def setting(**plan) -> Setting:
    return Setting(fit_of(CHINCHILLA, VALUES), study_of(**plan), RUNS)


@pytest.mark.parametrize("share", [0.3, 0.6, 1.0, 2.0])
def test_data_for_equal_loss_is_the_closed_form(share):
    params, data, loss = optimal(BUDGET)
    found = data_for_loss(setting(), setting().estimate, np.array([[params * share]]), np.array([[loss]]), np.array([[data]]))
    assert found[0, 0] == pytest.approx(data_needed(params * share, loss), rel=1e-9)


def test_a_size_that_can_never_reach_the_loss_gets_no_number():
    params, data, loss = optimal(BUDGET)
    found = data_for_loss(setting(), setting().estimate, np.array([[params / 100]]), np.array([[loss]]), np.array([[data]]))
    assert np.isnan(found[0, 0])


@pytest.mark.parametrize("times", [0.1, 1.0, 10.0])
def test_the_cheapest_model_to_serve_is_the_one_that_scipy_finds(times):
    params, data, loss = optimal(BUDGET)
    served = times * data
    plan = serving.build(fit_of(CHINCHILLA, VALUES), study_of(flops=[BUDGET], served_tokens=[served]), RUNS).row(0, named=True)

    def cost(log_params: float) -> float:
        return 6 * np.exp(log_params) * data_needed(np.exp(log_params), loss) + 2 * np.exp(log_params) * served

    best = minimize_scalar(cost, bounds=(np.log(params) - 1.5, np.log(params) + 0.5), method="bounded", options={"xatol": 1e-10})
    assert plan["params"] == pytest.approx(np.exp(best.x), rel=3e-3)
    assert plan["total_flops"] == pytest.approx(best.fun, rel=1e-5)
    assert plan["saving"] == pytest.approx(1 - best.fun / (BUDGET + 2 * params * served), abs=1e-5)


def test_more_served_tokens_ask_for_a_smaller_longer_trained_model():
    plan = serving.build(fit_of(CHINCHILLA, VALUES), study_of(flops=[BUDGET], served_tokens=[1e9, 1e11, 1e13]), RUNS)
    assert plan["params"].is_sorted(descending=True)
    assert plan["data_per_param"].is_sorted()
    assert plan["extra_training"].is_sorted()


def test_nothing_served_is_the_compute_optimal_model():
    plan = serving.build(fit_of(CHINCHILLA, VALUES), study_of(flops=[BUDGET], served_tokens=[1.0]), RUNS).row(0, named=True)
    assert plan["params"] == pytest.approx(optimal(BUDGET)[0], rel=3e-3)
    assert plan["saving"] == pytest.approx(0, abs=1e-6)


def test_without_declared_tokens_the_row_says_what_was_taken():
    plan = serving.build(fit_of(CHINCHILLA, VALUES), study_of(flops=[BUDGET]), RUNS)
    assert plan.height == 2
    assert "served_tokens" in plan["message"][0]


def test_half_the_size_costs_a_quarter_more_training():
    plan = over_training.build(fit_of(CHINCHILLA, VALUES), study_of(flops=[BUDGET]), RUNS)
    params, _, loss = optimal(BUDGET)
    half = plan.sort((pl.col("params") - params / 2).abs()).row(0, named=True)
    assert half["extra_training"] == pytest.approx(6 * params / 2 * data_needed(params / 2, loss) / BUDGET - 1, rel=1e-6)
    assert half["extra_training"] == pytest.approx(0.26, abs=0.01)


def test_the_optimum_itself_has_no_penalty_and_every_interval_holds_its_estimate():
    plan = over_training.build(fit_of(CHINCHILLA, VALUES), study_of(flops=[BUDGET]), RUNS)
    assert plan["loss_penalty"].min() == pytest.approx(0, abs=1e-9)
    for name in ("loss", "loss_penalty", "extra_training"):
        known = plan.filter(pl.col(f"{name}_low").is_not_null())
        assert (known[f"{name}_low"] <= known[name] + 1e-12).all()
        assert (known[name] <= known[f"{name}_high"] + 1e-12).all()


def test_a_hopeless_size_says_so():
    plan = over_training.build(fit_of(CHINCHILLA, VALUES), study_of(flops=[BUDGET]), RUNS)
    smallest = plan.sort("params").row(0, named=True)
    assert smallest["extra_training"] is None
    assert "No amount of data" in smallest["message"]
