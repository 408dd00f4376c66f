"""The law's error by pool, held against runs that the fits did not see."""

from pathlib import Path

import polars as pl
import pytest

from tests.wind_tunnel.pair_chances import table

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def judged(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return table(shared_data, tmp_path_factory.mktemp("pairs") / "home")


def share(judged: pl.DataFrame, column: str) -> float:
    return float((judged[column] * judged["pairs"]).sum() / judged["pairs"].sum())


def test_differences_of_pool_sets_lie_in_their_intervals_as_often_as_these_say(judged: pl.DataFrame) -> None:
    assert abs(share(judged, "inside") - 0.9) < 0.03


def test_without_the_laws_error_they_do_not(judged: pl.DataFrame) -> None:
    assert share(judged, "inside_alone") < 0.87


def test_no_source_is_said_more_surely_than_it_is_right(judged: pl.DataFrame) -> None:
    assert judged.filter(pl.col("said") > pl.col("right")).is_empty()
