"""Calibration moves draws away from the estimate, in proportion, and never so far that the law leaves the observations."""

import numpy as np
import polars as pl
import pytest
from fitting_cases import sweep

from pipeline.fitting import Fit, fit
from pipeline.fitting.uncertainty.calibration import LEEWAY
from pipeline.laws import laws
from pipeline.laws.law import Objective

LOG_L2 = Objective("log", "l2")
RIDGE = pl.DataFrame(
    {
        "run_key": [f"run {place}" for place in range(10)],
        "axis": [8e5, 4.2e6, 1.9e7, 5.5e7, 9.9e7, 9.3e5, 3.7e6, 2.3e7, 4.9e7, 9.7e7],
        "value": [0.563, 0.459, 0.428, 0.413, 0.409, 0.665, 0.571, 0.483, 0.462, 0.446],
    }
)
"""Sizes and losses of two architectures: a law of three parameters, of which these runs cannot tell the floor."""


def distances(found: Fit, draws: np.ndarray, frame: pl.DataFrame) -> np.ndarray:
    """Root mean squares (draws,) of ln(prediction / fitted value) at the observations."""
    found.draws = draws
    predicted = found.predict_draws(frame, misfit=False, new_run=False)
    return np.asarray(np.sqrt(np.mean(np.log(predicted / found.value(frame)) ** 2, axis=1)))


def plain(found: Fit) -> np.ndarray:
    """The draws before calibration, where it was in proportion."""
    centre = np.log(found.estimate)
    return np.asarray(np.exp(centre + (np.log(found.draws) - centre) / found.certificate.calibration))


def test_along_a_ridge_the_law_stays_by_the_observations() -> None:
    found = fit(laws["falls_along_axis"], RIDGE, draws=300, objective=LOG_L2)
    assert found.certificate.calibration > 1.3
    low, high = np.quantile(found.predict_draws(RIDGE, misfit=False, new_run=False), [0.05, 0.95], axis=0)
    spread = np.ptp(np.log(RIDGE["value"].to_numpy()))
    assert (np.log(high / low) < spread).all()  # where calibration was by parameters alone it was three times as wide
    assert (low > 0.8 * RIDGE["value"].min()).all()


@pytest.mark.parametrize("objective", [laws["chinchilla"].objective, LOG_L2], ids=lambda objective: objective.loss)
def test_what_many_runs_identify_is_calibrated_in_proportion(objective: Objective) -> None:
    frame = sweep(120, 3)
    found = fit(laws["chinchilla"], frame, draws=128, objective=objective)
    calibrated, factor = found.draws, found.certificate.calibration
    before, after = distances(found, plain(found), frame), distances(found, calibrated, frame)
    assert factor > 1
    np.testing.assert_allclose(np.median(after / before), factor, rtol=0.1)
    assert (after <= 1.01 * LEEWAY * factor * before).all()
