"""What a person reads off the pictures: names at curves, ties, labels that do not collide, a scale that no value flattens."""

import json
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.home import Home
from pipeline.report.fit_pictures import residual_picture
from pipeline.report.picture import Picture, hover
from pipeline.report.published import Published, opened
from pipeline.report.questions.filtering import picture as filtering_picture
from pipeline.report.questions.next_runs import picture as next_runs_picture


@pytest.fixture(scope="module")
def file(published: Home) -> Iterator[Published]:
    with opened(published.published_db) as found:
        yield found


def drawn(picture: Picture | None, *fields: str) -> list[dict[str, Any]]:
    """The rows of every layer that draws all of these fields."""
    assert picture is not None
    spec = picture.spec()
    layers = [layer for layer in spec["layer"] if all(f'"{field}"' in json.dumps(layer["encoding"]) for field in fields)]
    assert layers
    return [row for layer in layers for row in spec["datasets"][layer["data"]["name"]]]


def test_pool_sets_are_drawn_as_their_difference_to_the_best_of_their_budget(file: Published) -> None:
    rows = drawn(filtering_picture(file, "pools"), "behind", "data_seen")
    best = {seen: min(row["behind"] for row in rows if row["data_seen"] == seen) for seen in {row["data_seen"] for row in rows}}
    assert set(best.values()) == {0.0}
    assert all(row["behind_low"] is not None for row in drawn(filtering_picture(file, "pools"), "behind_low", "behind_high"))


def test_every_curve_has_its_name_once_and_no_two_names_stand_in_one_line(file: Published) -> None:
    picture = filtering_picture(file, "pools")
    names = drawn(picture, "place", "label")
    assert sorted(row["label"] for row in names) == sorted({row["label"] for row in drawn(picture, "behind", "data_seen")})
    places = sorted(row["place"] for row in names)
    ends = [v for row in drawn(picture, "behind", "data_seen") for v in (row["behind"], row["behind_low"], row["behind_high"])]
    known = [v for v in ends if v is not None]
    line = 12 / 240 * (max(known) - min(known))  # a line of text in a picture of 240 pixels
    assert all(after - before > line for before, after in pairwise(places))


def test_every_next_run_is_in_one_label_and_each_label_has_a_place_of_its_own(file: Published) -> None:
    picture = next_runs_picture(file, "text-size")
    labels = drawn(picture, "orders")
    assert picture is not None
    for target, orders in picture.table.group_by("target").agg(pl.col("run_order")).iter_rows():
        own = [row for row in labels if row["target"] in (target, {"params": "best size"}.get(target))]
        told = [n for row in own for part in row["orders"].split(", ") for n in _numbers(part)]
        assert sorted(told) == sorted(orders)
        assert len({(row["params"], row["data_seen"]) for row in own}) == len(own)


def _numbers(part: str) -> list[int]:
    first, _, last = part.partition("–")
    return list(range(int(first), int(last or first) + 1))


class Off(Published):
    """A published file in which one residual is a hundred times the largest of the others."""

    def points(self, study: str, what: str, most: int = 2000) -> pl.DataFrame:
        found = super().points(study, what, most)
        if what != "residuals":
            return found
        first = pl.int_range(pl.len()) == 0
        return found.with_columns(error=pl.when(first).then(100 * pl.col("error").abs().max()).otherwise("error"))


def test_one_residual_that_is_far_off_does_not_flatten_the_others(file: Published) -> None:
    plain = max(abs(row["shown"]) for row in drawn(residual_picture(file, "text-size"), "shown", "place"))
    picture = residual_picture(Off(file.connection, file.path), "text-size")
    rows = drawn(picture, "shown", "place")
    assert max(abs(row["shown"]) for row in rows) <= 3 * plain
    assert sum(row["place"] == "beyond" for row in rows) == 1
    assert picture is not None
    assert "1 of 16" in picture.caption


def test_the_pointer_shows_words_with_units() -> None:
    said = [tip.to_dict()["title"] for tip in hover("params:Q", "loss_low:Q", "flops:Q", "share_of_draws:Q")]
    assert said == ["parameters", "loss, nats/token, 5 %", "compute, FLOP", "share of draws"]


def test_pool_sets_without_an_interval_are_drawn_without_bars(published: Home, tmp_path: Path) -> None:
    bare = Path(shutil.copy(published.published_db, tmp_path / "bare.duckdb"))
    with duckdb.connect(str(bare)) as connection:
        connection.execute("UPDATE plan_filtering SET behind_low = NULL, behind_high = NULL, value_low = NULL, value_high = NULL")
    with opened(bare) as file:
        picture = filtering_picture(file, "pools")
        assert len(drawn(picture, "behind", "data_seen")) == len(drawn(filtering_picture(file, "pools"), "behind"))
        assert picture is not None
        assert all('"behind_low"' not in json.dumps(layer["encoding"].get("y")) for layer in picture.spec()["layer"])
