"""Mixture weights on the simplex, within the limit of epochs."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planning_cases import fit_of, pool_runs, study_of

from pipeline.errors import PlanError
from pipeline.laws import laws
from pipeline.laws.catalogue.pools.pooled_effective_data import pooled_effective_data
from pipeline.planning import PLANS
from pipeline.planning.questions.mixtures.mixture import build, feasible, values_of_weights
from pipeline.planning.setting import Setting

POOLS = {"good": 12.8e6, "poor": 12.8e6}
VALUES = {"d": 0.1, "D1": 6.67e7, "b": 0.15, "q": {"good": 1.0, "poor": 0.5}, "R": {"good": 4.7, "poor": 2.0}}


def fit():
    return fit_of(pooled_effective_data, VALUES, tuple(POOLS))


def mixture(budget, **plan):
    return build(fit(), study_of("error", data_seen=[budget], **plan), pool_runs(POOLS)).row(0, named=True)


def test_weights_are_the_best_of_a_fine_grid():
    row = mixture(128e6)
    setting = Setting(fit(), study_of("error"), pool_runs(POOLS))
    first = np.linspace(0.001, 0.999, 999)
    grid = values_of_weights(setting, setting.estimate, np.column_stack([first, 1 - first]), np.nan, 128e6)[0]
    assert row["value"] <= grid.min() + 1e-9


def test_marginal_worth_of_both_pools_is_equal_at_the_optimum():
    row = mixture(128e6)
    good, poor = (np.exp(-(e - 1) / r) * q for e, r, q in zip(row["epochs"], (4.7, 2.0), (1.0, 0.5), strict=True))
    assert good == pytest.approx(poor, rel=1e-3)


def test_a_mixture_is_never_worse_than_the_best_set_within_the_limit():
    for budget in (12.8e6, 64e6, 256e6):
        assert mixture(budget)["gain"] >= -1e-12


def test_no_pool_exceeds_the_limit_of_passes():
    row = mixture(128e6, epochs=[6.0])
    assert max(row["epochs"]) <= 6.0 + 1e-9
    assert sum(row["weights"]) == pytest.approx(1.0)


def test_a_budget_beyond_all_pools_says_so():
    assert "All pools together" in mixture(1e9, epochs=[4.0])["message"]


@given(st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3), st.lists(st.floats(0.34, 1.0), min_size=3, max_size=3))
def test_feasible_weights_sum_to_one_under_their_caps(weights, caps):
    out = feasible(np.array(weights) if sum(weights) > 1e-6 else np.full(3, 0.3), np.array(caps))
    assert out.sum() == pytest.approx(1.0)
    assert (out >= 0).all()


def test_weights_that_do_not_sum_to_one_are_refused_with_the_cure():
    setting = Setting(fit(), study_of("error"), pool_runs(POOLS))
    with pytest.raises(PlanError, match="divide them by their sum"):
        values_of_weights(setting, setting.estimate, np.array([[0.5, 0.4]]), np.nan, 1e8)


def test_only_pools_that_are_drawn_from_are_listed():
    frame = build(fit(), study_of("error", data_seen=[6.4e6]), pool_runs(POOLS))
    assert frame["pools"].to_list() == [["good"]]
    assert frame.select(pl.col("weights").list.len()).item() == 1


BLIND = [law.name for law in laws.values() if law.pooled and "data_seen" in law.columns and "unique" not in law.member_columns]


@pytest.mark.parametrize("name", BLIND)
def test_a_law_that_takes_repeats_for_fresh_data_answers_no_question_about_repeats_or_filters(name: str) -> None:
    answered = {table for table, plan in PLANS.items() if plan.needs(laws[name])}
    assert not answered & {
        "plan_filtering",
        "plan_filtering_switches",
        "plan_repetition",
        "plan_epochs",
        "plan_policies",
        "plan_proxies",
    }
    assert "plan_mixture" in answered


def test_a_mixture_by_a_law_that_sees_no_repeats_draws_no_pool_more_than_once() -> None:
    """Though the first domain is by far the better one, and would be drawn alone."""
    values = {
        "E": 1.2,
        "A": 0.4,
        "B": 0.5,
        "alpha": 0.35,
        "beta": 0.3,
        "C": {"good": 9.0, "poor": 0.1},
        "g": {"good": 1.0, "poor": 1.0},
    }
    fit = fit_of(laws["additive_mixture"], values, tuple(POOLS))
    study = study_of(params=[1e8], data_seen=[20e6], epochs=[16])
    row = build(fit, study, pool_runs(POOLS).with_columns(params=1e8)).row(0, named=True)
    assert max(row["epochs"]) <= 1 + 1e-9
    assert row["epochs"][0] == pytest.approx(1.0)


OF_SHARES = {
    "linear_mixing": {"weight": {"good": 1.9, "poor": 2.6}},
    "exponential_mixing": {"E": 1.5, "pull": {"good": -1.0, "poor": 0.1}},
    "effective_mixing": {"E": 1.5, "beta": 0.5, "weight": {"good": 3.0, "poor": 1.0}},
}


@pytest.mark.parametrize("name", OF_SHARES)
def test_a_law_of_shares_alone_plans_the_mixture_of_the_budget_that_its_runs_had(name: str) -> None:
    law, values = laws[name], OF_SHARES[name]
    given = {p.name: values.get(p.name, next(iter(values.values()))) for p in law.parameters}
    fit = fit_of(law, given, tuple(POOLS))
    assert PLANS["plan_mixture"].needs(law)
    row = build(fit, study_of(data_seen=[1e12]), pool_runs(POOLS, seen=16e6)).row(0, named=True)
    assert row["data_seen"] == 16e6
    assert row["distance"] == pytest.approx(0.0)
    assert dict(zip(row["pools"], row["weights"], strict=True)) == pytest.approx({"good": 0.8, "poor": 0.2})  # 12.8 of 16
