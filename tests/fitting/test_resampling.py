"""Draws: reproducible to the bit, whatever the map and the size of a task; each at its own optimum."""

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from fitting_cases import chinchilla_points, sweep
from scipy.optimize import minimize

from pipeline.fitting import fit
from pipeline.fitting.problem import Problem
from pipeline.fitting.setup import searched, set_up
from pipeline.fitting.uncertainty import resampling
from pipeline.fitting.uncertainty.resampling import TILE, Resampler, resample, run_weights
from pipeline.laws import laws

CHINCHILLA = laws["chinchilla"]


def _resampler(frame, kind="bayesian") -> Resampler:
    setup = set_up(CHINCHILLA, frame, CHINCHILLA.objective, None, None)
    best = searched(setup, 0, None, None).best.w
    return Resampler(setup.problem, best[None], setup.observed.run, np.ones(frame.height), kind, 0)


def test_draws_are_equal_to_the_bit_for_any_task_size(monkeypatch: pytest.MonkeyPatch) -> None:
    task = _resampler(sweep(16, 0))
    drawn = []
    for seconds in (0.0, 1e9):
        monkeypatch.setattr(resampling, "TASK_SECONDS", seconds)
        drawn.append(resample(task, 4 * TILE)[0])
    assert np.array_equal(*drawn)


def test_draws_are_equal_to_the_bit_in_other_processes() -> None:
    frame = sweep(16, 0)
    here = fit(CHINCHILLA, frame, draws=200)
    with ProcessPoolExecutor(2) as pool:
        there = fit(CHINCHILLA, frame, draws=200, map=pool.map)
    assert np.array_equal(here.draws, there.draws)


def test_fewer_draws_are_the_first_of_more() -> None:
    task = _resampler(sweep(16, 1))
    assert np.array_equal(resample(task, 100)[0], resample(task, 250)[0][:100])


def test_the_seed_decides_the_draws() -> None:
    frame = sweep(16, 2)
    first, again, other = (fit(CHINCHILLA, frame, draws=64, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first.draws, again.draws)
    assert not np.array_equal(first.draws, other.draws)


def test_bayesian_weights_leave_no_run_out_and_classic_ones_are_counts() -> None:
    assert (run_weights("bayesian", 9, 0, 0) > 0).all()
    counts = run_weights("classic", 9, 0, 0)
    assert (counts.sum(axis=1) == 9).all()
    assert np.array_equal(counts, np.round(counts))


def _best_of_scipy(problem: Problem, begin: np.ndarray, weight: np.ndarray, starts: int) -> float:
    """The least objective that L-BFGS-B reaches from `starts` points around `begin`."""
    rng = np.random.default_rng(0)
    scale = 1 / problem.objective.delta

    def objective(w: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient, _, _ = problem.evaluate(w[None], weight)
        return float(value[0]) * scale, gradient[0] * scale

    begins = [begin] + [begin + rng.normal(0, 0.3, begin.shape) for _ in range(starts - 1)]
    near, options = [(b - 8.0, b + 8.0) for b in begin], {"ftol": 0, "gtol": 1e-12, "maxiter": 2000}
    ends = [minimize(objective, s, jac=True, method="L-BFGS-B", bounds=near, options=options) for s in begins]
    return min(float(e.fun) for e in ends) / scale


@pytest.mark.parametrize(("draws", "starts"), [(3, 3), pytest.param(200, 20, marks=pytest.mark.slow)])
def test_no_draw_is_above_the_best_of_scipy(shared_data: Path, draws: int, starts: int) -> None:
    task = _resampler(chinchilla_points(shared_data), "classic")
    found, weight = task.tile(0), run_weights("classic", 240, 0, 0)
    for draw in range(draws):
        assert found[2][draw] <= _best_of_scipy(task.problem, task.minima[0], weight[draw], starts) * (1 + 1e-9)
