"""The one-dimensional solver that every plan rests on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.planning.sizes.minimum import crossing, minimise, sections


@given(st.floats(-3.5, 3.5), st.floats(0.05, 5.0))
def test_minimum_of_a_parabola_in_ln_x_is_found_anywhere_in_range(place, width):
    at = np.array([10.0**place])
    found, _ = minimise(lambda x: 1 + width * (np.log(x) - np.log(at)) ** 2, np.ones(1))
    assert found[0, 0] == pytest.approx(at[0], rel=1e-6)


def test_global_minimum_is_taken_where_there_are_two():
    def objective(x):
        z = np.log10(x)
        return np.minimum((z + 2) ** 2, (z - 2) ** 2 - 0.01)

    assert minimise(objective, np.ones(1))[0][0, 0] == pytest.approx(100.0, rel=1e-6)


def test_minimum_at_the_edge_of_the_range_is_refused():
    assert np.isnan(minimise(lambda x: 1 / x, np.ones(1))[0][0, 0])


def test_not_a_number_everywhere_gives_no_minimum():
    assert np.isnan(minimise(lambda x: np.full_like(x, np.nan), np.ones(1))[0][0, 0])


def test_batches_are_minimised_independently():
    target = np.array([[1.0, 10.0], [2.0, 0.05]])
    found, _ = minimise(lambda x: np.log(x / target) ** 2, np.ones(2))
    np.testing.assert_allclose(found, target, rtol=1e-6)


@given(st.floats(0.01, 100.0))
def test_crossing_is_where_the_sign_changes(root):
    found = crossing(lambda x: np.log(x) - np.log(root), np.full((1, 1), 1e-3), np.full((1, 1), 1e3))
    assert found[0, 0] == pytest.approx(root, rel=1e-12)


def test_no_crossing_gives_not_a_number():
    assert np.isnan(crossing(lambda x: x + 1, np.full((1, 1), 1.0), np.full((1, 1), 2.0))[0, 0])


@given(root=st.lists(st.floats(2e-3, 9e2), min_size=1, max_size=5))
def test_sections_find_what_halving_finds(root):
    root = np.array(root)
    low, high = np.full(len(root), 1e-3), np.full(len(root), 1e3)
    halved = crossing(lambda x: np.tanh(np.log(x) - np.log(root)), low[None], high[None])[0]
    found = sections(lambda x: np.tanh(np.log(x) - np.log(root)[:, None]), low, high)
    np.testing.assert_allclose(found, halved, rtol=1e-12)


def test_sections_without_a_crossing_give_not_a_number_there_alone():
    found = sections(lambda x: x - np.array([[1.5], [5.0]]), np.array([1.0, 1.0]), np.array([2.0, 2.0]))
    np.testing.assert_allclose(found, [1.5, np.nan], rtol=1e-12)
