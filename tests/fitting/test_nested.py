"""Parts that no run feels are left out of the law, and said; what needs them has no interval."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import Fit, fit
from pipeline.laws import laws


def grid(floor: float = 1.8, noise: float = 0.003) -> pl.DataFrame:
    """A grid of fresh runs of Chinchilla's form."""
    params, seen = (x.ravel() for x in np.meshgrid(np.geomspace(1e7, 1e9, 6), np.geomspace(1e9, 1e11, 6)))
    value = floor + 400 / params**0.34 + 2000 / seen**0.37
    wobble = np.exp(noise * np.random.default_rng(2).standard_normal(36))
    return pl.DataFrame({"params": params, "data_seen": seen, "data_unique": seen, "value": value * wobble})


@pytest.fixture(scope="module")
def without_floor() -> Fit:
    return fit(laws["chinchilla"], grid(floor=0.0), draws=200)


@pytest.fixture(scope="module")
def without_repeats() -> Fit:
    return fit(laws["data_constrained"], grid(), draws=200)


def test_a_floor_that_vanished_leaves_the_law_without_it(without_floor: Fit) -> None:
    assert without_floor.grade == "weak"
    assert without_floor.certificate.nested == ["E"]
    assert "chinchilla without E" in " ".join(without_floor.certificate.reasons)


def test_the_nested_law_forecasts_with_intervals(without_floor: Fit) -> None:
    ahead = without_floor.predict(pl.DataFrame({"params": [5e9], "data_seen": [5e11]}))
    truth = 400 / 5e9**0.34 + 2000 / 5e11**0.37
    assert ahead["predicted_low"][0] < truth < ahead["predicted_high"][0]


def test_a_constant_of_repetition_without_repeats_is_left_out_and_named_with_the_runs_that_would_tell(
    without_repeats: Fit,
) -> None:
    assert without_repeats.grade == "weak"
    assert "Rd" in without_repeats.certificate.nested
    assert "fresh data" not in without_repeats.certificate.fix


def test_fresh_runs_have_an_interval_and_repeated_ones_have_none(without_repeats: Fit) -> None:
    runs = pl.DataFrame({"params": [1e9, 1e9], "data_seen": [2e11, 2e11], "data_unique": [2e11, 1e10]})
    ahead = without_repeats.predict(runs)
    assert ahead["predicted_low"].is_not_null().to_list() == [True, False]


def test_a_prior_keeps_its_parameter_in_the_law() -> None:
    found = fit(laws["chinchilla"], grid(floor=0.0), draws=20, prior={"E": (1.0, 0.5)})
    assert "E" not in found.certificate.nested


def test_a_law_whose_every_part_is_felt_stays_whole() -> None:
    found = fit(laws["chinchilla"], grid(), draws=50)
    assert (found.grade, found.certificate.nested) == ("clean", [])
