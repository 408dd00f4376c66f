"""Pools and model size together: N, passes and pool set for a compute budget."""

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, study_of

from pipeline.laws.catalogue.pools.pooled_effective_loss import pooled_effective_loss
from pipeline.laws.catalogue.repetition.data_constrained import C4
from pipeline.planning import PLANS

UNIQUE = 25e9
ONE = {k: C4[k] for k in ("E", "A", "B", "alpha", "beta")} | {"q": {"all": 1.0}, "R": {"all": C4["Rd"]}}
TWO = {k: C4[k] for k in ("E", "A", "B", "alpha", "beta")} | {"q": {"good": 1.0, "poor": 0.4}, "R": {"good": 8.0, "poor": 4.0}}


def runs(sizes):
    members = [[{"pool": pool, "share": 1.0, "unique": size}] for pool, size in sizes.items()]
    n = len(sizes)
    return pl.DataFrame({"params": [1e9] * n, "data_seen": [1e11] * n, "members": members, "value": [2.5] * n})


def plan(table, values, sizes, **budgets):
    fit = fit_of(pooled_effective_loss, values, tuple(sizes))
    return PLANS[table].build(fit, study_of(**budgets), runs(sizes))


def test_one_pool_is_the_data_constrained_problem_without_excess_parameters():
    row = plan("plan_filtering", ONE, {"all": UNIQUE}, flops=[1e22]).row(0, named=True)
    grid = 1e22 / (6 * np.geomspace(1e9, 1e11, 40001))
    fresh = UNIQUE + UNIQUE * C4["Rd"] * (1 - np.exp(-np.maximum(grid / UNIQUE - 1, 0) / C4["Rd"]))
    loss = C4["E"] + C4["A"] / (1e22 / 6 / grid) ** C4["alpha"] + C4["B"] / np.where(grid < UNIQUE, grid, fresh) ** C4["beta"]
    assert row["value"] == pytest.approx(loss.min(), rel=1e-9)
    assert row["data_seen"] == pytest.approx(grid[loss.argmin()], rel=1e-3)


def test_every_set_gets_its_own_model_size_at_a_compute_budget():
    rows = plan("plan_filtering", TWO, {"good": 5e9, "poor": 2e10}, flops=[1e22])
    assert rows["params"].n_unique() == rows.height == 3
    np.testing.assert_allclose(6 * rows["params"] * rows["data_seen"], 1e22)


def test_more_compute_makes_no_filter_win():
    value = plan("plan_dataset_value", TWO, {"good": 5e9, "poor": 2e10}, flops=[1e20, 1e24])
    every = value.filter(pl.col("pools").list.len() == 2).row(0, named=True)
    assert every["rank"] == 1
    best = {
        flops: plan("plan_filtering", TWO, {"good": 5e9, "poor": 2e10}, flops=[flops]).filter(rank=1)["pools"].item().to_list()
        for flops in (every["wins_from"] / 2, every["wins_from"] * 2)
    }
    assert list(best.values()) == [["good"], ["good", "poor"]]


def test_frontier_of_a_sized_law_is_over_compute():
    frontier = plan("plan_frontier", TWO, {"good": 5e9, "poor": 2e10}, flops=[1e20, 1e24])
    assert frontier["flops"].is_sorted()
    assert frontier["value"].is_sorted(descending=True)


def test_given_sizes_are_crossed_with_given_data():
    rows = plan("plan_filtering", TWO, {"good": 5e9, "poor": 2e10}, params=[1e9, 4e9], data_seen=[1e11, 4e11])
    assert rows.filter(rank=1).height == 4


@pytest.mark.parametrize("table", ["filter_cost", "pool_worth", "mixture", "repetition", "filtering_switches"])
def test_every_pool_question_has_an_answer_with_model_size(table):
    assert plan(f"plan_{table}", TWO, {"good": 5e9, "poor": 2e10}, params=[1e9], data_seen=[5e9, 1e12]).height > 0


def test_a_compute_budget_is_priced_for_the_size_of_its_best_set():
    asked = (TWO, {"good": 5e9, "poor": 2e10})
    best = plan("plan_filtering", *asked, flops=[1e20, 1e22]).filter(rank=1).select("params", "data_seen")
    priced = plan("plan_money", *asked, flops=[1e20, 1e22]).select("params", "data_seen")
    assert priced.rows() == best.rows()
