"""One curve carried on by itself: planted curves come back, intervals hold and widen, and what is too short says nothing."""

import numpy as np
import pytest

from pipeline.forecasts.extrapolation import POINTS, RIVALS, extrapolate

DATA = np.geomspace(1e6, 1e9, 60)
FORMS = {
    "limited_power": 8.0 * (1 / DATA + 1e-8) ** 0.1,
    "hill": 0.2 + 0.7 / (1 + (DATA / 2e7) ** 0.6),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_curve_of_a_rivals_form_is_carried_on_by_that_rival(name: str) -> None:
    found = extrapolate(DATA[:45], FORMS[name][:45], DATA[45:])
    assert found is not None
    assert max(found.weights, key=lambda law: found.weights[law]) == name
    assert np.abs(found.centre - np.log(FORMS[name][45:])).max() < 0.005


def noisy(seed: int, noise: float = 0.01) -> np.ndarray:
    rng = np.random.default_rng(seed)
    bend, slope = 10 ** rng.uniform(6.5, 8.5), rng.uniform(0.2, 0.6)
    return (rng.uniform(0, 0.4) + 0.6 * (1 + DATA / bend) ** -slope) * np.exp(noise * rng.standard_normal(len(DATA)))


def test_intervals_of_curves_of_another_form_hold() -> None:
    """Shifted powers with a floor, which no rival is; two dozen curves of fifteen points each."""
    inside = []
    for seed in range(24):
        values = noisy(seed)
        found = extrapolate(DATA[:45], values[:45], DATA[45:])
        assert found is not None
        low, high = found.quantile(0.05), found.quantile(0.95)
        inside.append(np.mean((low <= values[45:]) & (values[45:] <= high)))
    assert 0.80 <= np.mean(inside) <= 0.99


def test_an_interval_widens_with_what_is_asked_beyond_the_curve() -> None:
    found = extrapolate(DATA[:45], noisy(3)[:45], DATA[45:])
    assert found is not None
    width = np.log(found.quantile(0.95) / found.quantile(0.05))
    assert (np.diff(width) > 0).all()


def test_a_long_log_is_thinned_and_says_the_same() -> None:
    data = np.linspace(1e6, 3e8, 40 * POINTS)
    values = np.interp(data, DATA, FORMS["hill"])
    found = extrapolate(data, values, DATA[-5:])
    assert found is not None
    assert np.abs(found.centre - np.log(FORMS["hill"][-5:])).max() < 0.01


def test_a_curve_of_few_points_is_not_carried_on() -> None:
    assert extrapolate(DATA[:4], FORMS["hill"][:4], DATA[45:]) is None


def test_the_unit_of_the_data_does_not_matter() -> None:
    one = extrapolate(DATA[:45], noisy(1)[:45], DATA[45:])
    other = extrapolate(DATA[:45] / 4096, noisy(1)[:45], DATA[45:] / 4096)
    assert one is not None
    assert other is not None
    assert set(one.weights) == set(RIVALS)
    assert np.abs(one.centre - other.centre).max() < 1e-3
