"""Scores of many models on many benchmarks: which of them may be forecast at all."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.home import Home
from tests.families.dropped import printed, published, query, rows

STUDY = """study = "benchmarks"
question = "Which benchmarks can be forecast?"
runs = "dataset = 'evals'"
metric = "accuracy"
group_by = ["task"]
laws = ["recommender"]
draws = 40
[plan.benchmarks]
items = 1000
"""
TASKS = ("rises", "falls", "u_shape", "hill", "noise", "also_noise", "rises_late")
PARAMS = np.geomspace(1e8, 1e11, 10)


def scores(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """One shape a benchmark over ten sizes, each with the noise of 1000 questions."""
    x = np.linspace(-1, 1, len(PARAMS))
    means = {
        "rises": 0.5 + 0.3 * x,
        "falls": 0.6 - 0.2 * x,
        "u_shape": 0.4 + 0.3 * x**2,
        "hill": 0.7 - 0.3 * x**2,
        "noise": np.full_like(x, 0.25),
        "also_noise": np.full_like(x, 0.5),
        "rises_late": 0.3 + 0.25 * np.exp(2 * (x - 1)),
    }
    return {task: rng.binomial(1000, mean) / 1000 for task, mean in means.items()}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Ten models on seven benchmarks, as an evaluation harness writes them: one row a model and task."""
    runs = pl.DataFrame(
        {"run_id": [f"m{i}" for i in range(len(PARAMS))], "params": PARAMS, "data_seen": 20 * PARAMS}
    ).with_columns(
        flops=6 * pl.col("params") * pl.col("data_seen"),
        status=pl.lit("finished"),
        dataset=pl.lit("evals"),
        data_unit=pl.lit("token"),
    )
    found = scores(np.random.default_rng(0))
    values = [
        {"run_id": f"m{i}", "metric": "score", "split": "test", "task": task, "data_seen": 20 * PARAMS[i], "value": value}
        for task, each in found.items()
        for i, value in enumerate(each)
    ]
    study = STUDY.replace('"accuracy"', '"score"')
    return published(tmp_path_factory.mktemp("evals"), study, evals_runs=runs, evals_measurements=pl.DataFrame(values))


def test_each_shape_is_told_and_noise_is_no_trend(home: Home) -> None:
    found = {row["task"]: row["trend"] for row in rows(home, "SELECT task, trend FROM best_benchmarks")}
    assert found == {"rises": "standard", "falls": "inverse", "u_shape": "U", "hill": "inverted U", "noise": "flat",
                     "also_noise": "flat", "rises_late": "standard"}  # fmt: skip


def test_only_monotone_trends_get_a_forecast(home: Home) -> None:
    found = {row["task"]: row for row in rows(home, "SELECT * FROM best_benchmarks")}
    forecast = {task for task, row in found.items() if row["value"] is not None}
    assert forecast == {"rises", "falls", "rises_late"}
    assert all(found[task]["extrapolates"] == (task in forecast) for task in TASKS)


def test_a_benchmark_that_cannot_be_told_gets_a_sentence(home: Home) -> None:
    said = printed(home, "benchmarks")
    assert "BENCHMARKS" in said
    assert "no law may extrapolate it, so it is not forecast" in said


def test_the_smaller_models_rank_the_benchmarks_as_the_larger_ones_do(home: Home) -> None:
    (row,) = rows(home, "SELECT DISTINCT rank_agreement FROM best_benchmarks")
    assert -1 <= row["rank_agreement"] <= 1


def test_predictability_is_the_rank_correlation_with_compute(home: Home) -> None:
    found = {row["task"]: row["predictability"] for row in rows(home, "SELECT task, predictability FROM best_benchmarks")}
    assert found["rises"] > 0.95
    assert found["falls"] < -0.95
    assert abs(found["noise"]) < 0.9


def test_a_benchmark_of_three_models_says_that_it_has_too_few(tmp_path: Path) -> None:
    runs = pl.DataFrame({"run_id": ["a", "b", "c"], "params": [1e8, 1e9, 1e10], "data_seen": [2e9, 2e10, 2e11],
                         "status": ["finished"] * 3, "dataset": ["evals"] * 3, "metric:score": [0.2, 0.3, 0.5]})  # fmt: skip
    found = published(tmp_path, STUDY.replace('"accuracy"', '"score"'), evals_runs=runs)
    answer = rows(found, "SELECT trend, message FROM plan_benchmarks")
    assert all(row["trend"] is None and "3 sizes" in row["message"] for row in answer)


def test_the_analysts_question_about_benchmarks_is_answered(home: Home) -> None:
    assert rows(home, query("list_benchmarks"))
