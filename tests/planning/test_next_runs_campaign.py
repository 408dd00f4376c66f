"""Fifty simulated sweeps with a known law: refits after the designed runs against refits after a naive grid of the same cost."""

import numpy as np
import pytest
from next_runs_sweeps import pool_ratio, size_ratio

SWEEPS = 50


def ratio(target: str, seed: int) -> float:
    return pool_ratio(seed) if target == "pools" else size_ratio(seed, target)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["params", "loss", "pools"])
def test_the_designed_runs_narrow_the_target_one_and_a_half_times_as_much_as_a_grid(target):
    assert np.median([ratio(target, seed) for seed in range(SWEEPS)]) >= 1.5


@pytest.mark.parametrize(("target", "seed"), [("params", 7), ("pools", 1)])
def test_one_designed_sweep_beats_the_grid(target, seed):
    assert ratio(target, seed) > 1.0
