"""The analysts' questions of sql/queries, each asked of a published file."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline.home import Home
from pipeline.store.frames import read_frame

QUERIES = Path(__file__).resolve().parents[2] / "sql" / "queries"
OF_RECIPES = (
    "choose_hyperparameters",
    "choose_schedule",
    "list_benchmarks",
    "price_answers",
    "compare_recipes",
    "ask_any_law",
    "seek_amounts",
    "project_mixtures",
)
"""Questions that these two sweeps are not about: other tests ask them of homes that have the runs (tests/test_papers.py)."""
NAMES = sorted({path.stem for path in QUERIES.glob("*.sql")} - {*OF_RECIPES})


def ask(home: Home, name: str) -> pl.DataFrame:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return read_frame(connection, (QUERIES / f"{name}.sql").read_text())


def test_ten_questions_are_answered() -> None:
    assert len(NAMES) >= 10


@pytest.mark.parametrize("name", NAMES)
def test_a_query_says_its_question_and_is_answered(published: Home, name: str) -> None:
    text = (QUERIES / f"{name}.sql").read_text()
    assert text.startswith("-- ")
    assert text.splitlines()[0].endswith("?")
    assert ask(published, name).height > 0


@pytest.mark.parametrize("name", OF_RECIPES)
def test_a_question_of_other_studies_can_be_asked_of_any_published_file(published: Home, name: str) -> None:
    assert (QUERIES / f"{name}.sql").read_text().splitlines()[0].endswith("?")
    assert ask(published, name).width > 5


def test_a_larger_budget_asks_for_a_larger_model(published: Home) -> None:
    plan = ask(published, "rank_model_sizes").filter(pl.col("approach") == "parametric")
    assert plan["params"].is_sorted()
    assert (plan["params_low"] < plan["params"]).all()


def test_small_budgets_take_the_best_pool_and_large_ones_more(published: Home) -> None:
    plan = ask(published, "rank_pool_sets")
    assert plan["pools"][0].to_list() == ["best"]
    assert plan["pools"].list.len().to_list() == sorted(plan["pools"].list.len())
    assert (plan["lead_over_next"] >= 0).all()


def test_the_pool_with_the_longest_half_life_is_worth_the_most_epochs(published: Home) -> None:
    worth = ask(published, "count_worthwhile_epochs")
    assert worth["pool"].to_list() == ["rest", "middle", "best"]


def test_the_share_that_is_kept_has_a_rank_at_each_budget(published: Home) -> None:
    kept = ask(published, "choose_kept_data")
    assert sorted(kept["data_seen"].unique()) == [3e7, 1e8, 3e8, 1e9]
    assert set(kept["rank"]) == {1, 2, 3}


def test_prices_follow_the_logged_throughput(published: Home) -> None:
    prices = ask(published, "price_runs").filter(study="text-size")
    assert set(prices["mfu_source"]) == {"logged"}
    assert (prices["price_low"] < prices["price"]).all()
    assert prices.filter(goal="deadline")["days"].to_list() == pytest.approx([30])


def test_the_planned_runs_were_forecast_and_scored(published: Home) -> None:
    live = ask(published, "score_forecasts").filter(kind="live")
    assert dict(live.group_by("law").agg(pl.col("forecasts").sum()).rows()) == {"chinchilla": 2, "gadre": 2, "combined": 2}


def test_the_macro_predicts_what_the_fit_says(published: Home) -> None:
    loss = ask(published, "predict_run")["loss"][0]
    assert loss == pytest.approx(1.82 + 478 / 3e9**0.347 + 2143 / 60e9**0.367, rel=0.02)


def test_draws_give_probabilities(published: Home) -> None:
    sure = ask(published, "weigh_parameters")["probability_alpha_above_beta"].drop_nulls()
    assert len(sure) == 1
    assert 0 <= sure[0] <= 1


def test_a_fit_that_moved_names_the_run_that_moved_it_most(published: Home) -> None:
    named = ask(published, "name_runs_that_moved")
    known = ask(published, "list_odd_runs")["run"].to_list()
    assert named["run"].drop_nulls().len() > 0
    assert named["run"].drop_nulls()[0].split("-")[0] in {run.split("-")[0] for run in known}
