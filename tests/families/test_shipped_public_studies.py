"""The studies of data/studies/public on the public runs that they are about, watched where they lie: forecast, plan, SQL."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.home import Home
from tests.families.dropped import ROOT, linked, printed, public, query, rows
from tests.small_home import without_report

STUDIES = ROOT / "data" / "studies" / "public"
FEW_DRAWS = "draws = 60"
Watched = Callable[..., Home]


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """Refits a home that watches folders of public runs with one shipped study."""
    without_report(monkeypatch)
    return lambda name, *folders: linked(tmp_path, quick(name), *folders)


def quick(name: str) -> str:
    """A shipped study with few draws in the place of its question."""
    text = (STUDIES / f"{name}.toml").read_text(encoding="utf-8")
    return re.sub("^question .*$", FEW_DRAWS, text, flags=re.MULTILINE)


def held(home: Home, law: str) -> tuple[int, int, float]:
    """How many runs were held out, how many ended inside the interval, and the mean absolute error."""
    (row,) = rows(
        home,
        f"""SELECT count(*) AS runs, count(*) FILTER (WHERE covered) AS inside, avg(abs(predicted - observed)) AS error
            FROM forecasts JOIN forecast_scores USING (forecast_id) WHERE kind = 'held_out' AND law = '{law}'""",
    )
    return row["runs"], row["inside"], row["error"]


@public
def test_the_next_size_of_each_family_is_forecast_by_slopes_that_all_share(watched: Watched) -> None:
    home = watched("skills-of-families", "sloth")
    runs, inside, error = held(home, "family_skill")
    assert (runs, error < 0.03) == (22, True)
    assert inside >= 18
    (row,) = rows(home, "SELECT * FROM best_response")
    assert row["pools"] == ["llama-2"]
    assert row["value_low"] < row["value"] < row["value_high"] <= 1
    assert "of 22 runs ended inside the 90 % interval" in printed(home, "skills-of-families")
    assert rows(home, query("ask_any_law"))


@public
def test_capability_covers_the_scores_of_families_that_are_left_out(watched: Watched) -> None:
    home = watched("observational", "obs_scaling")
    runs, inside, error = held(home, "observational")
    assert (runs, error < 0.08) == (31, True)
    assert inside / runs > 0.85
    assert "With capability 2, expect an accuracy of 0.7" in printed(home, "observational")


@public
@pytest.mark.slow
def test_a_ladder_to_1_3_b_forecasts_7_b_and_13_b_through_the_task_loss(watched: Watched) -> None:
    home = watched("task-ladder", "olmo_ladder")
    assert held(home, "chained")[:2] == (2, 2)
    assert held(home, "chained")[2] < 0.08
    assert "chinchilla predicts the task loss, ladder_score the accuracy from it" in printed(home, "task-ladder")
