"""The area under a run's learning rate and its falls, from what logs hold of it."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from pipeline.study.derived.rates import rates_of
from pipeline.study.derived.schedules import annealing_area, constant, cosine, wsd

RUN: dict[str, Any] = {
    "data_unit": "token",
    "batch_size": 4.0,
    "sequence_length": 10.0,
    "data_planned": 40_000.0,
    "warmup": 2000.0,
    "peak_lr": 0.01,
    "final_lr": 0.001,
}
SCHEDULES = {
    "cosine": cosine(0.01, 0.001, 50, 1000),
    "cosine_with_warmup": cosine(0.01, 0.001, 50, 1000),
    "linear": wsd(0.01, 0.001, 50, 50, 1000),
    "constant": constant(0.01, 50, 1000),
    "wsd20": wsd(0.01, 0.001, 50, 810, 1000),
    "wsd_exp_0.2": wsd(0.01, 0.001, 50, 810, 1000, "exponential"),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_declared_schedule_gives_the_rate_of_every_step(name: str) -> None:
    found = rates_of({**RUN, "lr_schedule": name}, None, 1000)
    assert found is not None
    assert found.warmup == 50
    np.testing.assert_allclose(found.lr, SCHEDULES[name])


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_rate_logged_now_and_then_gives_nearly_the_same_area_as_the_schedule(name: str) -> None:
    steps = np.arange(10, 1001, 10)
    logged = pl.DataFrame({"step": steps, "data_seen": [None] * len(steps), "lr": SCHEDULES[name][steps - 1]})
    bare = {k: v for k, v in RUN.items() if k in ("data_unit", "batch_size", "sequence_length")}
    found = rates_of(bare, logged.with_columns(pl.col("data_seen").cast(pl.Float64)), 1000)
    assert found is not None
    mine, theirs = annealing_area(found.lr, warmup=found.warmup), annealing_area(SCHEDULES[name], warmup=50)
    np.testing.assert_allclose(mine[0][-1], theirs[0][-1], rtol=2e-3)
    np.testing.assert_allclose(mine[1][-1], theirs[1][-1], rtol=3e-2, atol=1e-5)


def test_steps_are_told_from_the_data_where_the_log_counts_none() -> None:
    logged = pl.DataFrame({"step": [None, None], "data_seen": [4000.0, 40_000.0], "lr": [0.01, 0.01]})
    found = rates_of(RUN, logged.with_columns(pl.col("step").cast(pl.Int64)), 1000)
    assert found is not None
    assert found.lr[-1] == 0.01
    assert len(found.lr) == 1000


@pytest.mark.parametrize("lacking", ["peak_lr", "final_lr", "batch_size", "sequence_length"])
def test_a_schedule_that_says_too_little_gives_no_rate(lacking: str) -> None:
    assert rates_of({**RUN, "lr_schedule": "cosine", lacking: None}, None, 1000) is None


def test_a_log_that_ends_early_gives_no_rate_beyond_it() -> None:
    steps = np.arange(10, 501, 10)
    logged = pl.DataFrame({"step": steps, "data_seen": steps * 40.0, "lr": np.full(len(steps), 0.01)})
    bare = {"data_unit": "token", "batch_size": 4.0, "sequence_length": 10.0}
    assert rates_of(bare, logged, 505) is not None
    assert rates_of(bare, logged, 1000) is None


def test_a_running_run_follows_its_schedule_beyond_what_it_has_logged() -> None:
    steps = np.arange(10, 501, 10)
    logged = pl.DataFrame({"step": steps, "data_seen": steps * 40.0, "lr": SCHEDULES["cosine"][steps - 1]})
    found = rates_of({**RUN, "lr_schedule": "cosine"}, logged, 1000)
    assert found is not None
    np.testing.assert_allclose(found.lr[500:], SCHEDULES["cosine"][500:])
