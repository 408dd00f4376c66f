"""Where resamples come to no optimum there is no interval: its ends would say where the steps were stopped."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import Fit, fit
from pipeline.fitting.search import HEATS, search
from pipeline.fitting.setup import set_up, with_warm_start
from pipeline.laws import laws

LAW = laws["broken_power_law_two"]
POINTS = 13
AXIS = np.geomspace(1e17, 1e21, POINTS)


def curve(seed: int) -> pl.DataFrame:
    """A plain power law: nine parameters follow its noise."""
    loss = (1.7 + 400 * AXIS**-0.15) * np.exp(np.random.default_rng(seed).normal(0, 0.01, POINTS))
    return pl.DataFrame({"run_key": [f"r{i}" for i in range(POINTS)], "flops": AXIS, "value": loss})


@pytest.fixture(scope="module")
def refused() -> Fit:
    return fit(LAW, curve(5))


def test_a_fit_whose_first_resamples_come_to_no_optimum_is_refused_and_says_what_helps(refused: Fit) -> None:
    assert refused.grade == "refused"
    assert any(reason.startswith("no interval: 0 of the first 64 resamples") for reason in refused.certificate.reasons)
    assert "fewer parameters" in refused.certificate.fix


def test_no_draws_are_made_of_it_and_its_parameters_have_no_interval(refused: Fit) -> None:
    assert len(refused.draws) == 0
    assert np.isnan([refused.low, refused.high, refused.std_error]).all()
    assert refused.certificate.unconverged_draws == 64


def test_what_it_forecasts_of_held_out_runs_is_still_known(refused: Fit) -> None:
    assert refused.held_out is not None
    assert refused.held_out.height


def test_an_optimum_that_most_starts_come_to_is_not_doubted() -> None:
    found = fit(laws["chinchilla"], sweep(), draws=256)
    assert len(found.draws) == 256
    assert found.grade == "clean"


def sweep() -> pl.DataFrame:
    rng = np.random.default_rng(7)
    params, data_seen = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e9, 6), np.geomspace(1e9, 1e11, 5)))
    value = (1.7 + 400 / params**0.34 + 2000 / data_seen**0.37) * np.exp(0.003 * rng.standard_normal(params.size))
    return pl.DataFrame({"run_key": [f"r{i}" for i in range(30)], "params": params, "data_seen": data_seen, "value": value})


def test_starts_that_are_left_while_all_creep_would_not_have_ended_lower() -> None:
    setup = set_up(LAW, curve(6), LAW.objective, None, None)
    begin, ones = with_warm_start(setup, 64, 0, None), np.ones(POINTS)
    some, every = (search(setup.problem, begin, ones, heats=heats) for heats in (HEATS, ()))
    assert some.best.value <= every.best.value * 1.02


def test_heats_leave_no_start_of_a_search_whose_best_has_converged() -> None:
    law = laws["chinchilla"]
    setup = set_up(law, sweep(), law.objective, None, None)
    begin, ones = with_warm_start(setup, 64, 0, None), np.ones(30)
    some, every = (search(setup.problem, begin, ones, heats=heats) for heats in (HEATS, ()))
    assert some.best.value == every.best.value
    assert [m.reached for m in some.minima] == [m.reached for m in every.minima]
