"""Worked values of the reference for growth, budgets, knowledge, verifiers, comparisons, mixtures and capabilities."""

import numpy as np
import polars as pl
import pytest

from pipeline.errors import StudyError
from pipeline.planning.estimators import budgets, verifier
from pipeline.study.derived import growth, knowledge
from pipeline.study.derived.members import shares
from pipeline.study.derived.sizes import first_component

PERFECT = {"easy_share": 0.58, "r_easy": 0.87, "r_hard": 0.13, "completeness": 1.0, "soundness": 0.75}


def test_mean_size_of_a_pruned_run() -> None:
    assert growth.average_params(np.array([0, 5e9, 15e9, 20e9]), np.array([1e9, 1e9, 2e8, 2e8])) == pytest.approx(6.0e8)


def test_compute_of_growing_and_shrinking_models() -> None:
    assert growth.varying_flops(np.array([0, 50e9, 500e9]), np.array([1e9, 0.5e9, 0.5e9])) == pytest.approx(1.575e21)


def test_cost_of_a_datastore() -> None:
    assert budgets.datastore_flops(0, 0, 177e6, 1.4e12) == pytest.approx(4.956e20)


def test_bits_of_biographies() -> None:
    assert np.log2(knowledge.ATTRIBUTES) == pytest.approx(47.591624, abs=1e-6)
    assert knowledge.measured_bits(1e6, np.log(1e6), 0.0) == pytest.approx(5.49136e7, rel=2e-6)
    assert knowledge.measured_bits(1e6, np.log(1e6) + 0.2, 1.5) / 25e6 == pytest.approx(2.098439, abs=1e-6)


@pytest.mark.parametrize(
    ("wrong", "best", "reward", "first"), [(-0.7, 3, 0.52457, 0.48206), (-1, 2, 0.47238, 0.44900), (-2, 1, 0.33880, 0.33880)]
)
def test_best_attempts_and_exact_rewards(wrong: float, best: int, reward: float, first: float) -> None:
    """The exact reward, not the released notebook's, which counts the posterior twice (.55413, .48843, .33880)."""
    found = verifier.best_attempts(PERFECT, 1.0, wrong)
    assert found.best == best
    assert (found.reward, found.rewards[0]) == pytest.approx((reward, first), abs=6e-6)


def test_no_attempt_pays_where_wrong_answers_cost_too_much() -> None:
    assert verifier.best_attempts(PERFECT, 1.0, -10.0).best == 0


def test_ceilings_of_resampling() -> None:
    assert verifier.ceiling(PERFECT) == pytest.approx((0.716236, 0.283764), abs=1e-6)


@pytest.mark.parametrize(
    ("attempts", "right", "wrong"),
    [(1, 0.559200, 0.110200), (2, 0.644025, 0.171644), (5, 0.697647, 0.252671), (10, 0.714038, 0.280087)],
)
def test_accuracy_and_flukes_of_attempts(attempts: int, right: float, wrong: float) -> None:
    reward = verifier.best_attempts(PERFECT, 1.0, 0.0, most=attempts).rewards[-1]
    fluke = verifier.best_attempts(PERFECT, 0.0, 1.0, most=attempts).rewards[-1]
    assert (reward, fluke) == pytest.approx((right, wrong), abs=1e-6)


def test_proportions_become_members_that_sum_to_one() -> None:
    found = shares(pl.DataFrame({"a": [0.5, 0.0], "b": [0.501, 1.0]}), ["a", "b"], "mixture")
    assert [sum(m["share"] for m in row) for row in found] == pytest.approx([1, 1])
    assert [len(row) for row in found] == [2, 1]


def test_a_run_without_any_share_has_no_members() -> None:
    assert shares(pl.DataFrame({"a": [0.5, 0.0], "b": [0.5, 0.0]}), ["a", "b"], "mixture").to_list()[1] is None


def test_a_share_below_zero_is_refused_by_name() -> None:
    with pytest.raises(StudyError, match="mixture: a run has a share 'a' below 0"):
        shares(pl.DataFrame({"a": [-0.5], "b": [0.5]}), ["a", "b"], "mixture")


def test_capability_is_the_common_factor_and_rises_with_scores() -> None:
    rng = np.random.default_rng(3)
    factor = rng.normal(size=50)
    scores = factor[:, None] * np.array([0.1, 0.2, 0.05]) + 0.01 * rng.normal(size=(50, 3))
    used = pl.Series([True] * 40 + [False] * 10)
    found = first_component([pl.Series(str(k), scores[:, k]) for k in range(3)], used, "capability").to_numpy()
    assert np.corrcoef(found, factor)[0, 1] > 0.99
    assert found[:40].std() == pytest.approx(1)
