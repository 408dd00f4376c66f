"""A single bad run is named, whatever the number of runs, and a copy, and two runs that contradict each other."""

import numpy as np
import polars as pl
import pytest
from fitting_cases import sweep

from pipeline.fitting import fit
from pipeline.fitting.evidence.look import medians
from pipeline.fitting.evidence.suspects import suspects
from pipeline.laws import laws


def bad_runs(frame: pl.DataFrame) -> dict[str, str]:
    """The impossible runs of a sweep with what is suspected."""
    found = fit(laws["chinchilla"], frame, draws=10)
    return {s.run_key: s.cause for s in suspects(found, frame) if s.impossible}


def changed(frame: pl.DataFrame, at: int, **columns: pl.Expr) -> pl.DataFrame:
    here = pl.int_range(pl.len()) == at
    return frame.with_columns(pl.when(here).then(value).otherwise(pl.col(name)).alias(name) for name, value in columns.items())


@pytest.mark.parametrize("runs", [30, 120])
@pytest.mark.parametrize(
    ("column", "factor", "cause"),
    [
        ("loss", 1 / np.log(2), "its value is in bits, the others' in nats"),
        ("params", 1e-3, "its params is in thousands"),
        ("data_seen", 1e-6, "its data_seen is in millions"),
    ],
)
def test_a_slip_in_a_unit_is_named(runs: int, column: str, factor: float, cause: str) -> None:
    frame = changed(sweep(runs, 3, points=1), runs - 4, **{column: pl.col(column) * factor})
    assert bad_runs(frame) == {f"run {runs - 4}": cause}


@pytest.mark.parametrize(
    ("column", "factor", "cause"),
    [("data_seen", 1e-3, "its data_seen is in thousands"), ("loss", 1 / np.log(2), "its value is in bits, the others' in nats")],
)
def test_five_runs_of_25_that_share_a_slip_are_all_named(column: str, factor: float, cause: str) -> None:
    frame = sweep(25, 3, points=1)
    bad = [2, 7, 11, 16, 23]
    here = pl.int_range(pl.len()).is_in(bad)
    frame = frame.with_columns(pl.when(here).then(pl.col(column) * factor).otherwise(pl.col(column)).alias(column))
    assert bad_runs(frame) == {f"run {place}": cause for place in bad}


def test_runs_that_scatter_widely_share_no_slip() -> None:
    frame = sweep(25, 3, points=1)
    noise = 0.05 * np.random.default_rng(5).standard_normal(25)
    assert bad_runs(frame.with_columns(pl.col("loss") * np.exp(noise))) == {}


def test_a_sound_sweep_names_nobody() -> None:
    assert bad_runs(sweep(30, 3, points=1)) == {}


def test_a_run_under_two_ids_is_told() -> None:
    frame = sweep(30, 3, points=1)
    again = pl.concat([frame, frame[7].with_columns(run_key=pl.lit("again"))])
    assert bad_runs(again) == {"again": "it is run 'run 7' again, under another id: no independent run"}


def test_two_values_of_the_same_settings_contradict_each_other() -> None:
    frame = sweep(30, 3, points=1)
    other = frame[7].with_columns(run_key=pl.lit("other"), loss=pl.col("loss") * 1.3)
    assert bad_runs(pl.concat([frame, other])) == {
        "other": "run 'run 7' has the same settings and another value: one of the two is wrong"
    }


def test_medians_of_all_runs_are_numpys_of_each() -> None:
    rng = np.random.default_rng(0)
    run = rng.permutation(np.repeat(np.arange(60), rng.integers(1, 8, 60)))
    values = rng.normal(0, 1, len(run)).round(1)
    values[run == 7] = np.inf
    values[np.flatnonzero(run == 9)[0]] = np.nan
    each = [np.median(values[run == k]) for k in range(60)]
    assert np.array_equal(medians(values, run, 60), each, equal_nan=True)
