"""Curves of a few schedules with their logged learning rates: what another schedule would have reached, how long to anneal."""

import numpy as np
import pytest

from pipeline.home import Home
from tests.families.dropped import linked, printed, public, query, rows

STUDY = """study = "schedules"
question = "What would another schedule have reached?"
runs = "namespace = 'multi_power_law' AND params = 25e6 AND recipe IN ('cosine_24000', 'constant_24000', 'wsdcon_9')"
metric = "loss"
points = "all"
laws = ["annealing"]
draws = 40
[plan.schedule]
steps = [24000, 72000]
final_lr = 3e-5
"""
pytestmark = public


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that reads the public curves in place."""
    return linked(tmp_path_factory.mktemp("curves"), STUDY, "multi_power_law")


def test_every_curve_is_read_with_its_logged_rates_alone(home: Home) -> None:
    (row,) = rows(home, "SELECT count(*) AS runs, bool_and(used) AS used FROM fit_runs")
    assert row == {"runs": 3, "used": True}


def test_a_schedule_left_out_is_forecast_to_a_percent_from_the_first_day(home: Home) -> None:
    (row,) = rows(home, "SELECT DISTINCT left_out_error, schedules_left_out FROM plan_schedule")
    assert row["schedules_left_out"] == 3
    assert 0 < row["left_out_error"] < 0.01


def test_annealing_pays_and_its_length_lies_inside_the_range(home: Home) -> None:
    found = rows(home, "SELECT * FROM best_schedule WHERE steps = 24000 ORDER BY rank")
    value = {row["schedule"]: row["value"] for row in reversed(found)}
    assert value["wsd"] < value["cosine"] < value["constant"]
    assert found[0]["branch_step"] == round(24000 - found[0]["decay_share"] * 24000)
    assert found[0]["value_low"] < found[0]["value"] < found[0]["value_high"]


def test_the_cosine_that_was_trained_is_predicted_at_its_end(home: Home) -> None:
    (row,) = rows(home, "SELECT value FROM best_schedule WHERE steps = 24000 AND schedule = 'cosine'")
    (seen,) = rows(home, "SELECT value FROM measurements JOIN runs USING (run_key) WHERE recipe = 'cosine_24000' "
                         "AND params = 25e6 ORDER BY step DESC LIMIT 1")  # fmt: skip
    assert row["value"] == pytest.approx(seen["value"], rel=0.005)


def test_the_longer_cosine_that_nobody_showed_it_is_within_its_interval(home: Home) -> None:
    (row,) = rows(home, "SELECT * FROM best_schedule WHERE steps = 72000 AND schedule = 'cosine'")
    (seen,) = rows(home, "SELECT value FROM measurements JOIN runs USING (run_key) WHERE recipe = 'cosine_72000' "
                         "AND params = 25e6 ORDER BY step DESC LIMIT 1")  # fmt: skip
    assert row["value"] == pytest.approx(seen["value"], rel=0.01)
    assert np.isfinite([row["value_low"], row["value_high"]]).all()


def test_the_best_schedule_is_a_sentence(home: Home) -> None:
    said = printed(home, "schedules")
    assert "branch off at step" in said
    assert "schedules left out of the fit the law errs by" in said


def test_the_analysts_question_about_schedule_is_answered(home: Home) -> None:
    assert rows(home, query("choose_schedule"))
