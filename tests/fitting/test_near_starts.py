"""Draws that start one step away from the optimum end where draws end that start at it."""

import numpy as np
import polars as pl
from fitting_cases import sweep

from pipeline.fitting.numerics.near_starts import near_starts
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.setup import searched, set_up
from pipeline.fitting.uncertainty.resampling import LARGEST, SMALLEST, TILE, run_weights, tile_for
from pipeline.laws import laws

LAW = laws["chinchilla"]


def _case(runs: int = 40, draws: int = 128):
    setup = set_up(LAW, sweep(runs, 0), LAW.objective, None, None)
    found = searched(setup, 0, None, None)
    weight = run_weights("bayesian", runs, 0, 0, draws)[:, setup.observed.run]
    return setup.problem, found.best.w, weight


def test_a_near_start_lies_below_the_optimum_of_all_runs_in_most_draws() -> None:
    problem, w, weight = _case()
    begin, _ = near_starts(problem, w, np.ones(problem.rows.n), weight, None)
    there, here = problem.evaluate(begin, weight)[0], problem.evaluate(np.tile(w, (len(weight), 1)), weight)[0]
    assert np.mean(there < here) > 0.75


def test_the_ends_of_draws_do_not_depend_on_the_start() -> None:
    problem, w, weight = _case()
    begin, metric = near_starts(problem, w, np.ones(problem.rows.n), weight, None)
    near = minimise(problem, begin, weight, iterations=50, patient=False, metric=metric)
    slow = minimise(problem, np.tile(w, (len(weight), 1)), weight, iterations=150)
    assert near.converged.all()
    assert np.max(near.value / slow.value - 1) < 1e-9


def test_draws_with_targets_of_their_own_start_below_too() -> None:
    problem, w, weight = _case()
    target = problem.target + np.random.default_rng(0).normal(0, 0.005, (len(weight), problem.rows.n))
    begin, _ = near_starts(problem, w, np.ones(problem.rows.n), weight, target)
    there = problem.evaluate(begin, weight, target)[0]
    assert np.mean(there < problem.evaluate(np.tile(w, (len(weight), 1)), weight, target)[0]) > 0.75


def test_a_tile_holds_the_draws_that_are_wanted_and_no_more_than_the_largest() -> None:
    assert [tile_for(n, 1200) for n in (0, 1, 65, 1000, 4000, 9000)] == [SMALLEST, SMALLEST, 128, 1024, LARGEST, LARGEST]


def test_a_tile_is_smaller_where_there_is_much_to_sum_and_never_below_the_usual_for_that() -> None:
    assert [tile_for(4000, slopes) for slopes in (2000, 4000, 10**6)] == [2048, TILE, TILE]


def test_draws_of_an_optimum_on_a_bound_start_off_it_and_may_leave_it() -> None:
    law, seen = laws["repeated_utility"], [12.8e6 * k for k in (1, 2, 4, 7, 10)]
    frame = pl.DataFrame({"data_seen": seen, "pool": "pool", "data_unique": 12.8e6, "value": [0.9, 0.88, 0.87, 0.865, 0.864]})
    problem = set_up(law, frame, law.objective, None, None).problem
    w = problem.coordinates.working(np.array([[0.025, 0.1, -0.05, 1.0]]))[0]
    w[3] = 0.0  # on the lower bound of the half-life, where the slope along it is zero
    begin, _ = near_starts(problem, w, np.ones(5), np.ones((1, 5)), None)
    assert problem.coordinates.at_bound(w)[3]
    assert not problem.coordinates.at_bound(begin[0])[3]
