"""A replay knows no winner of a sweep that finished later: those of each origin are the best of the runs known there."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import duckdb
import polars as pl
import pytest
from small_home import own_home

from pipeline.forecasts.backtest import Origin, replays_of
from pipeline.ingest.ingest import ingest
from pipeline.laws import laws
from pipeline.store.warehouse import Warehouse
from pipeline.study.observations import observations, without_needs
from pipeline.study.studies import read_study

STUDY = """study = "sweep"
runs = "dataset = 'web'"
metric = "loss"
laws = ["chinchilla"]
reduce = { best_of = ["peak_lr"] }
draws = 10
"""
RATES = (1e-3, 2e-3, 4e-3, 8e-3)
"""The later a rate was tried, the better it is."""
START = datetime(2026, 1, 1)


def sweep() -> pl.DataFrame:
    cells = [(n, d) for n in (1e7, 3e7, 1e8, 1e9) for d in (1e9, 1e10, 1e11)]
    rows = [(n, d, lr, 2 + (1e7 / n) ** 0.3 + (1e8 / d) ** 0.3 - 10 * lr) for lr in RATES for n, d in cells]
    moments = [START + timedelta(days=day) for day in range(len(rows))]
    return pl.DataFrame(rows, schema=["params", "data_seen", "peak_lr", "metric:loss"], orient="row").with_columns(
        run_id=pl.format("r{}", pl.int_range(pl.len())), status=pl.lit("finished"), dataset=pl.lit("web"),
        data_unit=pl.lit("token"), finished_at=pl.Series(moments),
    )  # fmt: skip


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[pl.DataFrame, list[Origin]]]:
    """The rows of the study, and the origins of its replay."""
    home = own_home(tmp_path_factory.mktemp("sweep") / "home")
    (home.inbox / "lab").mkdir(parents=True)
    sweep().write_csv(home.inbox / "lab" / "web.runs.csv")
    ingest(home)
    (home.studies / "sweep.toml").write_text(STUDY)
    study = read_study(home.studies / "sweep.toml")
    with Warehouse(home) as warehouse:
        connection: duckdb.DuckDBPyConnection = warehouse.connection
        rows = observations(connection, study)
        (origins,) = replays_of(connection, study, rows, home.laws)
        yield rows, origins


def fitted(rows: pl.DataFrame) -> pl.DataFrame:
    return without_needs(laws["chinchilla"], rows).filter("used")


def test_all_runs_together_say_the_last_rate(replay: tuple[pl.DataFrame, list[Origin]]) -> None:
    assert set(fitted(replay[0])["peak_lr"]) == {RATES[-1]}


def test_winners_of_an_origin_are_the_best_of_the_runs_known_there(replay: tuple[pl.DataFrame, list[Origin]]) -> None:
    _, origins = replay
    assert origins
    for origin in origins:
        cells = origin.known.group_by("params", "data_seen").agg(pl.col("value").min(), pl.len()).filter(pl.col("len") > 1)
        assert sorted(fitted(origin.known)["value"]) == sorted(cells["value"])
    assert RATES[-2] in set(fitted(origins[0].known)["peak_lr"])


def test_what_came_later_is_in_no_origin(replay: tuple[pl.DataFrame, list[Origin]]) -> None:
    for origin in replay[1]:
        assert fitted(origin.later)["peak_lr"].to_list() == [RATES[-1]] * 6
        assert not set(origin.known["run_key"]) & set(origin.later["run_key"])
        assert max(origin.known["finished_at"]) < min(origin.later["finished_at"])
