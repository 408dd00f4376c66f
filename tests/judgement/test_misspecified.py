"""Truths that no rival is: intervals of the combination hold about as often as they say, over a thousand simulated sweeps."""

import numpy as np
import pytest

from tests.judgement.misspecified import RUNS, TRUTHS, campaign, optimum, sweep

SWEEPS = 250
"""Of each of the four truths."""


@pytest.mark.parametrize("name", TRUTHS)
def test_a_truth_falls_with_size_and_with_data_where_it_was_run(name: str) -> None:
    frame, loss = sweep(TRUTHS[name], 0)
    n, d = (frame[column].to_numpy() for column in ("params", "data_seen"))
    assert frame.height == RUNS
    assert (loss(n, 2 * d) < loss(n, d)).all()
    assert np.abs(np.log(frame["value"].to_numpy() / loss(n, d))).max() < 0.03


@pytest.mark.slow
@pytest.mark.parametrize("what", ["new_run", "optimum"])
def test_intervals_hold_where_the_truth_is_no_rival(what: str) -> None:
    found = [getattr(one, what) for one in campaign(SWEEPS)]
    assert 0.85 <= np.mean(found) <= 0.95


def test_a_sweep_of_each_truth_is_held_where_a_thousand_are_counted_on_demand() -> None:
    found = campaign(1)
    assert [one.truth for one in found] == list(TRUTHS)
    assert sum(one.new_run for one in found) >= 3
    assert sum(one.optimum for one in found) >= 3


def test_the_optimum_lies_between_the_sizes_that_were_asked() -> None:
    params = np.geomspace(1e6, 1e9, 31)
    sizes = np.array([2.3e7, 1.1e8, 4.7e8])
    losses = np.exp(0.02 * np.log(params / sizes[:, None]) ** 2)
    assert optimum(params, losses) == pytest.approx(sizes, rel=1e-9)
