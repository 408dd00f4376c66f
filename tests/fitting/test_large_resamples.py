"""Resampling many points: cost grows with points × draws, memory does not grow with draws."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from fitting_cases import loss_of

from pipeline.fitting.setup import searched, set_up
from pipeline.fitting.uncertainty.resampling import TILE, Resampler, resample
from pipeline.laws import laws

CHINCHILLA = laws["chinchilla"]
HERE = Path(__file__)


def task_of(points: int, runs: int = 200) -> Resampler:
    """Resamples of a sweep of 200 runs with many points each."""
    rng = np.random.default_rng(points)
    params = np.repeat(10 ** rng.uniform(7.7, 9.7, runs), points // runs)
    seen = params * 10 ** rng.uniform(0.3, 2.3, points)
    loss = loss_of(params, seen) * np.exp(0.005 * rng.standard_normal(points))
    keys = np.repeat([f"run {k}" for k in range(runs)], points // runs)
    setup = set_up(
        CHINCHILLA,
        pl.DataFrame({"run_key": keys, "params": params, "data_seen": seen, "loss": loss}),
        CHINCHILLA.objective,
        None,
        None,
    )
    best = searched(setup, 0, None, None).best.w
    return Resampler(setup.problem, best[None], setup.observed.run, np.ones(points), "bayesian", 0)


def seconds(points: int) -> float:
    """Processor seconds of one tile of draws."""
    task = task_of(points)
    begun = time.process_time()
    _, converged = resample(task, TILE)
    assert converged.all()
    return time.process_time() - begun


@pytest.mark.slow
def test_cost_grows_no_faster_than_the_points() -> None:
    assert seconds(100_000) / seconds(10_000) < 13


@pytest.mark.slow
def test_four_thousand_resamples_of_a_hundred_thousand_points_take_less_than_a_gibibyte() -> None:
    code = f"import sys; sys.path[:0] = [{str(HERE.parent)!r}]; from test_large_resamples import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parents[2])
    assert float(done.stdout) < 2**30


def main() -> None:
    """Prints the peak bytes of this process after 4000 resamples."""
    resample(task_of(100_000), 4000)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
