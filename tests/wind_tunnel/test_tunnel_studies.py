"""Studies of the shipped runs never fit a sealed run, and a law of the book forecasts the sealed ones."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.home import Home
from tests.wind_tunnel.study_scores import KEPT_OUT, SEALED, Score, declared, study_scores


def test_every_study_of_runs_that_have_sealed_ones_keeps_them_out() -> None:
    """By `runs` or by `held_out`. No pruned run and no schedule is sealed; the schedules' study holds out runs of its own."""
    without = {study.study for study in declared() if KEPT_OUT not in study.runs and SEALED not in str(study.held_out)}
    assert without == {f"wind-tunnel-{name}" for name in ("pruned-data", "schedules", "sparsity", "decay")}


@pytest.fixture(scope="module")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Score]:
    """Scores of the laws of size and data; each study is fitted by the code of a refit."""
    home: Path = tmp_path_factory.mktemp("tunnel") / "home"
    [study] = [study for study in declared() if study.study == "wind-tunnel-size-and-data"]
    chosen = study.model_copy(update={"laws": ("chinchilla", "kaplan_size_data")})
    return {score.law: score for score in study_scores(Home.demo(home), [chosen])}


def test_four_runs_at_four_times_the_compute_lie_in_the_intervals_of_both_laws(sizes: dict[str, Score]) -> None:
    assert {name: (score.covered, score.held) for name, score in sizes.items()} == {
        "chinchilla": (4, 4),
        "kaplan_size_data": (4, 4),
    }


def test_a_law_without_a_floor_forecasts_the_sealed_runs_better_here(sizes: dict[str, Score]) -> None:
    error = {name: float(np.abs(score.errors).mean()) for name, score in sizes.items()}
    assert error["kaplan_size_data"] < 0.05 < error["chinchilla"]
