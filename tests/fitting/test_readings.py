"""A column that no run varied is read in two ways, and a plan that moves it carries both."""

import numpy as np
import polars as pl
import pytest
import sympy as sp

from pipeline.fitting import Fit, fit, stack
from pipeline.fitting.evidence.readings import in_words, unmoved
from pipeline.laws.law import Law, Objective, Parameter, run_column, symbols

PLANNED = 128e6
parameters = (Parameter("D", start=(1e6, 1e9)), Parameter("g", start=(0.1, 1.0)), Parameter("kappa", "real", start=(-1.0, 1.0)))
D, g, kappa = symbols(*parameters)
seen, planned = run_column("data_seen"), run_column("data_planned")
LAW = Law(
    name="annealed_power",
    formula=(seen / D) ** -g * sp.exp(kappa * seen / planned),
    parameters=parameters,
    columns=("data_seen", "data_planned"),
    response="loss",
    response_unit="nats",
    objective=Objective("log", "l2"),
    question="What does a run reach in the middle of its schedule?",
    source="made for this test",
)


def fitted(lengths: list[float]) -> Fit:
    """The law on curves of eight points, one run for each schedule length."""
    data = np.outer(lengths, np.linspace(0.1, 1.0, 8)).ravel()
    length = np.repeat(lengths, 8)
    noise = np.exp(0.003 * np.random.default_rng(0).standard_normal(len(data)))
    value = (data / 1e7) ** -0.3 * np.exp(-0.35 * data / length) * noise
    keys = np.repeat([f"r{k}" for k in range(len(lengths))], 8)
    return fit(LAW, pl.DataFrame({"run_key": keys, "data_seen": data, "data_planned": length, "value": value}), draws=60)


@pytest.fixture(scope="module")
def one_length() -> Fit:
    return fitted([PLANNED] * 4)


def asked(data: float, planned: float) -> pl.DataFrame:
    return pl.DataFrame({"data_seen": [data], "data_planned": [planned]})


def test_a_schedule_length_that_no_run_varied_is_read_in_two_ways(one_length: Fit) -> None:
    assert unmoved(one_length) == {"data_planned": PLANNED}
    drawn = stack([one_length]).predict_draws(asked(6.4e8, 6.4e8), misfit=False)[:, 0]
    moved = one_length.predict_draws(asked(6.4e8, 6.4e8), misfit=False)[:, 0]
    still = one_length.predict_draws(asked(6.4e8, PLANNED), misfit=False)[:, 0]
    assert np.isin(drawn, moved).sum() == np.isin(drawn, still).sum() == 30


def test_where_the_column_stays_the_readings_agree(one_length: Fit) -> None:
    found = stack([one_length]).predict_draws(asked(1e8, PLANNED), misfit=False)[:, 0]
    np.testing.assert_allclose(np.sort(found), np.sort(one_length.predict_draws(asked(1e8, PLANNED), misfit=False)[:, 0]))


def test_the_interval_of_a_combination_holds_both_readings_and_the_estimate_is_the_laws(one_length: Fit) -> None:
    together, row = stack([one_length]), asked(6.4e8, 6.4e8)
    found = together.predict(row)
    moved, still = one_length.value(row)[0], one_length.value(asked(6.4e8, PLANNED))[0]
    assert found["predicted"][0] == pytest.approx(moved)
    assert found["predicted_low"][0] <= min(moved, still) <= max(moved, still) <= found["predicted_high"][0]


def test_the_certificate_of_the_combination_says_so(one_length: Fit) -> None:
    certificate = stack([one_length]).certificate
    assert certificate.grade == "weak"
    assert in_words({"data_planned": PLANNED}) in "; ".join(certificate.reasons)
    assert certificate.unknown_axes == ["data_planned"]


def test_two_schedule_lengths_leave_one_reading() -> None:
    assert unmoved(fitted([PLANNED, 5e7, 2.5e7])) == {}
