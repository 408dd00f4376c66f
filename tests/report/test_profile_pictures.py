"""The isoFLOP picture: the measured runs of a budget, the parabola through them, and its minimum where there is one."""

import altair as alt
import numpy as np
import polars as pl
import pytest
from small_home import own_home

from pipeline.home import Home
from pipeline.refit.refit import refit
from pipeline.report import Picture, study_pictures
from pipeline.report.published import opened
from pipeline.report.spoken import spoken

STUDY = """study = "grid"
question = "Which size?"
runs = "dataset = 'grid'"
metric = "loss"
laws = ["chinchilla"]
draws = 20
[plan]
flops = [1e20]
"""
BUDGETS, A, B, POWER = (1e18, 4e18, 1.6e19), 480.0, 2100.0, 0.35


def best(flops: float) -> float:
    """The size that the law which made the runs calls optimal: both exponents are equal."""
    return float((A / B) ** (1 / (2 * POWER)) * np.sqrt(flops / 6))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    rows = [(c, best(c) * f) for c in BUDGETS for f in np.geomspace(0.3, 3, 6)] + [
        (6.4e19, best(6.4e19) * f) for f in (9, 12, 16, 20)
    ]
    flops, params = (np.array(x) for x in zip(*rows, strict=True))
    data = flops / (6 * params)
    loss = 1.8 + A / params**POWER + B / data**POWER
    frame = pl.DataFrame({"params": params, "data_seen": data, "flops": flops, "metric:loss": loss})
    about = {"dataset": "grid", "status": "finished", "data_unit": "token"}
    named = frame.with_columns(**{k: pl.lit(v) for k, v in about.items()}, run_id=pl.Series([f"g{i}" for i in range(len(rows))]))
    made = own_home(tmp_path_factory.mktemp("grid"))
    (made.inbox / "sim").mkdir()
    (made.studies / "grid.toml").write_text(STUDY)
    named.write_csv(made.inbox / "sim" / "grid.runs.csv")
    report = refit(made, ["grid"])
    assert not report.errors
    assert not report.failed
    return made


@pytest.fixture(scope="module")
def picture(home: Home) -> Picture:
    return study_pictures(home.published_db, "grid")["isoflop"]


def test_the_minimum_of_each_profile_is_the_best_size_of_its_budget(picture: Picture) -> None:
    found = picture.table.drop_nulls("best_size").unique("budget", maintain_order=True)
    assert found["best_size"].to_list() == pytest.approx([best(c) for c in BUDGETS], rel=0.02)


def test_a_profile_without_a_minimum_inside_its_sizes_has_points_and_no_diamond(picture: Picture) -> None:
    aside = picture.table.filter(pl.col("budget") == "6.4e19")
    assert aside.height == 4
    assert aside["best_size"].is_null().all()
    assert "1 of 4 have no minimum inside the sizes tried" in picture.caption


def test_the_chart_is_valid_vega_lite(picture: Picture) -> None:
    alt.LayerChart.from_dict(picture.spec())


def test_a_study_of_pools_or_without_profiles_has_no_such_picture(published: Home) -> None:
    for study in ("pools", "text-size"):
        assert "isoflop" not in study_pictures(published.published_db, study)


def test_each_plan_opens_with_its_title_a_sentence_and_a_table(published: Home) -> None:
    with opened(published.published_db) as tables:
        said = spoken(tables, "text-size", "loss")
    for title in ("Size and data", "Price", "To serve", "Next runs"):
        assert f"<dt>{title}</dt><dd><p>" in said
    assert "nats" in said
    assert "None" not in said


def test_a_pool_name_that_is_markup_is_text_in_the_words(published: Home) -> None:
    with opened(published.published_db) as tables:
        rows = tables.plan("pools", "plan_filtering")
        tables.read["pools", "plan_filtering"] = rows.with_columns(pools=pl.lit(["<b>", "x"]).cast(pl.List(pl.String)))
        said = spoken(tables, "pools", "error")
    assert "&lt;b&gt; + x" in said
    assert "<b>" not in said
    assert "an error of" in said
