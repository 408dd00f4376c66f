"""Trend classes of the reference's worked tasks, their false-discovery control, and the misalignment rule."""

import pytest

from pipeline.planning.estimators.trends import discoveries, trend

X = [19, 20, 21, 22, 23, 24]
TASKS = {
    "standard": [0.25, 0.30, 0.38, 0.47, 0.58, 0.66],
    "inverse": [0.62, 0.58, 0.52, 0.45, 0.39, 0.33],
    "U": [0.50, 0.44, 0.38, 0.33, 0.41, 0.60],
    "inverted U": [0.30, 0.38, 0.47, 0.52, 0.44, 0.35],
    "flat": [0.251, 0.248, 0.262, 0.243, 0.255, 0.259],
}


@pytest.mark.parametrize("kind", sorted(TASKS))
def test_each_worked_task_gets_its_class(kind: str) -> None:
    assert trend(X, TASKS[kind], 1000).kind == kind


def test_statistics_of_the_worked_tasks() -> None:
    assert trend(X, TASKS["standard"], 1000).z == pytest.approx(24.33, abs=0.006)
    assert trend(X, TASKS["standard"], 1000).slope == pytest.approx(0.0846, abs=6e-5)
    assert trend(X, TASKS["inverse"], 1000).z == pytest.approx(-16.4, abs=0.06)
    assert trend(X, TASKS["flat"], 1000).z == pytest.approx(0.36, abs=0.006)
    assert trend(X, TASKS["U"], 1000).halves == pytest.approx((-8.29, 12.51), abs=0.006)
    assert trend(X, TASKS["inverted U"], 1000).halves == pytest.approx((11.09, -7.79), abs=0.006)


def test_only_monotone_tasks_may_be_extrapolated() -> None:
    assert {k for k, scores in TASKS.items() if trend(X, scores, 1000).extrapolates} == {"standard", "inverse"}


def test_few_items_make_no_trend() -> None:
    assert trend(X, TASKS["U"], 20).kind != "U"


def test_benjamini_hochberg_steps_up() -> None:
    assert discoveries([0.01, 0.04, 0.03, 0.5], rate=0.08) == [True, True, True, False]
    assert discoveries([0.2, 0.9], rate=0.05) == [False, False]
