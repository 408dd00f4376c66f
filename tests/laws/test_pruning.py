"""Pruning by the saddle point: published values, and the readings that follow from them."""

import pytest

from pipeline.errors import LawError
from pipeline.planning.estimators.pruning_theory import pruned_error

VALUES = [
    (1, 1, 0.265712),
    (2, 1, 0.188479),
    (4, 1, 0.113657),
    (5, 1, 0.093828),
    (10, 1, 0.049185),
    (25, 1, 0.019966),
    (2, 0.5, 0.136097),
    (1, 0.5, 0.321048),
    (0.5, 0.5, 0.405735),
    (5, 0.5, 0.049188),
    (5, 0.2, 0.019971),
    (3, 0.3, 0.051145),
]


@pytest.mark.parametrize(("alpha", "kept", "error"), VALUES)
def test_reference_values(alpha: float, kept: float, error: float) -> None:
    """To the accuracy of the reference's quadrature, which is 4e-6 at its worst."""
    assert pruned_error(alpha, kept) == pytest.approx(error, abs=5e-6)


def test_error_agrees_with_an_independent_adaptive_quadrature() -> None:
    """The two equations at alpha 25 solved with QUADPACK to 1e-13."""
    assert pruned_error(25, 1) == pytest.approx(0.01996244747923863, abs=1e-10)


def test_hard_pruning_hurts_where_data_are_scarce_and_costs_nothing_where_they_abound() -> None:
    assert pruned_error(1, 0.5) > 1.5 * pruned_error(2, 1)
    assert pruned_error(5, 0.5) == pytest.approx(pruned_error(10, 1), rel=1e-3)


def test_easy_examples_are_kept_where_data_are_scarce_and_hard_ones_where_they_abound() -> None:
    assert pruned_error(1.0, 0.5, "easy") < pruned_error(1.0, 0.5, "hard")
    assert pruned_error(12.5, 0.5, "hard") < pruned_error(12.5, 0.5, "easy")


@pytest.mark.parametrize(("alpha", "simulated", "error"), [(1, 0.1812, 0.0043), (2, 0.1184, 0.0037)])
def test_keeping_easy_examples_agrees_with_simulated_students(alpha: float, simulated: float, error: float) -> None:
    """Eight max-margin students in 150 dimensions, half of the examples kept; three standard errors."""
    assert pruned_error(alpha, 0.5, "easy") == pytest.approx(simulated, abs=3 * error)


def test_with_few_examples_hard_pruning_is_not_worth_it() -> None:
    assert pruned_error(0.5, 1.0) < min(pruned_error(0.5, kept) for kept in (0.8, 0.5, 0.2))
    assert pruned_error(10, 0.08) < min(pruned_error(10, kept) for kept in (1.0, 0.5, 0.2))


@pytest.mark.parametrize(("alpha", "kept"), [(0, 0.5), (1, 0), (1, 1.2)])
def test_impossible_amounts_are_refused(alpha: float, kept: float) -> None:
    with pytest.raises(LawError, match="fraction in"):
        pruned_error(alpha, kept)
