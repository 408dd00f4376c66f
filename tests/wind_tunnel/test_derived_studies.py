"""Laws that read or answer what no log holds: the columns are those of the runs, and the fits say what the runs show."""

import numpy as np
import polars as pl
import pytest

from data.wind_tunnel.schedules import history
from pipeline.home import Home
from tests.wind_tunnel.study_scores import STUDIES, Score, declared, study_scores

RUNS = STUDIES.parent / "runs"
CHEAP = {
    f"wind-tunnel-{name}"
    for name in ("schedules", "average-size", "steps-to-a-loss", "best-size", "recipe", "probe-against-loss")
}


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Score]:
    """Scores of some derived studies, by law and cohort."""
    home = Home.demo(tmp_path_factory.mktemp("derived") / "home")
    studies = [study.model_copy(update={"draws": 60}) for study in declared() if study.study in CHEAP]
    return {(score.law, score.cohort): score for score in study_scores(home, studies)}


def test_the_schedules_of_the_design_are_the_logged_learning_rates() -> None:
    runs = pl.read_parquet(RUNS / "schedule.runs.parquet")
    logged = pl.read_parquet(RUNS / "schedule.measurements.parquet").filter(split="validation", metric="loss")
    assert len(runs) == 12
    for run in runs.iter_rows(named=True):
        points = logged.filter(run_id=run["run_id"])
        rates = history(run["lr_schedule"], run["peak_lr"], points["step"].max())
        assert np.allclose(rates[points["step"].to_numpy() - 1], points["lr"], rtol=1e-12)


def test_drops_of_the_rate_tell_unseen_decays_better_than_areas_do(scores: dict[tuple[str, str], Score]) -> None:
    """Six warmup-stable-decay runs, told from constant, cosine and linear ones: both laws expect too high a loss."""
    areas, drops = scores["annealing", ""], scores["multi_power_law", ""]
    assert (areas.held, drops.held) == (6, 6)
    assert 0 < np.mean(drops.errors) < np.mean(areas.errors) < 0.06


def test_grown_and_pruned_runs_are_worth_their_average_size(scores: dict[tuple[str, str], Score]) -> None:
    found = scores["average_parameters", ""]
    assert (found.covered, found.held) == (4, 4)
    assert np.abs(found.errors).max() < 0.03


def test_the_critical_batch_lies_among_the_batches_tried_at_every_size(scores: dict[tuple[str, str], Score]) -> None:
    critical = [
        score.fit.parameters["critical_tokens"] for (law, _), score in scores.items() if law == "steps_at_batch" and score.fit
    ]
    assert len(critical) == 3
    assert all(128 < tokens < 4096 for tokens in critical)


def test_the_sealed_best_size_and_tokens_lie_in_their_intervals(scores: dict[tuple[str, str], Score]) -> None:
    for law in ("video_best_size", "video_best_data"):
        assert (scores[law, ""].covered, scores[law, ""].held) == (1, 1)


def test_no_fit_of_a_derived_study_breaks_down(scores: dict[tuple[str, str], Score]) -> None:
    assert all(score.fit is not None for score in scores.values())
