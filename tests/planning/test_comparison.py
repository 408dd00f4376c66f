"""Two recipes: crossover, compute multiplier, and the chance that the other wins."""

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, study_of

from pipeline.errors import PlanError
from pipeline.laws.catalogue.size_and_data.chinchilla import chinchilla
from pipeline.laws.catalogue.size_and_data.power_law import power_law
from pipeline.planning.questions.sizes import comparison
from pipeline.planning.questions.sizes.comparison import first_crossing

RUNS = pl.DataFrame({"data_seen": np.geomspace(1e3, 1e5, 5), "value": np.ones(5)})
SMALL, LARGE = {"E": 0.0, "A": 3.0, "alpha": 0.10}, {"E": 0.0, "A": 4.0, "alpha": 0.125}


def compare(one=SMALL, other=LARGE, spread=0.003, runs=RUNS, budgets=(1e5,)):
    fits = fit_of(power_law, one, spread=spread, seed=1), fit_of(power_law, other, spread=spread, seed=2)
    return comparison.compare(*fits, study_of(data_seen=list(budgets)), runs, runs, "recipe=b").row(0, named=True)


def test_crossover_of_two_powers_is_the_closed_form():
    row = compare()
    assert row["crossover"] == pytest.approx(99437.33, rel=1e-6)
    assert row["crossover_low"] < row["crossover"] < row["crossover_high"]


def test_share_of_draws_with_a_crossover_falls_with_the_noise():
    assert compare(spread=0.001)["share_of_draws"] > 0.99
    assert compare(spread=0.1)["share_of_draws"] < 0.9


def test_no_crossover_is_claimed_beyond_ten_times_the_data():
    row = compare(runs=RUNS.with_columns(pl.col("data_seen") / 100))
    assert row["crossover"] is None
    assert "ten times" in row["message"]


def test_the_better_recipe_wins_most_draws_and_needs_less():
    row = compare(one=LARGE, other=LARGE | {"A": 4.4}, spread=0.001)
    assert row["probability_other_wins"] < 0.01
    assert row["compute_multiplier"] == pytest.approx((1 / 1.1) ** (1 / 0.125), rel=2e-3)


def test_equal_recipes_are_a_coin_toss():
    assert 0.35 < compare(one=SMALL, other=SMALL)["probability_other_wins"] < 0.65


def test_recipes_with_model_size_are_compared_at_their_own_optimum():
    values = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.35}
    runs = pl.DataFrame({"params": [1e8, 1e9], "data_seen": [2e9, 2e10], "value": [3.0, 2.5]})
    fits = fit_of(chinchilla, values), fit_of(chinchilla, values | {"B": 2100.0 * 2**0.35})
    row = comparison.compare(*fits, study_of(flops=[1e20]), runs, runs, "b").row(0, named=True)
    assert row["compute_multiplier"] == pytest.approx(0.5, rel=5e-3)


def test_first_crossing_needs_a_change_of_sign():
    grid = np.array([1.0, 10.0, 100.0])
    found = first_crossing(np.array([[1.0, -1.0, -2.0], [1.0, 2.0, 3.0]]), grid, (1.0, 100.0))
    assert found[0] == pytest.approx(10**0.5)
    assert np.isnan(found[1])


def test_budgets_of_two_kinds_are_not_compared():
    values = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.35}
    fits = fit_of(chinchilla, values), fit_of(power_law, SMALL)
    with pytest.raises(PlanError, match="fit one law to both cohorts"):
        comparison.compare(*fits, study_of(), RUNS.with_columns(params=1e8), RUNS, "b")


def test_a_recipe_alone_has_no_comparison():
    assert comparison.build(fit_of(power_law, SMALL), study_of(), RUNS).is_empty()
