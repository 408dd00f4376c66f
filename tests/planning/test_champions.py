"""The best of 4095 pool sets in every draw: the fast ways against brute force."""

import time

import numpy as np
import pytest
from planning_cases import fit_of, pool_runs, study_of

from pipeline.fitting.result import Misfit
from pipeline.laws import laws
from pipeline.planning import PLANS
from pipeline.planning.pools.candidates import values_of_sets
from pipeline.planning.pools.champions import chances_of_budgets, count_best
from pipeline.planning.pools.interpolated_sets import interpolated_values
from pipeline.planning.pools.pool_sets import PoolSets, all_sets
from pipeline.planning.setting import Setting

TWELVE = tuple(f"pool {k}" for k in range(12))
RNG = np.random.default_rng(0)
SIZES = {"equal": np.full(12, 12.8e6), "unequal": 12.8e6 * np.exp(RNG.normal(0.0, 0.5, 12))}
VALUES = {
    "pooled_effective_data": {
        "d": 0.1,
        "D1": 6.67e7,
        "b": 0.15,
        "q": dict(zip(TWELVE, np.linspace(1, 0.1, 12), strict=True)),
        "R": dict(zip(TWELVE, np.linspace(5, 2, 12), strict=True)),
    },
    "repeated_utility": {
        "a": 0.025,
        "d": 0.1,
        "b": dict(zip(TWELVE, -np.linspace(0.16, 0.05, 12), strict=True)),
        "tau": dict(zip(TWELVE, np.linspace(8, 2, 12), strict=True)),
    },
}


VALUES_OF_ALL = VALUES | {
    "effective_data": VALUES["repeated_utility"] | {"a": 0.022},
    "repeated_utility_released": VALUES["repeated_utility"],
}
EDGE = 0.01
MISFIT = Misfit(EDGE, 1.2)


def case(law, sizes, draws, **kwargs):
    fit = fit_of(laws[law], VALUES_OF_ALL[law], TWELVE, draws=draws, spread=0.1, **kwargs)
    runs = pool_runs(dict(zip(TWELVE, SIZES[sizes], strict=True)))
    setting = Setting(fit, study_of("error"), runs)
    return fit, runs, setting, all_sets(setting.pools, setting.sizes)


def conditions(sets, seen):
    return np.full(len(sets), np.nan), np.full(len(sets), seen)


@pytest.mark.parametrize("law", [*VALUES, "repeated_utility_released"])
@pytest.mark.parametrize("seen", [2e7, 4e8, 3e9])
def test_interpolated_values_of_every_set_are_within_one_in_ten_thousand(law, seen):
    _, _, setting, sets = case(law, "unequal", draws=20)
    exact = values_of_sets(setting, setting.draws, sets, *conditions(sets, seen))
    np.testing.assert_allclose(interpolated_values(setting, setting.draws, sets, np.nan, seen), exact, rtol=1e-4)


@pytest.mark.parametrize("law", VALUES)
@pytest.mark.parametrize("seen", [2e7, 4e8])
def test_chances_of_4095_sets_are_those_of_every_set_in_every_draw(law, seen):
    _, _, setting, sets = case(law, "unequal", draws=300, misfit=MISFIT)
    params, budget = conditions(sets, seen)
    values = values_of_sets(setting, setting.draws, sets, params, budget)
    brute = setting.with_law_error_of_sets(values, sets.members().share, EDGE * np.ones(len(sets))).argmin(axis=1)
    found = count_best(setting, sets, params, budget, EDGE * np.ones(len(sets)))
    assert np.abs(found - np.bincount(brute, minlength=len(sets)) / len(brute)).max() < 0.01


def plain_values(setting, sets, seen):
    """Every set in every draw by the law's general form."""
    return setting.value(setting.draws, sets.members(), data_seen=np.full(len(sets), seen), data_unique=sets.unique)


@pytest.mark.parametrize("sizes", SIZES)
def test_chances_by_one_walk_over_epochs_are_those_of_every_set_in_every_draw(sizes):
    _, _, setting, sets = case("effective_data", sizes, draws=8, misfit=MISFIT)
    budgets, same = np.array([2e7, 4e8]), np.ones((2, len(sets)))
    error = np.array([[EDGE], [2 * EDGE]]) * same
    found = chances_of_budgets(setting, sets, same * np.nan, same * budgets[:, None], error)
    for chance, seen, far in zip(found, budgets, error, strict=True):
        wrong = setting.with_law_error_of_sets(plain_values(setting, sets, seen), sets.members().share, far)
        np.testing.assert_array_equal(chance, np.bincount(wrong.argmin(axis=1), minlength=len(sets)) / 8)


def test_one_walk_over_epochs_gives_the_values_of_every_set():
    _, _, setting, sets = case("effective_data", "unequal", draws=3)
    values = values_of_sets(setting, setting.draws, sets, *conditions(sets, 4e8))
    np.testing.assert_allclose(values, plain_values(setting, sets, 4e8), rtol=1e-12)


@pytest.mark.parametrize("law", ["repeated_utility", "effective_data", "pooled_effective_data"])
def test_draws_that_know_nothing_of_one_pool_give_no_set_a_chance(law):
    _, _, setting, sets = case(law, "unequal", draws=6)
    setting.draws[::2, -1] = np.nan
    params, seen = (x[None] for x in conditions(sets, 4e8))
    (found,) = chances_of_budgets(setting, sets, params, seen, np.zeros((1, len(sets))))
    assert np.isnan(found).all()


@pytest.mark.parametrize("law", ["repeated_utility", "effective_data"])
def test_a_set_without_a_value_is_no_candidate_and_the_others_keep_their_chances(law):
    _, _, setting, sets = case(law, "unequal", draws=6)
    setting.draws[:, -1] = np.nan
    params, seen = (x[None] for x in conditions(sets, 4e8))
    values = plain_values(setting, sets, 4e8)
    candidates = np.isfinite(values).all(axis=0)[None]
    (found,) = chances_of_budgets(setting, sets, params, seen, np.zeros((1, len(sets))), candidates)
    best = np.where(candidates, values, np.inf).argmin(axis=1)
    np.testing.assert_array_equal(found, np.bincount(best, minlength=len(sets)) / 6)


def two_pools(**kwargs):
    """Two pools of equal size, of which the first is better by a hair in every draw."""
    values = {"a": 0.025, "d": 0.1, "b": {"a": -0.1, "b": -0.0999}, "tau": {"a": 5.0, "b": 5.0}}
    fit = fit_of(laws["repeated_utility"], values, ("a", "b"), draws=4000, spread=0.0, **kwargs)
    return Setting(fit, study_of("error"), pool_runs({"a": 12.8e6, "b": 12.8e6}))


@pytest.mark.parametrize(("misfit", "chance"), [(Misfit(), 1.0), (Misfit(EDGE), 0.5)])
def test_of_disjoint_sets_with_near_equal_forecasts_none_is_surely_the_best_under_a_law_that_may_be_wrong(misfit, chance):
    setting = two_pools(misfit=misfit)
    singles = PoolSets(setting.pools, setting.sizes, np.eye(2, dtype=bool))
    found = count_best(setting, singles, *conditions(singles, 1e7), misfit.sd(np.zeros(2)))
    np.testing.assert_allclose(found, [chance, 1 - chance], atol=0.05)


def test_the_laws_error_tells_no_two_sets_with_the_same_shares_apart():
    setting = two_pools(misfit=MISFIT)
    shares = np.array([[0.3, 0.7], [0.3, 0.7], [0.7, 0.3]])
    wrong_by = setting.with_law_error_of_sets(np.ones((4000, 3)), shares, EDGE * np.ones(3))
    np.testing.assert_array_equal(wrong_by[:, 0], wrong_by[:, 1])
    assert (wrong_by[:, 0] != wrong_by[:, 2]).all()


@pytest.mark.parametrize("shares", [[[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.5], [0.5, 0.5]], [[1.0, 0.0], [0.36, 0.64]]])
def test_errors_of_the_law_have_its_misfits_spread_and_correlate_by_common_data(shares):
    setting = two_pools(misfit=MISFIT)
    first, second = np.log(setting.with_law_error_of_sets(np.ones((4000, 2)), np.array(shares), EDGE * np.ones(2))).T
    np.testing.assert_allclose([first.std(), second.std()], EDGE, rtol=0.05)
    np.testing.assert_allclose(np.corrcoef(first, second)[0, 1], np.sqrt(np.prod(shares, axis=0)).sum(), atol=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("law", [*VALUES, "effective_data"])
def test_twelve_pools_at_fifty_budgets_and_a_thousand_draws_take_under_ten_seconds_of_one_core(law):
    fit, runs, _, _ = case(law, "unequal", draws=1000, misfit=MISFIT)
    study = study_of("error", data_seen=np.geomspace(1e7, 3e9, 50).tolist())
    start = time.process_time()
    plan = PLANS["plan_filtering"].build(fit, study, runs)
    assert time.process_time() - start < 10.0
    assert plan.filter(rank=1).height == 50
