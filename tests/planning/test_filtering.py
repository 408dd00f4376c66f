"""Best pool sets against the authors' released constants (table 1e) and against brute force."""

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, pool_runs, study_of

from pipeline.errors import PlanError
from pipeline.laws.catalogue.pools.effective_data import effective_data
from pipeline.laws.catalogue.pools.repeated_utility import POOLS, released, repeated_utility, repeated_utility_released
from pipeline.planning.pools.pool_sets import PoolSets, all_sets, nested_sets
from pipeline.planning.questions.pools.filtering import build
from pipeline.planning.questions.pools.filtering_switches import build as switches

POOL = 12.8e6
BUDGETS = [32e6, 64e6, 128e6, 640e6]
LAWS = {law.name: law for law in (repeated_utility_released, repeated_utility, effective_data)}
TABLE_1E = {
    "repeated_utility_released": (
        [0.817529, 0.841639, 0.865779, 0.883226],
        [0.753790, 0.766986, 0.796020, 0.820111],
        [0.712710, 0.704000, 0.732340, 0.758719],
        [0.688242, 0.614476, 0.624352, 0.648641],
    ),
    "effective_data": (
        [0.817513, 0.828648, 0.840208, 0.860921],
        [0.754205, 0.755763, 0.767714, 0.791656],
        [0.713665, 0.694684, 0.704528, 0.730595],
        [0.692306, 0.609769, 0.599098, 0.620812],
    ),
    "repeated_utility": (
        [0.829640, 0.844629, 0.865779, 0.883226],
        [0.772753, 0.778580, 0.802157, 0.822611],
        [0.736090, 0.722854, 0.745987, 0.768518],
        [0.714252, 0.643649, 0.650731, 0.671527],
    ),
}


def four(law="repeated_utility", values=None, **kwargs):
    values = values or (LAWS[law].published or (released,))[0].values
    return fit_of(LAWS[law], values, POOLS[:4], **kwargs), pool_runs(dict.fromkeys(POOLS[:4], POOL))


@pytest.mark.parametrize("law", TABLE_1E)
def test_table_of_errors_at_released_parameters(law):
    fit, runs = four(law)
    nested = build(fit, study_of("error", data_seen=BUDGETS), runs).filter("nested")
    for budget, expected in zip(BUDGETS, TABLE_1E[law], strict=True):
        found = nested.filter(pl.col("data_seen") == budget).sort(pl.col("pools").list.len())["value"]
        np.testing.assert_allclose(found, expected, atol=6e-7)


@pytest.mark.parametrize(
    ("law", "errors"),
    [("repeated_utility_released", (0.6881, 0.5999, 0.5910, 0.6064)), ("effective_data", (0.6923, 0.5989, 0.5684, 0.5772))],
)
def test_errors_at_two_billion_samples(law, errors):
    fit, runs = four(law)
    nested = build(fit, study_of("error", data_seen=[2e9]), runs).filter("nested").sort(pl.col("pools").list.len())
    np.testing.assert_allclose(nested["value"], errors, atol=6e-5)


@pytest.mark.parametrize("law", TABLE_1E)
def test_best_sets_are_those_of_the_table(law):
    fit, runs = four(law)
    best = build(fit, study_of("error", data_seen=BUDGETS), runs).filter(pl.col("nested_rank") == 1).sort("data_seen")
    assert best["pools"].list.len().to_list() == ([1, 1, 2, 3] if law == "effective_data" else [1, 1, 2, 2])


@pytest.mark.parametrize(
    ("law", "places"),
    [
        ("repeated_utility_released", (100.6e6, 1097e6)),
        ("repeated_utility", (81.9e6, 992e6)),
        ("effective_data", (67.8e6, 344.8e6)),
    ],
)
def test_switches_are_where_the_released_program_has_them(law, places):
    fit, runs = four(law)
    found = switches(fit, study_of("error", data_seen=BUDGETS), runs).filter(pl.col("candidates") == "nested")
    np.testing.assert_allclose(found["data_seen"], places, rtol=2e-3)
    assert found["to_pools"].list.len().to_list() == [2, 3]


def test_constants_of_the_ablation_move_the_switches_of_the_paper_form_forward():
    fit, runs = four(values=effective_data.published[0].values)
    found = switches(fit, study_of("error", data_seen=BUDGETS), runs).filter(pl.col("candidates") == "nested")
    np.testing.assert_allclose(found["data_seen"][:2], (41.8e6, 186.4e6), rtol=2e-3)


def test_switch_intervals_hold_the_estimate_and_state_their_share():
    fit, runs = four()
    for row in switches(fit, study_of("error", data_seen=BUDGETS), runs).iter_rows(named=True):
        assert row["data_seen_low"] < row["data_seen"] < row["data_seen_high"]
        assert row["share_of_draws"] > 0.9


def test_at_a_switch_both_sets_are_equally_good():
    fit, runs = four()
    at = switches(fit, study_of("error", data_seen=BUDGETS), runs)["data_seen"][0]
    values = build(fit, study_of("error", data_seen=[at]), runs).sort("rank")["value"]
    assert values[0] == pytest.approx(values[1], rel=1e-9)


def test_chances_are_over_all_sets_and_follow_the_draws():
    fit, runs = four(draws=400, spread=0.03)
    plan = build(fit, study_of("error", data_seen=[82e6]), runs)
    assert plan["probability_best"].sum() == pytest.approx(1.0)
    assert 0.2 < plan["probability_best"].max() < 0.8


def test_all_subsets_stand_beside_the_nested_ones():
    sets = all_sets(("a", "b", "c"), np.ones(3))
    assert len(sets) == 7
    assert sets.nested.sum() == 3
    assert len({tuple(row) for row in sets.inside}) == 7


def test_beyond_twelve_pools_only_nested_sets_and_single_pools_compete():
    names = tuple(map(str, range(13)))
    assert len(all_sets(names, np.ones(13))) == 13 + 12


def test_sets_draw_from_their_union_uniformly():
    members = nested_sets(("a", "b"), np.array([1.0, 3.0])).members()
    np.testing.assert_allclose(members.share, [[1, 0], [0.25, 0.75]])


def test_a_pool_without_size_is_refused():
    with pytest.raises(PlanError, match="'b' has size 0"):
        PoolSets(("a", "b"), np.array([1.0, 0.0]), np.eye(2, dtype=bool))


def test_runs_that_name_no_pools_are_refused_with_the_cure():
    fit, runs = four()
    with pytest.raises(PlanError, match="give each run a pool"):
        build(fit, study_of("error", data_seen=BUDGETS), runs.drop("members"))


@pytest.mark.parametrize("law", sorted(LAWS))
def test_two_named_sets_cross_where_their_errors_are_equal(law):
    fit, runs = four(law)
    study = study_of("error", data_seen=BUDGETS, pool_sets=[[POOLS[0]], "all"])
    (row,) = switches(fit, study, runs).filter(pl.col("candidates") == "named").to_dicts()
    assert (row["from_pools"], row["to_pools"]) == ([POOLS[0]], list(POOLS[:4]))
    assert row["data_seen_low"] < row["data_seen"] < row["data_seen_high"]
    either_side = build(fit, study_of("error", data_seen=[0.9 * row["data_seen"], 1.1 * row["data_seen"]]), runs)
    pair = either_side.filter(pl.col("nested") & pl.col("pools").list.len().is_in([1, 4])).sort("data_seen", "value")
    assert pair.group_by("data_seen", maintain_order=True).first()["pools"].list.len().to_list() == [1, 4]


def test_a_named_set_of_an_unknown_pool_is_refused_with_the_pools_that_there_are():
    fit, runs = four()
    with pytest.raises(PlanError, match=r"there is no pool 'best'.*the pools are top 0-10 %"):
        switches(fit, study_of("error", data_seen=BUDGETS, pool_sets=[["best"], "all"]), runs)
