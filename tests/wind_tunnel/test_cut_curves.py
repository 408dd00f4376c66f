"""Real curves cut at a quarter and a half: the end is forecast with intervals that hold, far better than by the last value."""

import polars as pl
from cut_curves import outlooks, scores


def test_intervals_of_the_end_hold_from_a_quarter_and_from_a_half() -> None:
    covered = scores()["covered"].to_list()
    assert min(covered) >= 0.85, covered


def test_end_is_forecast_eight_times_as_well_as_by_the_last_value() -> None:
    for row in scores().to_dicts():
        assert 8 * row["error"] < row["error_if_it_stays"], row


def test_half_a_curve_tells_more_than_the_law_alone() -> None:
    for row in scores().filter(pl.col("part") == 0.5).to_dicts():
        assert row["error"] < 0.8 * row["error_by_law"], row
        assert row["width"] < 0.8 * row["width_by_law"], row


def test_hardly_any_run_that_is_called_a_loser_wins() -> None:
    found = outlooks().filter("loser")
    won = (found["observed"] < found["best"]).sum()
    assert found.height > 50
    assert won <= 0.05 * found.height
