"""A law straight from size and data beside a chain through the loss: rivals of one plan, from logs to the printed sentence."""

import numpy as np
import polars as pl
import pytest

from pipeline.home import Home
from tests.families.dropped import printed, refitted, rows
from tests.small_home import own_home, without_report

STUDY = """study = "{task}"
runs = "dataset = 'c4'"
metric = "error"
task = "{task}"
laws = ["logistic_error", "additive_error_of_size"]
chain = {{ loss = "chinchilla" }}
derive = {{ loss = "metric:loss@test/{task}" }}
draws = 60
plan = {{ response = {{ params = [1e9], data_seen = [2e10] }} }}
"""
TASKS = ("through", "beside")


def logs() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Four sizes by four amounts of data; the error of "through" is one of the loss, from that of "beside" the loss strays."""
    rng = np.random.default_rng(3)
    size, data = (each.ravel() for each in np.meshgrid(np.geomspace(1e7, 3e8, 4), np.geomspace(3e8, 1e10, 4)))
    names = [f"r{place}" for place in range(size.size)]
    runs = pl.DataFrame({"run_id": names, "params": size, "data_seen": data, "dataset": "c4", "data_unit": "token",
                         "status": "finished"})  # fmt: skip
    loss = 1.7 + 400 / size**0.34 + 410 / data**0.28
    direct = 0.1 + 60 / size**0.34 + 70 / data**0.28
    values = {
        ("through", "loss"): loss * np.exp(rng.normal(0, 0.001, size.size)),
        ("through", "error"): 0.85 / (1 + np.exp(2.6 - loss)) + rng.normal(0, 0.001, size.size),
        ("beside", "loss"): loss * np.exp(rng.normal(0, 0.05, size.size)),
        ("beside", "error"): direct + rng.normal(0, 0.002, size.size),
    }
    parts = [
        pl.DataFrame({"run_id": names, "metric": metric, "split": "test", "task": task, "data_seen": data, "value": value})
        for (task, metric), value in values.items()
    ]
    return runs, pl.concat(parts)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = own_home(tmp_path_factory.mktemp("direct"))
    (made.inbox / "lab").mkdir()
    for name, frame in zip(("runs", "measurements"), logs(), strict=True):
        frame.write_csv(made.inbox / "lab" / f"lab.{name}.csv")
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        return refitted(made, *(STUDY.format(task=task) for task in TASKS))


def parts(home: Home, task: str) -> dict[str, float]:
    found = rows(home, f"SELECT law, weight FROM fit_weights WHERE study = '{task}' AND law <> 'chinchilla'")
    return {str(row["law"]): float(row["weight"]) for row in found}


def responses(home: Home, task: str) -> dict[str, dict[str, float]]:
    return {row["law"]: row for row in rows(home, f"SELECT * FROM plan_response WHERE study = '{task}'")}


@pytest.mark.parametrize("task", TASKS)
def test_the_law_through_the_loss_and_the_direct_one_share_what_plans_stand_on(home: Home, task: str) -> None:
    assert sum(parts(home, task).values()) == pytest.approx(1)
    selected = rows(home, f"SELECT law FROM fits WHERE study = '{task}' AND selected AND valid_to IS NULL")
    assert [row["law"] for row in selected] == ["combined"]


def test_where_the_loss_tells_the_error_the_chain_counts_most(home: Home) -> None:
    assert parts(home, "through")["logistic_error"] > 0.7


def test_where_the_loss_strays_from_the_error_the_direct_law_counts_most(home: Home) -> None:
    assert parts(home, "beside")["additive_error_of_size"] > 0.7


@pytest.mark.parametrize("task", TASKS)
def test_a_plan_lies_between_the_chain_and_the_direct_law_as_far_as_each_counts(home: Home, task: str) -> None:
    found, weight = responses(home, task), parts(home, task)["logistic_error"]
    mean = weight * found["chained"]["value"] + (1 - weight) * found["additive_error_of_size"]["value"]
    assert found["combined"]["value"] == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize("task", TASKS)
def test_what_the_chain_and_the_direct_law_disagree_on_is_in_the_interval(home: Home, task: str) -> None:
    found = responses(home, task)
    likelier = "chained" if parts(home, task)["logistic_error"] > 0.5 else "additive_error_of_size"
    assert found["combined"]["value_low"] <= found[likelier]["value"] <= found["combined"]["value_high"]


def test_predict_in_sql_weighs_the_chain_and_the_direct_law_as_the_plan_does(home: Home) -> None:
    (row,) = rows(home, "SELECT * FROM predict('through', params := 1e9, data_seen := 2e10)")
    assert row["law"] == "combined"
    assert row["predicted"] == pytest.approx(responses(home, "through")["combined"]["value"], rel=1e-9)


def test_the_printed_plan_names_both_ways_and_how_far_they_are_apart(home: Home) -> None:
    said = printed(home, "through")
    assert "chinchilla predicts the loss, logistic_error " in said
    assert "additive_error_of_size" in said
    assert "without it (by held-out errors)" in said
    assert "the laws disagree: " in said
    assert "(logistic_error) to " in said


def test_runs_are_forecast_by_both_ways_from_those_before_them(home: Home) -> None:
    found = rows(home, "SELECT DISTINCT law FROM forecasts WHERE kind = 'backtest' AND study = 'through'")
    assert {"combined", "additive_error_of_size"} <= {row["law"] for row in found}


def test_an_idle_refit_finds_the_combination_with_its_chain_as_it_was_stored(home: Home) -> None:
    from pipeline.refit.refit import refit

    before = responses(home, "through")
    assert refit(home).refitted == []
    assert responses(home, "through") == before
