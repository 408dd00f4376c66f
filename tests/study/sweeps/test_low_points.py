"""Sweeps of one budget: the runs of it, its plateau, and where a parabola through it is lowest."""

import duckdb
import numpy as np
import polars as pl
import pytest

from pipeline.errors import StudyError
from pipeline.laws import laws
from pipeline.store.warehouse import insert_frame
from pipeline.study.observations import observations, without_needs
from tests.study.runs_in_store import NOW, a_study, add

SIZES = (1e6, 2e6, 4e6, 8e6, 16e6)
BUDGETS = {1e15: 3e6, 1e16: 6e6}
"""FLOP, and the size that is best there."""
LOW = {"best_of": ["params"], "by": ["flops"], "take": "low point"}


def profile(store: duckdb.DuckDBPyConnection, flops: float, best: float, sizes: tuple[float, ...] = SIZES) -> None:
    """A run a size; budgets agree to 2 %, the loss is a parabola in ln size."""
    for place, size in enumerate(sizes):
        spent = flops * (1 + 0.02 * (-1) ** place)
        loss = 2 + 0.05 * float(np.log(size / best) ** 2)
        data = spent / (6 * size)
        columns = {"params": size, "params_nonembedding": size / 2, "data_seen": data, "flops": spent}
        add(store, f"{flops:.0e}-{size:.0e}", ((data, loss),), **columns)


@pytest.fixture
def profiles(store: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    for flops, best in BUDGETS.items():
        profile(store, flops, best)
    return store


def used(store: duckdb.DuckDBPyConnection, law: str, **rule: object) -> pl.DataFrame:
    study = a_study(laws=(law,), reduce={"best_of": ["params"], "by": ["flops"], **rule})
    return without_needs(laws[law], observations(store, study)).filter("used").sort("flops")


def test_a_law_of_the_size_is_fitted_to_the_low_point_of_each_budget(profiles: duckdb.DuckDBPyConnection) -> None:
    found = used(profiles, "video_best_size", take="low point")
    assert found["value"].to_list() == pytest.approx(list(BUDGETS.values()), rel=1e-6)


def test_what_changes_along_the_sweep_is_that_of_the_low_point(profiles: duckdb.DuckDBPyConnection) -> None:
    found = used(profiles, "video_best_data", take="low point")
    assert found["value"].to_list() == pytest.approx([c / (6 * n) for c, n in BUDGETS.items()], rel=0.02)
    assert found["params_nonembedding"].to_list() == pytest.approx([n / 2 for n in BUDGETS.values()], rel=1e-6)


def test_a_law_of_the_loss_is_fitted_to_the_lowest_of_the_parabola(profiles: duckdb.DuckDBPyConnection) -> None:
    assert used(profiles, "var_compute", take="low point")["value"].to_list() == pytest.approx([2, 2], abs=1e-9)


def test_a_score_has_a_high_point(store: duckdb.DuckDBPyConnection) -> None:
    for size in SIZES:
        score = 0.8 - 0.05 * float(np.log(size / 3e6) ** 2)
        add(store, f"{size}", ((1e9, score),), metric="accuracy", params=size, flops=1e15)
    study = a_study(laws=("recommender",), metric="accuracy", reduce=LOW)
    rows = without_needs(laws["recommender"], observations(store, study)).filter("used")
    assert rows.select("params", "value").row(0) == pytest.approx((3e6, 0.8))


@pytest.mark.parametrize(
    ("best", "sizes", "said"),
    [
        (1e5, SIZES, "its sweep of params has its low point outside of what was tried"),
        (3e6, SIZES[:3], "3 params in its sweep, and 4 are needed for a low point"),
    ],
)
def test_a_sweep_without_a_low_point_says_why(
    store: duckdb.DuckDBPyConnection, best: float, sizes: tuple[float, ...], said: str
) -> None:
    profile(store, 1e15, best, sizes)
    study = a_study(laws=("video_best_size",), reduce=LOW)
    assert without_needs(laws["video_best_size"], observations(store, study))["reason"].unique().to_list() == [said]


def test_a_plateau_is_taken_whole_where_the_study_says_so(profiles: duckdb.DuckDBPyConnection) -> None:
    near = used(profiles, "var_compute", take="plateau", within=0.01)
    assert near.select("run_key").to_series().sort().to_list() == ["1e+15-2e+06", "1e+15-4e+06", "1e+16-4e+06", "1e+16-8e+06"]


def test_runs_compete_by_another_metric_where_the_study_says_so(profiles: duckdb.DuckDBPyConnection) -> None:
    for place, size in enumerate(SIZES):
        add_error(profiles, f"1e+15-{size:.0e}", 0.1 * (place + 1))
    study = a_study(laws=("recommender",), metric="error", runs="flops < 1.1e15", derive={"loss": "metric:loss@validation/c4"},
                    reduce={"best_of": ["params"], "by": ["flops"], "rank": "loss"})  # fmt: skip
    rows = without_needs(laws["recommender"], observations(profiles, study)).filter("used")
    assert rows.select("params", "value").rows() == [(4e6, pytest.approx(0.3))]


def add_error(store: duckdb.DuckDBPyConnection, key: str, value: float) -> None:
    """A final error of a run that is there already."""
    [[series]] = store.execute("SELECT count(*) FROM series").fetchall()
    [[end]] = store.execute("SELECT final_data_seen FROM series WHERE run_key = $key", {"key": key}).fetchall()
    of_run = {"series": series, "run_key": key, "metric": "error", "split": "validation", "task": "c4", "final_data_seen": end}
    insert_frame(store, "series", pl.DataFrame([of_run]))
    point = {"series": series, "data_seen": end, "value": value, "version": 1, "valid_from": NOW}
    insert_frame(store, "points", pl.DataFrame([point]))


def test_a_column_of_which_nobody_says_what_is_better_ranks_no_runs(profiles: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(StudyError, match="whether less or more of 'params_nonembedding' is better"):
        used(profiles, "var_compute", rank="params_nonembedding")


def test_budgets_that_run_into_each_other_are_refused(store: duckdb.DuckDBPyConnection) -> None:
    for place in range(10):
        add(store, f"r{place}", ((100.0, 3.0 - place / 10),), params=float(1 + place), flops=1e15 * 1.1**place)
    with pytest.raises(StudyError, match="follow each other without a gap"):
        used(store, "var_compute")


def test_runs_held_out_have_sweeps_of_their_own(profiles: duckdb.DuckDBPyConnection) -> None:
    study = a_study(laws=("video_best_size",), held_out="flops > 5e15", reduce=LOW)
    frame = observations(profiles, study)
    free = frame.filter(pl.col("reason").str.starts_with("held out")).with_columns(reason=pl.lit(None, pl.String))
    assert without_needs(laws["video_best_size"], frame).filter("used")["value"].to_list() == pytest.approx([3e6])
    assert without_needs(laws["video_best_size"], free).filter("used")["value"].to_list() == pytest.approx([6e6])
