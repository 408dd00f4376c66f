"""The forecast ledger: stored before the outcome, never rewritten, scored when the run has ended."""

import duckdb
import pytest
from small_home import SIZES, TOKENS, loss, run_rows, write_runs

from pipeline.home import Home
from pipeline.refit.refit import refit

PLANNED = {**run_rows("first")[0], "run_id": "next", "params": 5e8, "data_seen": 5e9, "status": "planned", "metric:loss": None}


def ask(home: Home, query: str) -> list[tuple]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(query).fetchall()


def plan_run(home: Home, **changes: object) -> None:
    write_runs(home.inbox / "lab" / "next", [{**PLANNED, **changes}])
    report = refit(home)
    assert report.exit_code == 0, report.failed


def live(home: Home, columns: str = "forecast_id, predicted, as_of") -> list[tuple]:
    return ask(home, f"SELECT {columns} FROM forecasts WHERE kind = 'live' ORDER BY forecast_id")


def test_planned_run_gets_a_forecast_with_an_interval(home: Home) -> None:
    plan_run(home)
    ((predicted, low, high),) = live(home, "predicted, predicted_low, predicted_high")
    assert low < predicted < high
    assert predicted == pytest.approx(loss(5e8, 5e9), rel=0.01)


def test_planned_run_refits_nothing(home: Home) -> None:
    write_runs(home.inbox / "lab" / "next", [PLANNED])
    assert refit(home).refitted == []


def test_ended_run_is_scored_against_what_was_forecast_before(home: Home) -> None:
    plan_run(home)
    before = live(home)
    plan_run(home, status="finished", **{"metric:loss": loss(5e8, 5e9)})
    assert live(home)[: len(before)] == before
    scores = ask(
        home,
        """SELECT observed, covered, crps > 0, abs(relative_error) < 0.01
           FROM forecast_scores JOIN forecasts USING (forecast_id) WHERE kind = 'live'""",
    )
    assert scores == [(pytest.approx(loss(5e8, 5e9)), True, True, True)]


def test_run_that_ended_gets_no_forecast_from_a_fit_that_has_seen_it(home: Home) -> None:
    plan_run(home, status="finished", **{"metric:loss": loss(5e8, 5e9)})
    assert live(home) == []


def test_forecast_is_not_rewritten_by_a_later_refit(home: Home) -> None:
    plan_run(home)
    before = live(home)
    write_runs(
        home.inbox / "lab" / "other", [{**run_rows("first")[0], "run_id": "other", "params": 2e9, "metric:loss": loss(2e9, 1e8)}]
    )
    refit(home)
    after = live(home)
    assert len(after) == len(before) + 1
    assert set(before) <= set(after)


def test_run_beyond_its_interval_raises_an_alarm_that_names_run_and_cause(home: Home) -> None:
    plan_run(home)
    plan_run(home, status="finished", lr_schedule="constant", **{"metric:loss": 1.5 * loss(5e8, 5e9)})
    message = ask(home, "SELECT message FROM alarms WHERE alarm = 'surprise'")[0][0]
    assert "next" in message


def test_backtest_fills_the_ledger_in_order_of_compute(home: Home) -> None:
    known, forecasts, earliest = ask(
        home,
        """SELECT count(DISTINCT fit_id), count(*), min(6 * params * data_seen)
           FROM forecasts WHERE study = 'first' AND kind = 'backtest'""",
    )[0]
    costs = sorted(6 * n * d for n in SIZES for d in TOKENS)
    assert known == 2
    assert earliest > costs[9]
    assert forecasts == sum(1 for cost in costs if cost > costs[9])


def test_every_backtest_forecast_has_its_score(home: Home) -> None:
    assert ask(home, "SELECT count(*) FROM forecasts ANTI JOIN forecast_scores USING (forecast_id) WHERE kind = 'backtest'") == [
        (0,)
    ]


def test_new_run_repeats_no_origin_of_the_backtest(home: Home) -> None:
    before = ask(home, "SELECT * EXCLUDE (as_of) FROM forecasts WHERE kind = 'backtest' ORDER BY ALL")
    write_runs(
        home.inbox / "lab" / "big",
        [{**run_rows("first")[0], "run_id": "big", "params": 3e9, "data_seen": 1e11, "metric:loss": loss(3e9, 1e11)}],
    )
    refit(home)
    after = ask(home, "SELECT * EXCLUDE (as_of) FROM forecasts WHERE kind = 'backtest' ORDER BY ALL")
    assert set(map(str, before)) <= set(map(str, after))


def test_calibration_view_counts_every_score(home: Home) -> None:
    assert ask(home, "SELECT sum(forecasts) FROM calibration") == ask(home, "SELECT count(*) FROM forecast_scores")


def test_stacked_forecast_of_one_law_is_that_law(home: Home) -> None:
    plan_run(home)
    stacked = ask(home, "SELECT predicted, laws FROM stacked_forecasts")
    assert stacked == [(pytest.approx(live(home)[0][1]), 1)]
