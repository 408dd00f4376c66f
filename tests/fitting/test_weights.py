"""Weights on the simplex from what rivals missed of the same held-out runs, and the combination that has them."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from fitting_cases import sweep

from pipeline.fitting import Fit, common_design, fit, stack
from pipeline.fitting.evidence.combination import CombinedFit, combined
from pipeline.fitting.evidence.weights import judge, least, stacked
from pipeline.laws import laws

RIVALS = ("chinchilla", "gadre", "power_law")


@pytest.fixture(scope="module")
def fits() -> list[Fit]:
    frame, rivals = sweep(40, 3), [laws[name] for name in RIVALS]
    blocks = common_design(rivals, frame)
    return [fit(law, frame, draws=200, design=blocks) for law in rivals]


@pytest.fixture(scope="module")
def both(fits: list[Fit]) -> CombinedFit:
    return combined(fits, np.array([0.5, 0.3, 0.2]))


def test_errors_that_cancel_share_the_weight_and_the_pull_is_towards_equal() -> None:
    right = np.random.default_rng(0).standard_normal(500)
    errors = np.stack([right, -right], axis=1)
    np.testing.assert_allclose(stacked(errors, np.ones(500)), 0.5, atol=1e-12)
    lopsided = np.stack([right, 100 * right], axis=1)
    assert stacked(lopsided, np.ones(500), pull=0.0)[0] == pytest.approx(1.0)
    assert stacked(lopsided, np.ones(500), pull=1e9)[0] == pytest.approx(0.5, abs=1e-3)


def test_weights_are_the_best_of_the_simplex() -> None:
    rng = np.random.default_rng(1)
    errors = rng.standard_normal((200, 4)) * [1.0, 1.2, 0.8, 3.0] + 0.3
    found = stacked(errors, np.ones(200), pull=0.0)
    others = rng.dirichlet(np.ones(4), 4000)
    assert found.sum() == pytest.approx(1.0)
    assert (found >= 0).all()
    assert ((errors @ found) ** 2).mean() <= ((others @ errors.T) ** 2).mean(axis=1).min() + 1e-12


def test_a_tie_goes_to_the_law_with_fewer_parameters() -> None:
    assert least(np.array([1.0, 1.0 + 1e-9, 0.9999999]), np.array([6, 5, 7])) == 1


def test_laws_that_are_one_function_are_weighed_once(fits: list[Fit]) -> None:
    larger = replace(fits[0], index=[*fits[0].index, ("spare", None)])
    found = judge([fits[0], larger, fits[2]])
    assert found.weights[1] == 0.0
    assert found.weights[0] > 0.9


def test_two_held_out_runs_leave_no_law_all_the_weight(fits: list[Fit]) -> None:
    def few(one: Fit) -> Fit:
        assert one.held_out is not None
        return replace(one, held_out=one.held_out.filter(pl.col("run_key").is_in(one.held_out["run_key"].unique().sort()[:2])))

    found = judge([few(fits[0]), few(fits[2])])
    assert found.runs == 2
    assert found.weights.max() <= 2 / 3 + 1e-12


def test_a_law_that_was_not_scored_on_the_same_runs_gets_no_weight(fits: list[Fit]) -> None:
    assert fits[0].held_out is not None
    lucky = replace(fits[2], held_out=fits[2].held_out.head(3).with_columns(error=pl.lit(0.0)))  # type: ignore[union-attr]  # scored
    assert judge([fits[0], lucky]).weights.tolist() == [1.0, 0.0]


def test_a_law_that_scores_worst_does_not_decide_between_the_others(fits: list[Fit]) -> None:
    alone, beside = judge(fits[:2]).weights, judge(fits).weights
    assert alone[0] / alone.sum() == pytest.approx(beside[0] / beside[:2].sum(), abs=0.05)


def test_the_combination_is_the_weighted_mean_at_the_estimate(fits: list[Fit], both: CombinedFit) -> None:
    ahead = pl.DataFrame({"params": [5e9, 1e10], "data_seen": [5e11, 1e11]})
    expected = sum(w * one.value(ahead) for w, one in zip((0.5, 0.3, 0.2), fits, strict=True))
    np.testing.assert_allclose(both.value(ahead), expected)


def test_each_draw_is_a_draw_of_one_law_in_the_share_of_its_weight(fits: list[Fit], both: CombinedFit) -> None:
    ahead = pl.DataFrame({"params": [5e9], "data_seen": [5e11]})
    drawn = both.predict_draws(ahead, misfit=False)[:, 0]
    for weight, one in zip((0.5, 0.3, 0.2), fits, strict=True):
        own = one.predict_draws(ahead, misfit=False)[:, 0]
        assert np.isin(drawn, own).sum() == round(weight * 200)
    first = np.isin(drawn[:100], fits[0].predict_draws(ahead, misfit=False)[:, 0]).mean()
    assert 0.3 < first < 0.7  # any part of the draws is mixed too


def test_a_question_is_answered_by_the_members_that_can(both: CombinedFit) -> None:
    sized = both.of(lambda law: "params" in law.columns)
    assert sized is not None
    assert [one.law.name for one in sized.members] == ["chinchilla", "gadre"]
    np.testing.assert_allclose(sized.weights, [0.625, 0.375])
    assert both.of(lambda law: law.pooled) is None


def test_runs_that_some_members_cannot_read_are_forecast_by_the_others(fits: list[Fit], both: CombinedFit) -> None:
    np.testing.assert_allclose(
        both.value(pl.DataFrame({"data_seen": [5e11]})), fits[2].value(pl.DataFrame({"data_seen": [5e11]}))
    )


def test_columns_that_differ_by_draw_reach_the_member_that_the_draw_belongs_to(both: CombinedFit) -> None:
    count = len(both.draws)
    params, seen = np.geomspace(1e8, 1e10, count)[:, None], np.full((count, 1), 1e11)
    from pipeline.laws.engine.rows import Rows

    together = both.code.value(both.draws, Rows({"params": params, "data_seen": seen}, n=1))[:, 0]
    one_by_one = [
        both.code.value(both.draws[k : k + 1], Rows({"params": params[k], "data_seen": seen[k]}, n=1))[0, 0]
        for k in range(0, count, 20)
    ]
    np.testing.assert_allclose(together[::20], one_by_one)


def test_the_law_error_of_a_combination_is_that_of_what_it_missed_itself(fits: list[Fit]) -> None:
    found = stack(fits)
    assert found.held_out is not None
    assert found.extrapolation_error < max(one.extrapolation_error for one in fits)
    assert found.misfit.s0 > 0
