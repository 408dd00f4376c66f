"""The best of 4095 pool sets in every draw: the fast ways against brute force."""

import time

import numpy as np
import pytest
from planning_cases import fit_of, pool_runs, study_of

from pipeline.laws import laws
from pipeline.planning import PLANS
from pipeline.planning.candidates import values_of_sets
from pipeline.planning.champions import champions, contenders, count_best, grouped_values, usable_bound
from pipeline.planning.pool_bounds import Bound, bound_of
from pipeline.planning.pool_sets import all_sets
from pipeline.planning.pool_terms import terms
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


def case(law, sizes, draws):
    fit = fit_of(laws[law], VALUES[law], TWELVE, draws=draws, spread=0.1)
    runs = pool_runs(dict(zip(TWELVE, SIZES[sizes], strict=True)))
    setting = Setting(fit, study_of("error"), runs)
    return fit, runs, setting, all_sets(setting.pools, setting.sizes)


def conditions(sets, seen):
    return np.full(len(sets), np.nan), np.full(len(sets), seen)


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("law", VALUES)
@pytest.mark.parametrize("seen", [2e7, 4e8])
def test_champions_are_those_of_brute_force(law, sizes, seen):
    _, _, setting, sets = case(law, sizes, draws=60)
    params, budget = conditions(sets, seen)
    brute = values_of_sets(setting, setting.draws, sets, params, budget).argmin(axis=1)
    np.testing.assert_array_equal(champions(setting, setting.draws, sets, params, budget)[0], brute)


@pytest.mark.parametrize("law", VALUES)
def test_shared_terms_give_the_values_of_every_set(law):
    _, _, setting, sets = case(law, "equal", draws=3)
    params, budget = conditions(sets, 3e8)
    brute = values_of_sets(setting, setting.draws, sets, params, budget)
    np.testing.assert_allclose(grouped_values(setting, setting.draws, sets, np.nan, 3e8), brute, rtol=1e-12)


@pytest.mark.parametrize("law", VALUES)
def test_bounds_leave_a_small_part_of_the_sets(law):
    _, _, setting, sets = case(law, "unequal", draws=200)
    assert len(sets) == 4095
    assert len(contenders(setting, setting.draws, sets, np.nan, 1e9, bound_of(setting.law))) < 400


@pytest.mark.parametrize("law", VALUES)
@pytest.mark.parametrize("seen", [2e7, 4e8])
def test_chances_by_bounds_are_those_of_every_set_in_every_draw(law, seen):
    _, _, setting, sets = case(law, "unequal", draws=300)
    params, budget = conditions(sets, seen)
    brute = values_of_sets(setting, setting.draws, sets, params, budget).argmin(axis=1)
    np.testing.assert_array_equal(count_best(setting, sets, params, budget), np.bincount(brute, minlength=len(sets)) / len(brute))


def brute_with_an_unknown_pool(setting, sets):
    setting.draws[::2, -1] = np.nan
    values = values_of_sets(setting, setting.draws, sets, *conditions(sets, 4e8))
    return np.where(np.isfinite(values), values, np.inf)


@pytest.mark.parametrize("law", VALUES)
def test_a_draw_that_knows_nothing_of_one_pool_still_judges_the_sets_without_it(law):
    _, _, setting, sets = case(law, "unequal", draws=20)
    brute = brute_with_an_unknown_pool(setting, sets)
    found, finite = champions(setting, setting.draws, sets, *conditions(sets, 4e8))
    np.testing.assert_array_equal(found, brute.argmin(axis=1))
    assert finite.all()


def test_shared_terms_lose_only_the_sets_with_an_unknown_pool():
    _, _, setting, sets = case("repeated_utility", "equal", draws=20)
    brute = brute_with_an_unknown_pool(setting, sets)
    grouped = grouped_values(setting, setting.draws, sets, np.nan, 4e8)
    np.testing.assert_allclose(np.where(np.isfinite(grouped), grouped, np.inf), brute, rtol=1e-12)


PROVED = {
    "pooled_effective_data": Bound(more_is_better=True, per_sample=False),
    "annealed_effective_data": Bound(more_is_better=True, per_sample=False),
    "pooled_effective_loss": Bound(more_is_better=True, per_sample=False),
    "pooled_effective_loss_by_size": Bound(more_is_better=True, per_sample=False),
    "repeated_utility": Bound(more_is_better=False, per_sample=True),
    "repeated_utility_released": None,
    "effective_data": None,
}


@pytest.mark.parametrize("law", PROVED)
def test_only_laws_that_sympy_proves_monotone_are_bounded(law):
    assert bound_of(laws[law]) == PROVED[law]


def test_parameters_outside_the_bounds_of_the_proof_have_no_bound():
    _, _, setting, _ = case("repeated_utility", "unequal", draws=20)
    assert usable_bound(setting, setting.draws) is not None
    assert usable_bound(setting, -setting.draws) is None


@pytest.mark.parametrize("law", VALUES)
def test_what_sympy_proves_of_a_term_holds_at_every_total(law):
    _, _, setting, sets = case(law, "unequal", draws=20)
    totals = np.geomspace(sets.unique.min(), 8 * sets.unique.max(), 3001)
    (table,) = terms(setting, setting.draws, totals, sets.sizes, data_seen=6e8)
    scaled = table * (totals[:, None] if bound_of(setting.law).per_sample else 1.0)
    assert (np.diff(scaled, axis=1) <= 1e-12 * np.abs(scaled).max()).all()


@pytest.mark.parametrize("law", VALUES)
def test_twelve_pools_at_fifty_budgets_and_a_thousand_draws_take_under_ten_seconds_of_one_core(law):
    fit, runs, _, _ = case(law, "unequal", draws=1000)
    study = study_of("error", data_seen=np.geomspace(1e7, 3e9, 50).tolist())
    start = time.process_time()
    plan = PLANS["plan_filtering"].build(fit, study, runs)
    assert time.process_time() - start < 10.0
    assert plan.filter(rank=1).height == 50
