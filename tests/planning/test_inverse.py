"""Target losses turned into runs, and ladders below a budget."""

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, study_of

from pipeline.laws.catalogue.size_and_data.chinchilla import chinchilla
from pipeline.planning.questions.sizes.compute_optimal import build as forward
from pipeline.planning.questions.sizes.inverse import build
from pipeline.planning.questions.sizes.ladder import build as ladder

BESIROGLU = {"E": 1.81686, "A": 482.006, "B": 2085.434, "alpha": 0.34781, "beta": 0.36585}
RUNS = pl.DataFrame({"params": [1e8, 1e9], "data_seen": [2e9, 2e10], "value": [3.0, 2.5]})


def inverse(**plan):
    return build(fit_of(chinchilla, BESIROGLU), study_of(**plan), RUNS)


def test_the_cheapest_run_inverts_the_compute_optimal_plan():
    there = forward(fit_of(chinchilla, BESIROGLU), study_of(flops=[1e21]), RUNS).row(0, named=True)
    back = inverse(loss=[there["loss"]]).row(0, named=True)
    assert back["fixed"] == "nothing"
    for name in ("flops", "params", "data_seen"):
        assert back[name] == pytest.approx(there[name], rel=2e-6)


def test_fixed_size_and_fixed_data_cost_more_than_the_free_choice():
    rows = {row["fixed"]: row for row in inverse(loss=[2.4], params=[3e8], data_seen=[1e10]).iter_rows(named=True)}
    assert rows["params"]["flops"] > rows["nothing"]["flops"]
    assert rows["data_seen"]["flops"] > rows["nothing"]["flops"]


def test_fixed_size_is_solved_in_closed_form():
    row = inverse(loss=[2.6], params=[1e9]).filter(fixed="params").row(0, named=True)
    left = 2.6 - BESIROGLU["E"] - BESIROGLU["A"] / 1e9 ** BESIROGLU["alpha"]
    assert row["data_seen"] == pytest.approx((BESIROGLU["B"] / left) ** (1 / BESIROGLU["beta"]), rel=1e-9)


def test_a_loss_below_the_irreducible_one_is_refused_in_words():
    row = inverse(loss=[1.5]).row(0, named=True)
    assert row["flops"] is None
    assert "No run reaches this loss" in row["message"]


def test_without_targets_the_plan_asks_for_one_three_and_five_percent_less():
    np.testing.assert_allclose(inverse().filter(fixed="nothing")["loss"], [2.475, 2.425, 2.375])


def test_intervals_hold_the_estimate():
    row = inverse(loss=[2.4]).row(0, named=True)
    assert row["flops_low"] < row["flops"] < row["flops_high"]


def test_rungs_keep_the_ratio_of_the_target_and_cost_under_two_percent():
    plan = ladder(fit_of(chinchilla, BESIROGLU), study_of(flops=[1e22]), RUNS)
    target = forward(fit_of(chinchilla, BESIROGLU), study_of(flops=[1e22]), RUNS).row(0, named=True)
    np.testing.assert_allclose(plan["data_seen"] / plan["params"], target["data_per_param"], rtol=1e-6)
    assert plan["share_of_target"].max() < 0.02
    assert plan["loss"].is_sorted(descending=True)
