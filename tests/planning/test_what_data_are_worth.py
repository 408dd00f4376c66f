"""Plans of repeats that hurt, pools that change sign, counts by quality, matched proxies, and data without a limit of compute."""

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, pool_runs, study_of

from pipeline.laws import laws
from pipeline.laws.catalogue.mixtures.harmful_pool import C4
from pipeline.planning import PLANS
from pipeline.planning.pools.pool_sets import nested_sets
from pipeline.planning.questions.data_worth.epochs import best_epochs, exact_epochs
from pipeline.planning.questions.data_worth.policies import counts
from pipeline.planning.questions.data_worth.repetition import Source
from pipeline.planning.questions.pools.dataset_value import far_grid
from pipeline.planning.setting import Members, Setting
from pipeline.study.repeats import against_plan, mismatch

PENALTY = {"E": 2.123, "A": 0.372, "alpha": 0.379, "B": 1.354, "beta": 0.455, "P": 0.00331}
"""Of the reference's fit to at most 100 epochs; sizes and tokens in 1e9."""
FADES = {"E": 2.031, "A": 0.42, "alpha": 0.32, "B": 1.483, "beta": 0.438, "Rd": 26.2}
RUNS = pl.DataFrame({"params": [0.5, 2.81], "data_seen": [10.0, 20.0], "data_unique": [4.0, 4.0], "value": [3.0, 2.9]})


def setting_of(law: str, values: dict, runs: pl.DataFrame = RUNS, pools: tuple[str, ...] = (), **plan: object) -> Setting:
    return Setting(fit_of(laws[law], values, pools), study_of(**plan), runs)


def closed_form(params: float, unique: float, price: float = PENALTY["P"]) -> float:
    """k* = (B·β·U^(1−β) / (P·N))^(1/(1+β))."""
    B, beta = PENALTY["B"], PENALTY["beta"]
    return (B * beta * unique ** (1 - beta) / (price * params)) ** (1 / (1 + beta))


@pytest.mark.parametrize(("params", "unique", "printed"), [(2.81, 4, 30.0), (1, 1, 36.3), (8.67, 25, 27.5), (0.146, 0.1, 57.6)])
def test_the_best_number_of_epochs_is_the_closed_form(params: float, unique: float, printed: float) -> None:
    """And that is the reference's worked value to its digits."""
    found = exact_epochs(setting_of("overfitting_penalty", PENALTY), Source(unique, None, params))
    assert found == pytest.approx(closed_form(params, unique), rel=1e-6)
    assert found == pytest.approx(printed, abs=0.1)


def test_the_best_number_of_epochs_of_each_draw_is_the_closed_form_of_its_constants() -> None:
    setting, source = setting_of("overfitting_penalty", PENALTY), Source(4.0, None, 2.81)
    assert setting.draws is not None
    _, _, B, _, beta, P = setting.draws.T
    expected = (B * beta * 4.0 ** (1 - beta) / (P * 2.81)) ** (1 / (1 + beta))
    np.testing.assert_allclose(best_epochs(setting, source, setting.draws), expected, rtol=1e-3)


def test_a_recipe_that_takes_70_percent_off_the_price_allows_2_29_times_as_many_epochs() -> None:
    source = Source(4.0, None, 2.81)
    usual, strong = (
        exact_epochs(setting_of("overfitting_penalty", PENALTY | {"P": PENALTY["P"] * k}), source) for k in (1.0, 0.3)
    )
    assert strong / usual == pytest.approx(2.2875, rel=1e-3)


def test_where_the_first_repeat_has_an_infinite_price_the_best_number_of_epochs_is_still_found() -> None:
    """One epoch is then a local optimum, which a search that starts there would not leave."""
    setting = setting_of("overfitting_penalty_powers", PENALTY | {"P": 0.0559, "delta": 0.349, "kappa": 0.707})
    found = exact_epochs(setting, Source(4.0, None, 0.5))
    grid = np.geomspace(1, 1000, 20001)
    value = Source(4.0, None, 0.5).value(setting, setting.estimate, 4.0 * grid, np.array(4.0))[0]
    assert found > 2
    assert found == pytest.approx(grid[value.argmin()], rel=1e-3)


def test_under_a_law_whose_repeats_fade_no_epoch_hurts_and_the_plan_says_so() -> None:
    plan = PLANS["plan_epochs"]
    row = plan.build(fit_of(laws["decayed_data"], FADES), study_of(data_unique=[4.0], params=[2.81]), RUNS).row(0, named=True)
    assert row["epochs"] is None
    assert row["share_of_draws"] == 0.0
    assert "never hurts" in row["message"]


def test_runs_of_two_recipes_in_one_fit_are_told_where_a_repeat_has_a_price() -> None:
    mixed = RUNS.with_columns(recipe=pl.Series(["decay 0.1", "decay 3"]))
    study = study_of(data_unique=[4.0], params=[2.81])
    build = PLANS["plan_epochs"].build
    priced = build(fit_of(laws["overfitting_penalty"], PENALTY), study, mixed).row(0, named=True)
    faded = build(fit_of(laws["decayed_data"], FADES), study, mixed).row(0, named=True)
    assert "decay 0.1, decay 3" in priced["message"]
    assert "recipe" not in faded["message"]


WILD = {**C4, "is_first": {"human": 1.0, "machine": 0.0}}
MACHINE = {"human": 2e9, "machine": 2e9}


def signs(law: str, values: dict, sizes: dict[str, float]) -> dict:
    runs = pool_runs(sizes).with_columns(params=pl.Series([1e7, 3e8]))
    fit = fit_of(laws[law], values, tuple(sizes))
    fit.draws[:, [i for i, (name, _) in enumerate(fit.index) if name == "is_first"]] = (
        [[1.0, 0.0]] if "is_first" in values else []
    )
    return PLANS["plan_pool_signs"].build(fit, study_of(), runs).row(0, named=True)


def test_a_pool_that_helps_early_and_harms_late_has_its_threshold_in_tokens_a_parameter() -> None:
    """By the printed constants of the paper the change lies between ten and twenty tokens a parameter."""
    row = signs("harmful_pool", WILD, MACHINE)
    assert row["direction"] == "helps then harms"
    assert 5 < row["data_per_param_low"] <= row["data_per_param"] <= row["data_per_param_high"] < 20
    assert row["params"] == pytest.approx(MACHINE["human"] / row["data_per_param"])


def test_at_the_threshold_the_added_pool_changes_nothing() -> None:
    row = signs("harmful_pool", WILD, MACHINE)
    setting = Setting(fit_of(laws["harmful_pool"], WILD, tuple(MACHINE)), study_of(), pool_runs(MACHINE))
    share = np.array([[1.0, 0.0], [0.5, 0.5]])
    amounts = np.array([[2e9, 0.0], [2e9, 2e9]])
    found = setting.value(
        setting.estimate, Members(share, amounts, amounts), params=np.full(2, row["params"]), data_seen=amounts.sum(axis=1)
    )
    assert found[0, 0] == pytest.approx(found[0, 1], abs=1e-5)


def test_a_law_of_effective_data_cannot_say_that_a_pool_changes_sign() -> None:
    values = {"E": 1.8, "A": 480.0, "B": 2100.0, "alpha": 0.35, "beta": 0.37, "q": {"human": 1.0, "machine": 0.4}}
    row = signs("pooled_effective_loss", values | {"R": {"human": 12.0, "machine": 5.0}}, MACHINE)
    assert row["direction"] == "always helps"
    assert row["data_per_param"] is None


def test_counts_by_quality_spend_the_budget_within_their_limit_and_never_rise_with_rank() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        sizes, power = 10 ** rng.uniform(6, 9, size=rng.integers(1, 7)), rng.uniform(0, 16)
        budget = rng.uniform(0.01, 16) * sizes.sum()
        found = counts(sizes, budget, power, 16.0)
        assert found is not None
        assert (found * sizes).sum() == pytest.approx(budget, rel=1e-9)
        assert (found <= 16.0 * (1 + 1e-12)).all()
        assert (np.diff(found) <= 1e-12).all()


def test_counts_that_cannot_spend_the_budget_are_none() -> None:
    assert counts(np.array([1e6, 1e6]), 3.3e7, 1.0, 16.0) is None


TWO = {"good": 1e8, "poor": 4e8}
POOLED = {
    "E": 1.8,
    "A": 480.0,
    "B": 2100.0,
    "alpha": 0.35,
    "beta": 0.37,
    "q": {"good": 1.0, "poor": 0.3},
    "R": {"good": 12.0, "poor": 5.0},
}


def pooled(table: str, **plan: object) -> pl.DataFrame:
    runs = pool_runs(TWO).with_columns(params=1e8, run_key=pl.Series(["a", "b"]))
    return PLANS[table].build(fit_of(laws["pooled_effective_loss"], POOLED, tuple(TWO)), study_of(**plan), runs)


def test_policies_are_ranked_by_their_value_and_hold_uniform_repetition() -> None:
    rows = pooled("plan_policies", params=[1e8], data_seen=[8e8]).sort("rank")
    assert rows["value"].is_sorted()
    uniform = rows.filter(pl.col("power") == 0).row(0, named=True)
    np.testing.assert_allclose(uniform["draws_of_pools"], [8e8 / 5e8] * 2, rtol=1e-9)
    assert rows["probability_best"].sum() == pytest.approx(1.0)


def test_a_budget_that_no_policy_can_spend_has_one_row_that_says_so() -> None:
    row = pooled("plan_policies", params=[1e8], data_seen=[9e9]).row(0, named=True)
    assert row["value"] is None
    assert "no policy reaches it" in row["message"]


def test_a_proxy_on_subsampled_pools_repeats_them_as_the_plan_does() -> None:
    rows = pooled("plan_proxies", params=[1e8], data_seen=[1e10])
    again = rows.with_columns(found=pl.col("share") * pl.col("proxy_data_seen") / pl.col("proxy_unique"))
    np.testing.assert_allclose(again["found"], rows["epochs"], rtol=1e-12)


def test_the_worked_proxy_of_the_reference() -> None:
    """20e9 tokens, half of them from a pool of .5e9: 20 epochs; at a sixteenth 1.25 on the whole pool, 20 on 31.25e6."""
    sizes = {"good": 0.5e9, "rest": 0.5e9}
    values = POOLED | {"q": {"good": 1.0, "rest": 0.9}, "R": {"good": 12.0, "rest": 12.0}}
    runs = pool_runs(sizes).with_columns(params=1e8)
    fit = fit_of(laws["pooled_effective_loss"], values, tuple(sizes))
    rows = PLANS["plan_proxies"].build(fit, study_of(params=[1e8], data_seen=[20e9]), runs)
    row = rows.filter(pl.col("pool") == "good", (pl.col("fraction") - 1 / 16).abs() < 1e-12).row(0, named=True)
    assert row["epochs"] == pytest.approx(20)
    assert row["epochs_unmatched"] == pytest.approx(1.25)
    assert row["proxy_unique"] == pytest.approx(31.25e6)
    assert row["mismatch"] == pytest.approx(16.0)


def test_runs_that_repeat_a_pool_otherwise_than_the_plan_are_counted_with_their_factor() -> None:
    row = pooled("plan_proxies", params=[1e8], data_seen=[1e10]).filter(pl.col("pool") == "good").row(0, named=True)
    assert (row["runs_matched"], row["runs_unmatched"]) == (0, 1)
    assert row["runs_mismatch"] == pytest.approx(row["epochs"] / 1.28)
    assert "1 of the 1 runs on good" in row["message"]


def test_epochs_within_a_quarter_match_and_less_than_one_epoch_is_none_repeated() -> None:
    np.testing.assert_allclose(mismatch(8.0, np.array([8.0, 10.0, 6.4, 2.0])), [1, 1.25, 1.25, 4])
    np.testing.assert_allclose(mismatch(0.2, np.array([0.01, 1.0, 2.0])), [1, 1, 2])


KIM = {"E": 3.17, "A": 0.05, "alpha": 1.02, "B": 0.25, "gamma": 0.2}


def test_data_have_a_worth_over_size_over_ensembles_and_over_both() -> None:
    runs = pl.DataFrame({"params": [3e8, 1.4e9], "ensemble_members": [1.0, 5.0], "data_unique": [2e8, 2e8], "value": [3.6, 3.3]})
    rows = PLANS["plan_data_limits"].build(fit_of(laws["size_and_ensemble"], KIM), study_of(), runs)
    found = dict(zip(rows["axis"], rows["value"], strict=True))
    assert found["size and ensemble"] == pytest.approx(3.17, abs=1e-6)
    assert found["ensemble"] == pytest.approx(3.17 + 0.05 / 1.4**1.02, abs=1e-6)
    assert found["size"] == pytest.approx(3.17, abs=1e-6)
    assert rows["data_unique"].to_list() == [2e8] * 3


def test_limits_of_several_amounts_of_data_in_one_fit_are_told() -> None:
    runs = pl.DataFrame({"params": [3e8, 1.4e9], "data_unique": [2e8, 4e8], "value": [3.6, 3.3]})
    fit = fit_of(laws["size_at_fixed_data"], {"E": 3.43, "A": 0.05, "alpha": 1.02})
    assert "2 amounts" in PLANS["plan_data_limits"].build(fit, study_of(), runs).row(0, named=True)["message"]


def unfiltered(poor: float) -> dict:
    """The row of both pools, of which the second is worth so much."""
    runs = pool_runs(TWO).with_columns(params=1e8)
    fit = fit_of(laws["pooled_effective_loss"], POOLED | {"q": {"good": 1.0, "poor": poor}}, tuple(TWO))
    rows = PLANS["plan_dataset_value"].build(fit, study_of(flops=[1e20]), runs)
    return rows.filter(pl.col("pools").list.len() == 2).row(0, named=True)


def test_the_budget_before_which_no_filter_does_not_win_is_not_above_the_one_from_which_it_does() -> None:
    row = unfiltered(0.3)
    assert row["wins_from"] is not None
    assert row["not_before"] <= row["wins_from"]


def test_where_no_filter_wins_nowhere_near_the_plan_says_before_which_budget_it_does_not() -> None:
    row = unfiltered(1e-4)
    assert row["wins_from"] is None
    assert row["not_before"] > unfiltered(0.3)["not_before"]
    assert "Not before" in row["message"]


def test_an_explained_study_names_the_pools_that_no_run_repeats_as_its_plan_may() -> None:
    """Alone a pool of 1e8 is seen 80 times by 8e9 samples, with the other 16 times; the runs saw it 1.28 times."""
    good, poor = against_plan(pool_runs(TWO), {"data_seen": [1e8, 8e9]})
    assert (good.planned_least, good.planned_most) == (pytest.approx(16), pytest.approx(80))
    assert good.factor == pytest.approx(16 / 1.28)
    assert not good.matches
    assert against_plan(pool_runs(TWO, seen=4e9), {"data_seen": [8e9]})[0].matches
    assert poor.runs == 1


def test_a_study_that_plans_no_data_or_has_no_pools_has_no_repeats_to_explain() -> None:
    assert against_plan(pool_runs(TWO), {"flops": [1e20]}) == []
    assert against_plan(RUNS, {"data_seen": [1e9]}) == []


QUALITY = {  # A, alpha, B, beta, E as digested of QualityPajama; the values below are worked from them
    "deduped 1.0": (2471.6, 0.34, 157.3, 0.156, 0.05),
    "deduped .7": (3246.6, 0.38, 186.8, 0.160, 0.13),
    "QA100": (14377.5, 0.47, 1586.4, 0.291, 1.43),
    "QA67-CC33": (14201.3, 0.48, 4193.5, 0.337, 1.53),
}


def treated(name: str):
    return fit_of(laws["chinchilla"], dict(zip(("A", "alpha", "B", "beta", "E"), QUALITY[name], strict=True)))


def ranked(first: str, second: str, params: float, seen: float) -> dict:
    study, runs = study_of(params=[params], data_seen=[seen]), RUNS.with_columns(pl.col("params", "data_seen") * 1e9)
    compare = PLANS["plan_interventions"].compare
    assert compare is not None
    return compare(treated(first), treated(second), study, runs, runs, second).row(0, named=True)


@pytest.mark.parametrize(
    ("name", "small", "large"), [("deduped .7", 3.596, 1.703), ("QA100", 2.565, 1.710), ("QA67-CC33", 2.432, 1.718)]
)
def test_interventions_are_priced_at_the_asked_run(name: str, small: float, large: float) -> None:
    assert ranked("deduped 1.0", name, 8e9, 200e9)["other_value"] == pytest.approx(small, abs=1e-3)
    assert ranked("deduped 1.0", name, 405e9, 15.6e12)["other_value"] == pytest.approx(large, abs=1e-3)


def test_the_better_intervention_at_one_run_is_the_worse_one_at_another() -> None:
    small, large = (ranked("deduped .7", "QA67-CC33", *run) for run in ((8e9, 200e9), (405e9, 15.6e12)))
    assert small["excess"] < 0 < large["excess"]
    assert small["probability_other_wins"] > 0.9


def test_interventions_are_ranked_only_where_size_and_data_are_asked_together() -> None:
    compare = PLANS["plan_interventions"].compare
    assert compare is not None
    assert compare(treated("QA100"), treated("QA100"), study_of(params=[1e9]), RUNS, RUNS, "b").is_empty()


@pytest.mark.parametrize("seen", [1e8, 1e12])
def test_no_set_is_sought_beyond_a_thousand_epochs_of_the_largest_or_ten_times_what_was_asked(seen: float) -> None:
    """A law that walks over epochs took minutes for a pool of 1e8 tokens among budgets of 1e12."""
    law, sizes = laws["effective_data"], {"good": 1e7, "poor": 3e7}
    values = {p.name: dict.fromkeys(sizes, 0.5) if p.per else 0.5 for p in law.parameters}
    setting = Setting(fit_of(law, values, tuple(sizes)), study_of("error", data_seen=[seen]), pool_runs(sizes))
    last = far_grid(setting, nested_sets(setting.pools, setting.sizes))[-1].data_seen
    assert last == pytest.approx(max(10 * seen, min(1e4 * seen, 1000 * sum(sizes.values()))))
