"""The price of the wrong filter, the frontier, the worth of a new pool and of each pool set, at released constants."""

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, pool_runs, study_of

from pipeline.laws.catalogue.pools.pooled_effective_data import pooled_effective_data
from pipeline.laws.catalogue.pools.repeated_utility import POOLS, released, repeated_utility
from pipeline.planning import PLANS
from pipeline.schema import TABLES

POOL = 12.8e6
FOUR = POOLS[:4]
GOOD = {"d": 0.1, "D1": 1e7 / 0.15, "b": 0.15, "q": {"good": 1.0, "poor": 0.5}, "R": {"good": 4.7, "poor": 2.0}}


def plan(table, budgets=(32e6, 640e6), law=repeated_utility, values=released.values, pools=FOUR):
    fit = fit_of(law, values, pools)
    return PLANS[table].build(fit, study_of("error", data_seen=list(budgets)), pool_runs(dict.fromkeys(pools, POOL)))


def test_top_ten_percent_at_640_million_never_reaches_what_twenty_percent_reaches():
    row = plan("plan_filter_cost").filter(pl.col("data_seen") == 640e6, pl.col("pools").list.len() == 1).row(0, named=True)
    assert row["excess"] == pytest.approx(0.714252 - 0.643649, abs=2e-6)
    assert row["times_budget"] is None
    assert "does not reach" in row["message"]


def test_best_set_costs_nothing():
    best = plan("plan_filter_cost").filter(pl.col("pools") == pl.col("best_pools"))
    assert best.height == 2
    assert best["excess"].to_list() == [0.0, 0.0]
    assert best["times_budget"].to_list() == [1.0, 1.0]


def test_times_budget_brings_the_set_to_the_best_value():
    row = plan("plan_filter_cost").filter(pl.col("data_seen") == 32e6, pl.col("pools").list.len() == 4).row(0, named=True)
    fit, runs = fit_of(repeated_utility, released.values, FOUR), pool_runs(dict.fromkeys(FOUR, POOL))
    reached = PLANS["plan_filtering"].build(fit, study_of("error", data_seen=[row["times_budget"] * 32e6]), runs)
    value = reached.filter(pl.col("pools").list.len() == 4)["value"].item()
    assert value == pytest.approx(row["value"] - row["excess"], abs=2e-4)


def test_frontier_falls_with_the_budget_and_holds_the_best_set():
    frontier = plan("plan_frontier")
    assert frontier["value"].is_sorted(descending=True)
    best = plan("plan_filtering", frontier["data_seen"].to_list()).filter(pl.col("rank") == 1).sort("data_seen")
    np.testing.assert_allclose(best["value"], frontier["value"])
    assert best["pools"].to_list() == frontier["pools"].to_list()


def test_a_new_pool_of_the_stated_size_lowers_the_metric_by_one_percent():
    row = plan("plan_pool_worth", [640e6], pooled_effective_data, GOOD, ("good", "poor")).row(0, named=True)
    assert row["pools"] == ["good", "poor"]
    theta = GOOD | {"q": GOOD["q"] | {"new": 1.0}, "R": GOOD["R"] | {"new": 4.7}}
    pools = ("good", "new", "poor")
    runs = pool_runs({"good": POOL, "new": row["data_unique"], "poor": POOL})
    three = PLANS["plan_filtering"].build(fit_of(pooled_effective_data, theta, pools), study_of("error", data_seen=[640e6]), runs)
    value = {tuple(r["pools"]): r["value"] for r in three.iter_rows(named=True)}
    assert value["good", "new", "poor"] == pytest.approx(0.99 * value["good", "poor"], rel=1e-4)


def test_a_new_pool_of_poor_quality_is_worth_nothing_at_a_small_budget():
    rows = plan("plan_pool_worth", [32e6]).filter(pl.col("like_pool") == FOUR[3])
    assert rows["data_unique"].item() is None
    assert "No amount" in rows["message"].item()


def test_without_a_limit_of_compute_thirty_percent_is_the_most_worth():
    value = plan("plan_dataset_value").sort("rank")
    assert value["pools"].list.len().to_list() == [3, 4, 2, 1]
    assert value["value"][3] == pytest.approx(0.714153, abs=1e-5)


def test_sets_win_from_the_switches_on():
    value = plan("plan_dataset_value").sort(pl.col("pools").list.len())
    np.testing.assert_allclose(value["wins_from"][1:3], [81.9e6, 992e6], rtol=3e-3)
    assert value["wins_from"][3] is None


@pytest.mark.parametrize(
    "table",
    ["filter_cost", "frontier", "pool_worth", "dataset_value", "mixture", "filtering", "filtering_switches", "repetition"],
)
def test_columns_are_those_that_are_published(table):
    common = {"study", "cohort", "law", "fit_id", "selected", "grade", "stale_since", "outside", "shared"}
    assert set(plan(f"plan_{table}").columns) == set(TABLES[f"plan_{table}"].names) - common
