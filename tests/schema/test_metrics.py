"""What is known of a metric: its goal, its range, and that every law's response is among the known ones."""

import pytest

from pipeline.laws import laws
from pipeline.schema import RUNS
from pipeline.schema.metrics import GOALS, METRICS, RANGES, known, metric_of

ANY = "metric"


@pytest.mark.parametrize("name", sorted({law.response for law in laws.values()} - {ANY}))
def test_every_response_of_the_law_book_is_known(name):
    assert known(name) is not None


def test_every_metric_has_a_known_goal_and_range():
    assert {metric.goal for metric in METRICS.values()} <= {*GOALS, None}
    assert {metric.range for metric in METRICS.values()} <= set(RANGES)


def test_an_error_is_better_low_and_an_accuracy_high():
    assert (METRICS["error"].sign, METRICS["accuracy"].sign) == (1.0, -1.0)


@pytest.mark.parametrize("name", [name for name, column in RUNS.items() if column.type == "DOUBLE" and name not in METRICS])
def test_a_column_of_runs_has_no_goal(name):
    assert known(name).goal is None


def test_nothing_is_claimed_of_a_metric_that_nobody_declares():
    assert (metric_of("frobnication").goal, metric_of("frobnication").range) == (None, "any")


def test_a_study_declares_what_is_not_known():
    assert metric_of("frobnication", "higher", "fraction").ends == (0.0, 1.0)
