"""A fit of a backtest costs less and ends where a full one does."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from pipeline.errors import FitError
from pipeline.fitting import fit
from pipeline.fitting.effort import FULL, REPLAY
from pipeline.fitting.uncertainty.resampling import run_weights
from pipeline.laws import laws


@pytest.fixture(scope="module")
def sweep() -> pl.DataFrame:
    rng = np.random.default_rng(7)
    params, data_seen = (grid.ravel() for grid in np.meshgrid(np.geomspace(1e7, 1e9, 6), np.geomspace(1e9, 1e11, 5)))
    value = (1.7 + 400 / params**0.34 + 2000 / data_seen**0.37) * np.exp(0.003 * rng.standard_normal(params.size))
    return pl.DataFrame({"run_key": [f"r{i}" for i in range(30)], "params": params, "data_seen": data_seen, "value": value})


def test_replayed_fit_ends_at_the_optimum_of_a_full_one(sweep: pl.DataFrame) -> None:
    full, replayed = fit(laws["chinchilla"], sweep), fit(laws["chinchilla"], sweep, draws=REPLAY.tile, effort=REPLAY)
    assert replayed.objective_value == pytest.approx(full.objective_value, rel=1e-9)
    assert replayed.predict(sweep)["predicted"].to_numpy() == pytest.approx(full.predict(sweep)["predicted"].to_numpy(), rel=1e-6)


def test_warm_start_along_origins_moves_no_optimum(sweep: pl.DataFrame) -> None:
    early = fit(laws["chinchilla"], sweep.head(15), draws=20, effort=REPLAY)
    cold, warm = (fit(laws["chinchilla"], sweep, draws=20, effort=REPLAY, warm_start=start) for start in (None, early))
    assert warm.objective_value == pytest.approx(cold.objective_value, rel=1e-9)


def test_smaller_tile_holds_the_first_draws_of_a_larger_one() -> None:
    assert np.array_equal(run_weights("bayesian", 30, 0, 0, REPLAY.tile), run_weights("bayesian", 30, 0, 0)[: REPLAY.tile])


def test_replay_makes_no_fit_that_its_certificate_must_refuse(sweep: pl.DataFrame) -> None:
    with pytest.raises(FitError, match="5 observations cannot inform 5 free parameters"):
        fit(laws["chinchilla"], sweep.head(5), effort=REPLAY)


def test_draws_that_no_simulated_sweep_calibrates_are_those_of_the_resamples(sweep: pl.DataFrame) -> None:
    few = sweep[::3]
    calibrated = fit(laws["chinchilla"], few, draws=64)
    plain = fit(laws["chinchilla"], few, draws=64, effort=replace(FULL, sweeps=0))
    assert plain.certificate.calibration == 1.0 < calibrated.certificate.calibration
    assert np.log(plain.high / plain.low).max() < np.log(calibrated.high / calibrated.low).max()
