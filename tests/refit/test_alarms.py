"""Each alarm by what raises it, in a real home: what it names; a warning stops nothing, an error keeps the last plan."""

from datetime import datetime, timedelta

import dagster as dg
import duckdb
import polars as pl
import pytest
from small_home import declare, loss, run_rows, wobble, write_runs

from assets.checks import CHECKS
from assets.resources import Lawbook
from pipeline.forecasts.alarms import likeliest_cause
from pipeline.forecasts.coverage_band import band
from pipeline.home import Home
from pipeline.refit.refit import refit
from pipeline.store.warehouse import Warehouse

ALARMS = "SELECT message FROM alarms WHERE study = 'first' AND alarm = $alarm"


def ask(home: Home, query: str, **given: object) -> list[tuple]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(query, given or None).fetchall()


def arrive(home: Home, name: str, factor: float, **changes: object) -> None:
    """One finished run of the first study whose loss is `factor` times what its size and data give; then a refit."""
    row = {**run_rows("first")[0], "run_id": name, "params": 2e8, "data_seen": 1e9, **changes}
    write_runs(home.inbox / "lab" / name, [{**row, "metric:loss": factor * loss(2e8, 1e9)}])
    report = refit(home)
    assert report.exit_code == 0, (report.failed, report.errors)


def checked(home: Home, name: str) -> dg.AssetCheckResult:
    check = next(check for check in CHECKS if next(iter(check.check_keys)).name == name)
    return check(lawbook=Lawbook(home=str(home.root)))


def test_calibration_outside_its_binomial_band_is_an_alarm_that_says_the_band(home: Home) -> None:
    with Warehouse(home) as warehouse:
        warehouse.connection.execute("UPDATE forecast_scores SET covered = false")
        warehouse.connection.execute("UPDATE studies SET forecast_key = NULL")
        ((count,),) = warehouse.connection.execute("SELECT count(*) FROM forecasts WHERE study = 'first'").fetchall()
    refit(home)
    with Warehouse(home) as warehouse:  # what is published was published before
        ((message,),) = warehouse.connection.execute(ALARMS, {"alarm": "calibration"}).fetchall()
    low, high = band(count)
    assert message.startswith(f"0% of {count} backtest forecasts")
    assert f"between {low:.0%} and {high:.0%}" in message


def test_calibration_inside_its_band_is_no_alarm(home: Home) -> None:
    assert ask(home, ALARMS, alarm="calibration") == []


def test_run_that_arrives_finished_beyond_its_interval_is_named_with_its_residual(home: Home) -> None:
    arrive(home, "odd", 1.3)
    ((message,),) = ask(home, ALARMS, alarm="surprise")
    assert "run odd ended at" in message
    assert "-23" in message  # (predicted - observed) / observed = 1 / 1.3 - 1, in percent
    assert message in checked(home, "alarms").metadata["findings"].value


def test_run_that_arrives_finished_inside_its_interval_is_scored_and_no_alarm(home: Home) -> None:
    arrive(home, "usual", 1.0)
    assert ask(home, ALARMS, alarm="surprise") == []
    assert ask(
        home, "SELECT covered FROM forecasts JOIN forecast_scores USING (forecast_id) WHERE kind = 'arrival' AND study = 'first'"
    ) == [(True,)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tokenizer": "bytes"}, "its tokenizer is 'bytes'"),
        ({"lr_schedule": "constant"}, "its lr_schedule is 'constant'"),
        ({"params_nonembedding": 1e8}, "with and without embeddings"),
        ({}, "no column sets it apart"),
    ],
)
def test_likeliest_cause_is_what_the_columns_show(changes: dict[str, object], words: str) -> None:
    usual = {
        "run_key": "a",
        "used": True,
        "tokenizer": "gpt2",
        "lr_schedule": "cosine",
        "params": 2e8,
        "params_nonembedding": None,
    }
    columns = ("data_unit", "optimizer", "architecture", "recipe", "dataset", "sequence_length", "batch_size")
    usual |= dict.fromkeys(columns)
    schema = dict.fromkeys(columns, pl.String) | {"params_nonembedding": pl.Float64}
    frame = pl.DataFrame([usual, {**usual, "run_key": "b", **changes}], schema_overrides=schema)
    assert words in likeliest_cause("b", frame)


def test_residuals_that_rise_with_time_are_an_alarm(home: Home) -> None:
    begin = datetime(2030, 1, 1)
    rows = [
        {**row, "finished_at": (begin + timedelta(days=i)).isoformat(), "metric:loss": row["metric:loss"] * (1 + 0.004 * i)}
        for i, row in enumerate(sorted(run_rows("first"), key=lambda row: (wobble(int(str(row["run_id"])[6:])), row["run_id"])))
    ]
    write_runs(home.inbox / "lab" / "first", rows)
    assert refit(home).exit_code == 0
    ((message,),) = ask(home, ALARMS, alarm="drift")
    assert message.startswith("newer runs lie more and more above the law")


def test_plan_cell_that_left_its_interval_is_a_warning_that_names_it_and_stops_nothing(home: Home) -> None:
    rows = [{**row, "metric:loss": 1.3 * row["metric:loss"]} for row in run_rows("first")]
    write_runs(home.inbox / "lab" / "first", rows)
    assert refit(home).published
    result = checked(home, "moved")
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.WARN
    assert "first: loss of plan_compute_optimal" in result.metadata["findings"].value


def test_only_checks_for_errors_may_block() -> None:
    specs = {spec.name: spec.blocking for check in CHECKS for spec in check.check_specs}
    assert {name for name, blocking in specs.items() if blocking} == {"finite_values", "monotone"}


def test_plan_that_contradicts_itself_keeps_the_last_one_and_says_since_when_and_why(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = "study = 'first' AND approach = 'parametric'"
    plan = f"SELECT flops, loss, stale_since FROM best_compute_optimal WHERE {where} ORDER BY flops"
    before = ask(home, plan)
    declare(home, "first", (home.studies / "first.toml").read_text().replace("1e20", "1e21"))
    with monkeypatch.context() as patch:
        from pipeline.refit import study_plans

        tables = study_plans._tables

        def upside_down(over, asked):
            made, notes = tables(over, asked)
            turned = [
                (name, rows.with_columns(-pl.col("loss")) if name == "plan_compute_optimal" else rows) for name, rows in made
            ]
            return turned, notes

        patch.setattr(study_plans, "_tables", upside_down)
        assert "first" in refit(home).failed
        after = ask(home, plan)
        assert [row[:2] for row in after] == [row[:2] for row in before]
        since = {row[2] for row in after}
        assert None not in since
        ((reason,),) = ask(home, "SELECT failure FROM studies WHERE study = 'first'")
        assert "more compute cannot give a higher loss" in reason
        assert "first" in refit(home).failed
        assert {row[2] for row in ask(home, plan)} == since
    assert refit(home).failed == {}
    assert [row[0] for row in ask(home, plan)] == [1e18, 1e21]
    assert ask(home, "SELECT failure, stale_since FROM studies WHERE study = 'first'") == [(None, None)]
