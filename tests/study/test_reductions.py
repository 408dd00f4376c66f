"""Winners of a sweep: which runs a law takes of it."""

import duckdb
import polars as pl
import pytest

from pipeline.errors import StudyError
from pipeline.laws import laws
from pipeline.study.observations import observations, without_needs
from tests.study.runs_in_store import a_study, add

RULE = {"best_of": ["peak_lr"], "within": 0.01}
LOSSES = {0.001: 2.5, 0.002: 2.01, 0.004: 2.0, 0.008: 2.2}


@pytest.fixture
def sweep(store: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Four learning rates at one size."""
    for lr, loss in LOSSES.items():
        add(store, f"lr{lr}", ((100.0, loss),), peak_lr=lr, params_nonembedding=8.0)
    return store


def used(connection: duckdb.DuckDBPyConnection, law: str, **changes: object) -> pl.DataFrame:
    study = a_study(laws=(law,), **{"reduce": RULE, **changes})
    return without_needs(laws[law], observations(connection, study)).filter("used").sort("run_key")


def test_a_law_of_a_setting_is_fitted_to_those_of_the_plateau(sweep: duckdb.DuckDBPyConnection) -> None:
    assert used(sweep, "porian_rate").select("value", "metric").rows() == [(0.002, "peak_lr"), (0.004, "peak_lr")]


def test_a_law_of_the_metric_is_fitted_to_the_best_run(sweep: duckdb.DuckDBPyConnection) -> None:
    assert used(sweep, "chinchilla").select("value", "metric").rows() == [(2.0, "loss")]


def test_a_law_that_reads_the_swept_column_keeps_every_run(sweep: duckdb.DuckDBPyConnection) -> None:
    sweep.execute("UPDATE runs_history SET batch_size = 8")
    assert used(sweep, "rate_valley").height == len(LOSSES)


def test_without_within_only_the_best_counts(sweep: duckdb.DuckDBPyConnection) -> None:
    assert used(sweep, "porian_rate", reduce={"best_of": ["peak_lr"]})["value"].to_list() == [0.004]


def test_the_best_of_a_metric_that_should_be_high_is_the_highest(sweep: duckdb.DuckDBPyConnection) -> None:
    add(sweep, "x", ((100.0, 0.3),), metric="accuracy", peak_lr=0.5)
    add(sweep, "y", ((100.0, 0.7),), metric="accuracy", peak_lr=0.25)
    assert used(sweep, "chinchilla", metric="accuracy")["value"].to_list() == [0.7]


def test_other_sizes_do_not_compete(sweep: duckdb.DuckDBPyConnection) -> None:
    add(sweep, "small-a", ((100.0, 4.0),), peak_lr=0.01, params=1.0)
    add(sweep, "small-b", ((100.0, 3.0),), peak_lr=0.02, params=1.0)
    assert used(sweep, "chinchilla")["value"].to_list() == [2.0, 3.0]


def test_a_run_without_rivals_is_no_sweep_and_says_so(sweep: duckdb.DuckDBPyConnection) -> None:
    add(sweep, "alone", ((100.0, 1.0),), peak_lr=0.01, params=1.0)
    frame = without_needs(laws["chinchilla"], observations(sweep, a_study(reduce=RULE)))
    assert frame.filter(pl.col("run_key") == "alone")["reason"].to_list() == ["no sweep of peak_lr at its size and data"]


def test_a_run_without_rivals_counts_where_the_rule_says_so(sweep: duckdb.DuckDBPyConnection) -> None:
    add(sweep, "alone", ((100.0, 1.0),), peak_lr=0.01, params=1.0)
    assert used(sweep, "chinchilla", reduce={**RULE, "alone": True})["value"].to_list() == [1.0, 2.0]


def test_the_setting_of_a_run_without_rivals_is_nobodys_best(sweep: duckdb.DuckDBPyConnection) -> None:
    add(sweep, "alone", ((100.0, 1.0),), peak_lr=0.01, params=1.0)
    assert used(sweep, "porian_rate", reduce={**RULE, "alone": True})["value"].to_list() == [0.002, 0.004]


def test_a_swept_column_that_no_run_has_is_refused_by_name(sweep: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(StudyError, match="reduce: no run has 'batch_size'"):
        observations(sweep, a_study(reduce={"best_of": ["batch_size"]}))


def test_runs_that_are_no_sweep_are_refused(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", peak_lr=0.1)
    add(store, "b", peak_lr=0.1)
    with pytest.raises(StudyError, match="differ in peak_lr"):
        observations(store, a_study(reduce=RULE))


def test_amounts_that_a_batch_does_not_divide_are_one_sweep(store: duckdb.DuckDBPyConnection) -> None:
    for batch, seen, loss in ((8, 1000.0, 2.3), (16, 1004.0, 2.1), (32, 992.0, 2.2), (8, 2000.0, 2.0), (16, 2016.0, 1.9)):
        add(store, f"{batch}-{seen}", ((seen, loss),), batch_size=batch)
    assert used(store, "chinchilla", reduce={"best_of": ["batch_size"]})["value"].sort().to_list() == [1.9, 2.1]


def test_amounts_that_follow_each_other_without_a_gap_stay_apart(store: duckdb.DuckDBPyConnection) -> None:
    for batch, offset in ((8, 0.5), (16, 0.0)):
        for step in range(10):
            seen = 1000.0 * 1.015**step
            add(store, f"{batch}-{step}", ((seen, 3.0 - seen / 1000 + offset),), batch_size=batch)
    assert used(store, "chinchilla", reduce={"best_of": ["batch_size"]}).height == 10
