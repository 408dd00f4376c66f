"""A stack weighs laws by what they missed when held out."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from fitting_cases import sweep

from pipeline.errors import FitError
from pipeline.fitting import Fit, common_design, fit, stack
from pipeline.laws import laws


@pytest.fixture(scope="module")
def fits() -> list[Fit]:
    frame = sweep(40, 3)
    rivals = [laws[name] for name in ("chinchilla", "power_law")]
    blocks = common_design(rivals, frame)
    return [fit(law, frame, draws=64, design=blocks) for law in rivals]


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


def test_where_nothing_was_held_out_bic_weighs_and_no_law_takes_all(fits: list[Fit]) -> None:
    weights = stack([replace(one, held_out=None) for one in fits]).weights
    assert fits[0].bic < fits[1].bic
    assert 0.5 < weights[0] < 0.95
    alike = stack([replace(one, held_out=None, bic=float("nan")) for one in fits])
    np.testing.assert_allclose(alike.weights, 0.5)


def test_nothing_usable_is_an_error_that_points_to_the_certificates() -> None:
    with pytest.raises(FitError, match="certificates"):
        stack([])
