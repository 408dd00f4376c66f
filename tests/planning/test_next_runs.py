"""The next runs: the design against exhaustive search and closed forms, and the plan it becomes."""

import time
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, pool_runs, study_of

from pipeline.errors import PlanError
from pipeline.fitting.result import Misfit
from pipeline.laws import laws
from pipeline.planning.design.design_of_runs import Ensemble, Growing
from pipeline.planning.design.exchange import best_design
from pipeline.planning.design.experiment_budget import experiment_budget
from pipeline.planning.design.run_candidates import Candidates, two_digits
from pipeline.planning.design.run_targets import Target
from pipeline.planning.design.shared_errors import SharedErrors, alike, shared_errors
from pipeline.planning.pools.pool_sets import nested_sets
from pipeline.planning.questions.costs import next_runs
from pipeline.planning.setting import Setting
from pipeline.schema import TABLES
from pipeline.wording.questions.costs.next_runs import sentence as next_run_words

CHINCHILLA = laws["chinchilla"]
VALUES = {"E": 1.817218, "A": 477.826, "B": 2143.417, "alpha": 0.3473105, "beta": 0.3671724}


def sweep(count: int = 12) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    params = 10 ** rng.uniform(7.5, 9, count)
    data = params * 10 ** rng.uniform(0.8, 1.8, count)
    return pl.DataFrame(
        {"run_key": [str(i) for i in range(count)], "params": params, "data_seen": data, "flops": 6 * params * data}
    )


def fitted(spread: float = 0.02, misfit: Misfit | None = None, noise: float = 0.003, draws: int = 1000):
    found = fit_of(CHINCHILLA, VALUES, spread=spread, misfit=misfit, draws=draws, runs=sweep())
    found.residual_sd, found.log_residuals = noise, True
    return found


def linear(seed: int = 0, candidates: int = 12) -> tuple[Ensemble, np.ndarray]:
    rng = np.random.default_rng(seed)
    theta = rng.standard_normal((4000, 3))
    return Ensemble(theta @ rng.standard_normal((3, candidates)), theta[:, :1], np.full(candidates, 0.3)), np.ones(candidates)


def test_variance_after_one_run_is_the_conjugate_gaussian_one():
    rng = np.random.default_rng(0)
    theta = rng.standard_normal((200_000, 1))
    ensemble = Ensemble(theta, theta, np.array([0.5]))
    assert ensemble.after([0])[2][0] == pytest.approx(1 / (1 + 1 / 0.25), rel=0.05)
    assert ensemble.after([0, 0])[2][0] == pytest.approx(1 / (1 + 2 / 0.25), rel=0.05)


@pytest.mark.parametrize("criterion", ["I", "D"])
def test_the_short_cuts_of_the_search_are_what_the_runs_seen_together_leave(criterion):
    ensemble, _ = linear(3)
    chosen, growing = [4, 1, 1, 7, 0], Growing(ensemble)
    for count, run in enumerate(chosen):
        assert growing.gain(criterion) == pytest.approx(ensemble.gain(chosen[:count], criterion), rel=1e-8)
        growing.add(run)
    without = ensemble.gains_without_each(chosen, criterion)
    for place in range(len(chosen)):
        assert without[place] == pytest.approx(ensemble.gain(chosen[:place] + chosen[place + 1 :], criterion), rel=1e-8)
    assert ensemble.left(chosen) == pytest.approx((ensemble.weight * ensemble.after(chosen)[2]).sum(), rel=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_the_design_is_as_good_as_trying_every_set(seed):
    ensemble, cost = linear(seed)
    chosen = best_design(ensemble, cost, 3.0, most=3)
    best = max(ensemble.score(list(some)) for some in combinations(range(12), 3))
    assert ensemble.score(chosen) >= best - 2e-3


def test_the_budget_is_never_exceeded_and_every_run_narrows():
    ensemble, _ = linear()
    cost = np.linspace(0.1, 3, 12)
    chosen = best_design(ensemble, cost, 2.0)
    assert cost[chosen].sum() <= 2.0
    widths = [ensemble.narrowing(chosen[:k]) for k in range(len(chosen) + 1)]
    assert widths[0] == 1
    assert widths == sorted(widths)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_runs_without_noise_whose_values_depend_on_each_other_are_designed_too(rank):
    rng = np.random.default_rng(rank)
    hidden = rng.normal(size=(500, rank))
    values = hidden @ rng.normal(size=(rank, 40)) * 10.0 ** rng.uniform(-6, 2, 40)
    exact = Ensemble(values, hidden[:, :1], np.zeros(40))
    chosen = best_design(exact, np.ones(40), 12.0)
    assert len(set(chosen)) >= rank
    assert exact.narrowing(chosen) > 100


def test_d_optimal_learns_more_about_everything_than_i_optimal():
    ensemble, cost = linear()
    designs = {c: best_design(ensemble, cost, 3.0, most=3, criterion=c) for c in ("D", "I")}
    assert ensemble.score(designs["D"], "D") >= ensemble.score(designs["I"], "D") - 1e-9


def test_repeating_a_run_averages_noise_but_not_the_laws_own_error():
    theta = np.random.default_rng(0).standard_normal((5000, 1))
    shared = SharedErrors(np.full((1, 1), 0.25), np.zeros((1, 1)), np.zeros(1))
    right = Ensemble(theta, theta, np.array([0.5]))
    wrong = Ensemble(theta, theta, np.array([0.5]), shared)
    assert right.after([0] * 50)[2][0] < 0.01
    assert wrong.after([0] * 50)[2][0] > 0.15


def test_errors_of_the_law_are_alike_near_by_and_unrelated_far_away():
    runs = Candidates(np.full(3, 1e9), np.array([1e10, 1.1e10, 1e13]), np.ones(3), costs_flops=True)
    correlation = alike(runs, runs)
    assert correlation[0, 1] > 0.99
    assert correlation[0, 2] < 1e-6


def test_errors_of_the_law_are_alike_as_far_as_pool_sets_have_data_in_common():
    sets = nested_sets(("a", "b", "c", "d"), np.ones(4))
    runs = Candidates(np.full(4, np.nan), np.full(4, 1e9), np.ones(4), costs_flops=True, sets=sets)
    np.testing.assert_allclose(alike(runs, runs)[2], [3**-0.5, (2 / 3) ** 0.5, 1.0, 0.75**0.5])


def test_a_run_at_the_target_takes_the_laws_error_away_and_a_far_one_does_not():
    theta = np.random.default_rng(0).standard_normal((2000, 1)) * 1e-6
    runs = Candidates(np.full(2, 1e9), np.array([1e10, 1e13]), np.ones(2), costs_flops=True)
    target = Candidates(np.array([1e9]), np.array([1e13]), np.ones(1), costs_flops=True)
    goal = Target("loss", 1e23, 1e13, theta, 2.0, 1.9, 2.1, True, 0.0, runs=target, contrast=np.array([[0.1]]))
    joint = Ensemble(np.tile(theta, 2), theta, np.full(2, 0.01), shared_errors(runs, np.full(2, 0.1), goal))
    assert joint.narrowing([0]) == pytest.approx(1.0, abs=1e-3)
    assert joint.narrowing([1]) > 5


def test_runs_are_round_numbers():
    assert two_digits(np.array([103_718_233.0, 0.0456])).tolist() == pytest.approx([1.0e8, 0.046])


def test_the_plan_narrows_both_targets_within_its_budget():
    plan = next_runs.build(fitted(), study_of(flops=[1e21], experiment_flops=1e20), sweep())
    assert set(plan["target"]) == {"loss", "params"}
    for _, rows in plan.group_by("target"):
        assert (rows["flops"] * rows["replicates"]).sum() <= 1e20 * (1 + 1e-9)
        assert rows["interval_reduction"].to_list() == sorted(rows["interval_reduction"])
        assert rows["interval_reduction"].max() > 1.5
        last = rows.sort("run_order").row(-1, named=True)
        assert last["value_low"] < last["expected_low"] < last["value"] < last["expected_high"] < last["value_high"]


def test_no_affordable_run_helps_and_the_row_says_why():
    hopeless = fitted(spread=1e-4, misfit=Misfit(0.05, 1.0), noise=0.05)
    plan = next_runs.build(hopeless, study_of(flops=[1e23], experiment_flops=1e17), sweep())
    loss = plan.filter(pl.col("target") == "loss")
    assert loss.height == 1
    assert loss["run_order"][0] is None
    assert loss["obstacle"][0] == "law_error"
    assert 1 <= loss["interval_reduction"][0] < next_runs.HELPS
    said = next_run_words(loss.row(0, named=True), "tokens")
    assert said.startswith("No set of runs within 1.0e17 FLOP narrows the interval of the expected loss by 5 %")


def test_a_budget_below_every_candidate_says_so():
    plan = next_runs.build(fitted(), study_of(flops=[1e21], experiment_flops=1.0), sweep())
    assert plan["run_order"].is_null().all()
    assert set(plan["obstacle"]) == {"too_dear"}
    assert "costs less than 1.0e0 FLOP: raise [plan] experiment_flops" in next_run_words(plan.row(0, named=True), "tokens")


def test_without_draws_there_is_no_interval_to_narrow():
    bare = fitted()
    bare.draws = None
    plan = next_runs.build(bare, study_of(flops=[1e21]), sweep())
    assert plan["obstacle"].to_list() == ["no_draws"]
    assert "no interval to narrow" in next_run_words(plan.row(0, named=True), "tokens")


def test_an_impossible_budget_names_study_and_key():
    with pytest.raises(PlanError, match="experiment_flops = -3"):
        next_runs.build(fitted(), study_of(flops=[1e21], experiment_flops=-3), sweep())


def test_pool_sets_get_runs_that_tell_the_best_from_the_runner_up():
    law = laws["repeated_utility"]
    pools = ("best", "middle", "rest")
    values = {
        "a": 2.0,
        "d": 0.1,
        "b": dict(zip(pools, (-0.20, -0.18, -0.16), strict=True)),
        "tau": dict(zip(pools, (3.0, 5.0, 8.0), strict=True)),
    }
    found = fit_of(law, values, pools, spread=0.05, draws=500)
    found.residual_sd, found.log_residuals = 0.003, True
    runs = pool_runs(dict(zip(pools, (1e7, 2e7, 4e7), strict=True))).with_columns(run_key=pl.Series(pools))
    plan = next_runs.build(found, study_of("error", data_seen=[1e9]), runs)
    assert set(plan["target"]) == {"pools"}
    assert plan["interval_reduction"].max() > 1.05
    assert plan["pools"].list.len().min() >= 1


@pytest.mark.slow
def test_a_thousand_candidates_take_less_than_five_seconds():
    started = time.perf_counter()
    next_runs.build(fitted(), study_of(flops=[1e21, 1e22]), sweep())
    assert time.perf_counter() - started < 5


def test_every_column_is_one_of_the_published_table():
    assert set(next_runs.COLUMNS) <= set(TABLES["plan_next_runs"].names)


def test_draws_that_say_nothing_are_no_information():
    draws = np.random.default_rng(0).standard_normal((100, 2))
    draws[:, 1] = np.nan
    ensemble = Ensemble(draws, draws[:, :1], np.array([0.1, 0.1]))
    assert ensemble.narrowing([1]) == pytest.approx(1)
    assert ensemble.narrowing([0]) > 5


def test_the_undeclared_budget_is_what_the_runs_took_to_their_ends_in_one_order():
    """A run of several points took what its last one did; a sum in another order would differ in its last bit."""
    ends = sweep()
    halves = ends.with_columns(pl.col("data_seen", "flops") / 2)
    setting = Setting(fitted(), study_of(flops=[1e21]), pl.concat([halves, ends]))
    assert {experiment_budget(setting) for _ in range(20)} == {(ends["flops"].sum(), "fitted_runs")}
