"""A stack weighs laws by what they missed when held out."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from fitting_cases import sweep

from pipeline.errors import FitError
from pipeline.fitting import Fit, fit
from pipeline.fitting.evidence import stack
from pipeline.laws import laws


@pytest.fixture(scope="module")
def fits() -> list[Fit]:
    frame = sweep(40, 3)
    return [fit(laws[name], frame, draws=64) for name in ("chinchilla", "power_law")]


def test_weights_sum_to_one_and_the_law_that_forecasts_better_weighs_more(fits: list[Fit]) -> None:
    found = stack(fits)
    assert found.weights.sum() == pytest.approx(1.0)
    assert found.weights[0] > 0.9


def test_a_stack_of_one_law_is_that_law(fits: list[Fit]) -> None:
    ahead = pl.DataFrame({"params": [5e9], "data_seen": [5e11]})
    np.testing.assert_allclose(stack(fits[:1]).predict_draws(ahead), fits[0].predict_draws(ahead))


def test_the_forecast_lies_between_those_of_its_laws(fits: list[Fit]) -> None:
    ahead = pl.DataFrame({"params": [5e9], "data_seen": [5e11]})
    apart = [one.value(ahead)[0] for one in fits]
    assert min(apart) <= stack(fits).value(ahead)[0] <= max(apart)


def test_laws_that_nothing_was_held_out_from_weigh_alike(fits: list[Fit]) -> None:
    np.testing.assert_allclose(stack([replace(one, held_out=None) for one in fits]).weights, 0.5)


def test_nothing_usable_is_an_error_that_points_to_the_certificates() -> None:
    with pytest.raises(FitError, match="certificates"):
        stack([])
