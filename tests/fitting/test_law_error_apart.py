"""What a law misses along epochs and of schedules is an error of its own, for rows that leave the runs there."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import Fit, common_design, fit
from pipeline.fitting.evidence.blocks import new_schedules, schedules_of
from pipeline.fitting.evidence.law_error import estimate_misfit
from pipeline.fitting.result import Misfit
from pipeline.laws import laws
from pipeline.store.fit_state import dump_fit, load_fit

APART = Misfit(0.01, 1.0, 5, (("epochs", 0.05, 0.5), ("schedule", 0.03, 0.0)))


def test_rows_that_do_not_leave_the_runs_have_the_error_along_compute_alone() -> None:
    distance, nowhere = np.array([-1.0, 0.0, 1.0]), np.full(3, np.nan)
    np.testing.assert_allclose(APART.sd_of(distance, {"epochs": nowhere, "schedule": nowhere}), APART.sd(distance))


def test_rows_that_leave_the_runs_along_several_axes_have_the_largest_error() -> None:
    found = APART.sd_of(np.zeros(3), {"epochs": np.array([1.0, np.nan, np.nan]), "schedule": np.array([0.0, 0.0, np.nan])})
    np.testing.assert_allclose(found, [0.05 * np.exp(0.5), 0.03, 0.01])


def missed(kind: str, size: float) -> pl.DataFrame:
    """Held-out errors of twenty runs beyond one origin of an axis."""
    errors = size * np.random.default_rng(0).standard_normal(20)
    return pl.DataFrame({"kind": kind, "part": 0.8, "origin": 1.0, "run_key": [f"r{k}" for k in range(20)], "row": range(20),
                         "distance": 0.2, "error": errors, "noise": 1e-4})  # fmt: skip


@pytest.mark.parametrize("axis", ["epochs", "schedule"])
def test_errors_along_another_axis_leave_the_error_along_compute_as_it_was(axis: str) -> None:
    compute = missed("compute", 0.01)
    found = estimate_misfit(pl.concat([compute, missed(axis, 0.2)]), 0.005)
    alone = estimate_misfit(compute, 0.005)
    assert (found.s0, found.k) == (alone.s0, alone.k)
    assert [name for name, _, _ in found.along] == [axis]
    assert found.along[0][1] > 3 * alone.s0


@pytest.mark.parametrize(
    ("said", "new"),
    [
        ({}, False),
        ({"lr_schedule": "cosine"}, False),
        ({"lr_schedule": "cosine", "data_planned": 10**9}, False),
        ({"lr_schedule": "wsd"}, True),
        ({"lr_schedule": "cosine", "data_planned": 2 * 10**9}, True),
        ({"peak_lr": 1e-3}, True),
    ],
)
def test_a_schedule_is_new_where_no_run_agrees_with_what_is_said_of_it(said: dict[str, object], new: bool) -> None:
    runs = pl.DataFrame({"lr_schedule": ["cosine", "linear"], "data_planned": [1e9, 3e9], "peak_lr": [3e-4, None]})
    row = pl.DataFrame({"data_seen": [1e9], **{name: [value] for name, value in said.items()}})
    assert new_schedules(row, schedules_of(runs).to_list()).tolist() == [new]


@pytest.fixture(scope="module")
def blind() -> Fit:
    """A law that sees no repeats, on runs of up to four epochs whose repeats are worth less and less."""
    rng = np.random.default_rng(3)
    params, unique = 10 ** rng.uniform(7, 8.5, 48), 10 ** rng.uniform(8, 9.5, 48)
    epochs = np.tile([0.5, 1.0, 2.0, 4.0], 12)
    data = unique * np.minimum(epochs, 1 + 0.5 * np.maximum(epochs - 1, 0))
    loss = (1.7 + 400 / params**0.34 + 400 / data**0.3) * np.exp(0.003 * rng.standard_normal(48))
    frame = pl.DataFrame({"run_key": [f"r{k}" for k in range(48)], "params": params, "data_seen": unique * epochs,
                          "data_unique": unique, "value": loss})  # fmt: skip
    both = common_design([laws["chinchilla"], laws["data_constrained"]], frame)
    return fit(laws["chinchilla"], frame, draws=200, design=both)


def width(found: Fit, unique: float) -> float:
    """Of the interval of ln loss of one run of 6e8 tokens, by how much of it is fresh."""
    row = pl.DataFrame({"params": [1e8], "data_seen": [6e8], "data_unique": [unique]})
    made = found.predict(row, new_run=True)
    return float(np.log(made["predicted_high"][0] / made["predicted_low"][0]))


def test_a_run_of_more_epochs_than_any_has_a_wider_interval_and_one_of_no_more_has_not(blind: Fit) -> None:
    assert width(blind, 6e8 / 40) > 1.5 * width(blind, 6e8 / 3)
    assert width(blind, 6e8 / 3) == pytest.approx(width(blind, 6e8))


def test_a_stored_fit_keeps_its_errors_by_axis(blind: Fit) -> None:
    again = load_fit(dump_fit(blind), blind.law)
    assert blind.misfit.along
    assert again.misfit == blind.misfit
    assert (again.schedules, again.axis) == (blind.schedules, blind.axis)
