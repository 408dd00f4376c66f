"""Scores of forecasts against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.forecasts.coverage_band import band
from pipeline.forecasts.scoring import crps

NUMBERS = st.floats(-100, 100)


def test_crps_of_a_point_is_the_absolute_error() -> None:
    assert crps(np.full((1, 50), 2.0), np.array([3.5])) == pytest.approx([1.5])


def test_crps_of_a_standard_normal_at_its_centre() -> None:
    quantiles = np.sqrt(2) * np.array([[_erfinv(2 * p - 1) for p in (np.arange(1999) + 0.5) / 1999]])
    assert crps(quantiles, np.zeros(1)) == pytest.approx([(np.sqrt(2) - 1) / np.sqrt(np.pi)], rel=2e-3)


@given(st.lists(NUMBERS, min_size=2, max_size=30), NUMBERS)
def test_crps_is_the_double_sum_of_its_definition(sample: list[float], observed: float) -> None:
    x = np.array(sample)
    expected = np.abs(x - observed).mean() - np.abs(x[:, None] - x[None, :]).mean() / 2
    assert crps(x[None], np.array([observed]))[0] == pytest.approx(expected, abs=1e-9)


@given(st.lists(NUMBERS, min_size=2, max_size=30), NUMBERS, NUMBERS)
def test_crps_does_not_depend_on_where_zero_is(sample: list[float], observed: float, shift: float) -> None:
    x = np.array([sample])
    assert crps(x + shift, np.array([observed + shift])) == pytest.approx(crps(x, np.array([observed])), abs=1e-8)


@pytest.mark.parametrize("count", [10, 40, 400])
def test_band_of_coverage_holds_the_nominal_share_and_narrows(count: int) -> None:
    low, high = band(count)
    assert low < 0.9 <= high
    assert high - low > band(10 * count)[1] - band(10 * count)[0]


@pytest.mark.parametrize("count", [*range(1, 130), 1000, 2503])
def test_the_band_is_the_binomial_of_scipy(count: int) -> None:
    from scipy.stats import binom

    assert band(count) == tuple(float(end) / count for end in binom.interval(0.99, count, 0.9))


def _erfinv(value: float) -> float:
    from scipy.special import erfinv

    return float(erfinv(value))
