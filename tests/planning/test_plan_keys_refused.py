"""A value of [plan] that cannot be: the error names the study, the key and the value, and a right value is taken."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from planning_cases import fit_of, study_of

from pipeline.errors import LawbookError, PlanError
from pipeline.laws import laws
from pipeline.planning.budgets import budgets
from pipeline.planning.costs.job import job_of
from pipeline.planning.design.experiment_budget import experiment_budget
from pipeline.planning.design.floors import floors_of
from pipeline.planning.questions.sizes.comparison import budget_column
from pipeline.planning.setting import Setting

RUNS = pl.DataFrame({"params": [1e8, 1e9], "data_seen": [2e9, 2e10], "flops": [1e18, 1e20], "value": [3.0, 2.5]})
LAW = laws["chinchilla"]


def setting(runs: pl.DataFrame = RUNS, **plan: Any) -> Setting:
    return Setting(fit_of(LAW, LAW.example), study_of(**plan), runs)


def flops_budgets(of: Setting) -> object:
    return budgets(of, "flops")


CASES: dict[str, tuple[Callable[[Setting], object], dict[str, Any], str, dict[str, Any]]] = {
    "price": (job_of, {"price": -2.0}, r"'case', \[plan\]: price = -2\.0", {"price": 2.0}),
    "count": (job_of, {"accelerator_count": "many"}, r"'case', \[plan\]: accelerator_count = 'many'", {"accelerator_count": 8}),
    "micro": (
        job_of,
        {"micro_batches": 8},
        r"pipeline_stages and micro_batches are given together",
        {"micro_batches": 8, "pipeline_stages": 4},
    ),
    "again": (
        job_of,
        {"recomputation": "some"},
        r"recomputation = 'some' is unknown; say none or full",
        {"recomputation": "full"},
    ),
    "up": (job_of, {"availability": 1.5}, r"\[plan\]: availability = 1\.5 must lie in \(0, 1\]", {"availability": 0.9}),
    "accelerator": (job_of, {"accelerator": "abacus"}, r"no accelerator 'abacus' in the hardware table; it has", {}),
    "hardware": (job_of, {"hardware": "/nowhere.toml"}, r"no hardware table at /nowhere\.toml; correct `hardware`", {}),
    "budgets": (
        flops_budgets,
        {"flops": [1e20, -1.0]},
        r"'case', \[plan\] flops: .* must be positive and finite; correct the list",
        {"flops": [1e20]},
    ),
    "experiments": (
        experiment_budget,
        {"experiment_flops": 0},
        r"experiment_flops = 0 must be one positive number",
        {"experiment_flops": 1e19},
    ),
    "axis": (
        budget_column,
        {"comparison": {"axis": "heads"}},
        r"axis = 'heads': chinchilla reads params, data_seen; name one of these",
        {},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_value_that_cannot_be_is_refused_and_a_right_one_taken(name: str) -> None:
    ask, bad, words, good = CASES[name]
    with pytest.raises(LawbookError, match=words):
        ask(setting(**bad))
    ask(setting(**good))


def test_budgets_that_nobody_names_and_no_run_has_are_asked_for() -> None:
    bare = RUNS.select("value")
    with pytest.raises(PlanError, match=r"no run has 'flops'; name the budgets in \[plan\] flops = \[\.\.\.\]"):
        budgets(setting(bare), "flops")
    assert budgets(setting(bare, flops=[1e20]), "flops").tolist() == [1e20]


def test_runs_without_any_amount_ask_for_the_budget_of_experiments() -> None:
    bare = RUNS.select("value", "params")
    with pytest.raises(PlanError, match=r"its runs have neither flops nor data_seen; set \[plan\] experiment_flops"):
        experiment_budget(setting(bare))
    assert experiment_budget(setting(bare, experiment_flops=1e19)) == (1e19, "declared")


def test_without_a_logged_batch_no_run_is_much_shorter_than_the_shortest() -> None:
    shortest = float(RUNS["data_seen"].min())  # type: ignore[arg-type]  # a column of numbers
    assert floors_of(setting(RUNS.drop("batch_size", strict=False))).data_seen == shortest / 2
    assert floors_of(setting(RUNS.drop("batch_size", strict=False), experiment_smaller=10)).data_seen == shortest / 10


def test_a_floor_that_is_no_number_is_refused() -> None:
    with pytest.raises(PlanError, match=r"\[plan\]: experiment_steps = 'few' must be one positive number"):
        floors_of(setting(experiment_steps="few"))
    floors_of(setting(experiment_steps=1000))
