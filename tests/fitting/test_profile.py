"""Profile intervals: the parabola where there is one, the valley where there is not."""

import numpy as np
import pytest
from fitting_cases import sweep

from pipeline.fitting.setup import searched, set_up
from pipeline.fitting.uncertainty.information_matrix import information
from pipeline.fitting.uncertainty.profile import profiles
from pipeline.laws import laws
from pipeline.laws.law import Objective

CHINCHILLA = laws["chinchilla"]


def _profiled(noise: float, parameter: int, runs: int = 60) -> tuple[float, float, float, float]:
    """low, high, estimate and the sandwich error of ln θ."""
    setup = set_up(CHINCHILLA, sweep(runs, 0, noise=noise), Objective("log", "l2"), None, None)
    best = searched(setup, 0, None, None)
    ones = np.ones(setup.problem.rows.n)
    facts = information(setup.problem, best.best.w, setup.observed.run, ones)
    variance, naive = facts.covariance()[parameter, parameter], np.linalg.inv(best.hessian)[parameter, parameter]
    at, each = np.array([parameter]), (np.array([variance]), np.array([naive]))
    (found,) = profiles(setup.problem, best.best.w, best.best.value, at, *each, ones)
    return found.low, found.high, float(np.exp(best.best.w[parameter])), float(np.sqrt(variance))


@pytest.mark.parametrize("parameter", [0, 1, 3, 4])
def test_with_little_noise_the_profile_is_the_sandwich_interval(parameter: int) -> None:
    low, high, estimate, error = _profiled(0.0005, parameter)
    assert np.log(high / estimate) == pytest.approx(1.645 * error, rel=0.15)
    assert np.log(estimate / low) == pytest.approx(1.645 * error, rel=0.15)


def test_with_few_noisy_runs_the_floor_of_the_loss_has_no_lower_limit() -> None:
    low, high, estimate, _ = _profiled(0.05, 0, runs=8)
    assert low < 1e-3 * estimate
    assert high < 3


def test_parameters_that_are_profiled_together_have_the_profiles_that_they_have_alone() -> None:
    setup = set_up(CHINCHILLA, sweep(40, 0, noise=0.01), Objective("log", "l2"), None, None)
    best, ones = searched(setup, 0, None, None), np.ones(setup.problem.rows.n)
    variances = np.diag(information(setup.problem, best.best.w, setup.observed.run, ones).covariance())
    naives, every = np.diag(np.linalg.inv(best.hessian)), np.arange(5)

    def limits(at: np.ndarray) -> np.ndarray:
        found = profiles(setup.problem, best.best.w, best.best.value, at, variances[at], naives[at], ones)
        return np.array([(each.low, each.high) for each in found])

    alone = np.concatenate([limits(every[[k]]) for k in every])
    assert limits(every) == pytest.approx(alone, rel=1e-9)
    assert limits(every[::-1])[::-1] == pytest.approx(alone, rel=1e-9)
