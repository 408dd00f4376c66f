"""Runs on whole pools drawn uniformly: one recursion over epochs gives what the walk over all segments gives."""

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pool_cases import SIZE, single_rows, theta, value

from pipeline.laws import laws
from pipeline.laws.engine import path_walk
from pipeline.laws.engine.effective_path import EffectivePath
from pipeline.laws.engine.sql_form import macro_sql
from pipeline.laws.engine.union_path import union_path

SIZES = st.lists(st.floats(1e6, 5e7), min_size=3, max_size=3)
LEVELS = st.lists(st.floats(0.05, 20.0), min_size=3, max_size=3)
INSIDE = (np.arange(1, 8)[:, None] >> np.arange(3)) & 1 == 1


def by_union(sizes, inside, seen, parameters):
    out = np.empty((len(parameters[0]), len(seen)))
    for rows, path in union_path(sizes, inside, seen, *parameters):
        out[:, rows] = path.T
    return out


@settings(max_examples=60, deadline=None)
@given(SIZES, LEVELS, st.lists(st.floats(1e5, 1e9), min_size=2, max_size=2))
def test_every_union_of_unequal_pools_has_the_path_of_the_general_walk(sizes, levels, budgets):
    sizes, tau = np.array(sizes), np.array([levels, levels[::-1]])
    parameters = np.array([[0.022], [0.05]]), -0.1 * tau / (1 + tau), tau
    inside, seen = np.tile(INSIDE, (2, 1)), np.repeat(budgets, len(INSIDE))
    amounts = inside * sizes
    shares = amounts / amounts.sum(axis=1, keepdims=True)
    plain = EffectivePath(seen, shares, amounts, amounts).value(*parameters)
    np.testing.assert_allclose(by_union(sizes, inside, seen, parameters), plain, rtol=1e-11, atol=1e-12)


def test_a_union_has_the_same_path_whichever_rows_are_asked_with_it():
    sizes, seen = np.array([2e6, 3e6, 5e6]), np.geomspace(1e6, 1e8, 7)
    parameters = np.array([[0.022]]), np.array([[-0.2, -0.1, -0.05]]), np.array([[4.0, 2.0, 0.3]])
    together = by_union(sizes, INSIDE, seen, parameters)[0]
    alone = [by_union(sizes, INSIDE[i : i + 1], seen[i : i + 1], parameters)[0, 0] for i in range(7)]
    np.testing.assert_array_equal(together, alone)


def test_an_end_of_an_epoch_belongs_to_both_epochs():
    sizes, total = np.array([12.8e6, 6.4e6]), 19.2e6
    around = total * np.array([2 - 1e-13, 2, 2 + 1e-13])
    path = by_union(sizes, np.ones((3, 2), bool), around, (np.array([[0.022]]), np.array([[-0.2, -0.1]]), np.array([[4.0, 1.0]])))
    np.testing.assert_allclose(path, path[0, 1], rtol=1e-12)


def test_half_lives_that_nobody_knows_leave_the_first_epoch_to_its_very_end_known():
    sizes, seen = np.array([12.8e6, 6.4e6]), 19.2e6 * np.array([0.5, 1, 1.01])
    unknown = np.array([[0.022]]), np.array([[-0.2, -0.1]]), np.full((1, 2), np.nan)
    amounts = np.tile(sizes, (3, 1))
    plain = EffectivePath(seen, amounts / sizes.sum(), amounts, amounts).value(*unknown)
    for path in (by_union(sizes, np.ones((3, 2), bool), seen, unknown), plain):
        assert np.isfinite(path[0]).tolist() == [True, True, False]


WORN = theta(0.022, 0.1, ([-0.1, -0.1, -0.1, -0.1], [0.3, 1.0, 1.0, 1.0]))


def test_a_pool_whose_samples_are_worn_out_keeps_its_floor():
    errors = value(laws["effective_data"], WORN, single_rows([50 * SIZE, 2000 * SIZE], 0))
    assert errors[1] == pytest.approx(errors[0], rel=1e-12)


def test_a_worn_out_pool_has_the_same_floor_in_sql():
    with duckdb.connect() as con:
        con.execute(macro_sql(laws["effective_data"]))
        question = "SELECT effective_data(?, [1.0], [?], [?], 0.022, 0.1, [-0.1], [0.3])"
        (found,) = con.execute(question, [1000 * SIZE, SIZE, SIZE]).fetchone()
    assert found == pytest.approx(value(laws["effective_data"], WORN, single_rows([1000 * SIZE], 0))[0], rel=1e-12)


def test_a_walk_ends_where_nothing_grows_any_more():
    sizes, inside = np.array([2e6, 3e6]), np.ones((3, 2), bool)
    parameters = np.array([[0.022]]), np.array([[-0.2, -0.1]]), np.array([[4.0, 2.0]])
    seen = sizes.sum() * np.array([200.5, 2000.0, 1e12])
    path = by_union(sizes, inside, seen, parameters)[0]
    amounts = np.tile(sizes, (2, 1))
    plain = EffectivePath(seen[:2], amounts / sizes.sum(), amounts, amounts).value(*parameters)[0]
    np.testing.assert_allclose(path, [*plain, plain[1]], rtol=1e-12)


def test_a_walk_goes_on_while_one_draw_still_grows():
    sizes, inside = np.array([2e6, 3e6]), np.ones((1, 2), bool)
    parameters = np.array([[0.022]] * 2), np.array([[-0.2, -0.1]] * 2), np.array([[4.0, 2.0], [400.0, 4000.0]])
    seen, amounts = sizes.sum() * np.array([700.5]), sizes[None]
    plain = EffectivePath(seen, amounts / sizes.sum(), amounts, amounts).value(*parameters)
    np.testing.assert_allclose(by_union(sizes, inside, seen, parameters), plain, rtol=1e-9)


def test_a_long_walk_is_the_same_in_parts_of_the_batch(monkeypatch):
    amounts = np.array([[2e6, 3e6]])
    parameters = np.full((5, 1), 0.022), np.linspace(-0.3, -0.1, 10).reshape(5, 2), np.linspace(1.0, 9.0, 10).reshape(5, 2)
    whole = EffectivePath(np.array([4e7]), amounts / 5e6, amounts, amounts).value(*parameters)
    monkeypatch.setattr(path_walk, "CELLS", 40)
    parts = EffectivePath(np.array([4e7]), amounts / 5e6, amounts, amounts).value(*parameters)
    np.testing.assert_allclose(parts, whole, rtol=1e-14)
