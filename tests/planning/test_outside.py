"""A plan's row says which limits it leaves: of the fitted runs, of the law's paper, of its response."""

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, pool_runs, study_of

from pipeline.laws import laws
from pipeline.laws.catalogue.pools.repeated_utility import POOLS, released, repeated_utility
from pipeline.planning import PLANS
from pipeline.planning.outside import outside
from pipeline.planning.setting import Setting
from pipeline.wording import sentences as words
from pipeline.wording.trust import trust
from pipeline.wording.words import beyond

RUNS = pl.DataFrame({"params": [1e8, 1e9], "data_seen": [2e9, 2e10], "value": [3.0, 2.5]})


def flagged(metric: str = "loss", **columns: list[float]) -> list[list[str] | None]:
    law = laws["chinchilla"]
    setting = Setting(fit_of(law, law.example), study_of(metric), RUNS)
    return outside(setting, pl.DataFrame(columns)).to_list()


def test_a_row_inside_both_ranges_is_not_flagged() -> None:
    assert flagged(params=[5e8], data_seen=[1e10]) == [None]


def test_the_ends_of_the_range_are_inside() -> None:
    assert flagged(params=[1e8, 1e9], data_seen=[2e9, 2e10]) == [None, None]


def test_a_row_beyond_the_runs_names_column_value_and_range() -> None:
    assert flagged(params=[7e9], data_seen=[1e10]) == [["params 7e+09: the runs have 1e+08 to 1e+09"]]


def test_a_row_below_the_runs_is_flagged_too() -> None:
    assert flagged(params=[5e7], data_seen=[1e10]) == [["params 5e+07: the runs have 1e+08 to 1e+09"]]


def test_a_row_beyond_the_paper_names_the_papers_range() -> None:
    found = flagged(params=[7e10], data_seen=[1e10])[0]
    assert found is not None
    assert found[1] == "params 7e+10: the law's paper has 4e+07 to 1.7e+10"


def repeated(name: str, runs: pl.DataFrame, **columns: list[float]) -> list[list[str] | None]:
    setting = Setting(fit_of(laws[name], laws[name].example), study_of(), runs)
    limits = outside(setting, pl.DataFrame(columns)).to_list()
    return [[one for one in each or [] if "the runs have" in one] or None for each in limits]


def test_more_epochs_than_any_run_had_are_a_limit_of_laws_that_see_repeats_and_of_no_other() -> None:
    runs = RUNS.with_columns(data_unique=pl.Series([1e9, 5e9]))
    row = {"params": [1e9], "data_seen": [2e10], "data_unique": [1e9], "epochs": [20.0]}
    assert repeated("data_constrained", runs, **row) == [["epochs 20: the runs have 2 to 4"]]
    assert repeated("chinchilla", runs, **row) == [None]


def test_a_longer_schedule_than_any_run_had_is_a_limit_of_laws_that_read_it() -> None:
    runs = pool_runs({"a": 1e8, "b": 1e8}).with_columns(data_planned=pl.lit(128e6))
    law = laws["annealed_effective_data"]
    values = {p.name: {"a": 1.0, "b": 0.5} if p.per else law.example[p.name] for p in law.parameters}
    found = outside(Setting(fit_of(law, values, ("a", "b")), study_of("error"), runs), pl.DataFrame({"data_seen": [64e7]}))
    assert "data_planned 6.4e+08: the runs have 1.28e+08 to 1.28e+08" in found.to_list()[0]


def test_compute_is_held_against_the_compute_of_the_runs() -> None:
    assert flagged(flops=[1e24]) == [["flops 1e+24: the runs have 1.2e+18 to 1.2e+20"]]


@pytest.mark.parametrize("made_of", ["data_seen", "images"])
def test_an_amount_is_held_against_the_column_that_its_axis_names(made_of: str) -> None:
    law, study = laws["chinchilla"], study_of()
    study.derive = {"data_seen": made_of}
    rows = pl.DataFrame({"axis": [made_of, "hours"], "amount": [5e10, 5e10]})
    found = outside(Setting(fit_of(law, law.example), study, RUNS), rows).to_list()
    assert found == [["data_seen 5e+10: the runs have 2e+09 to 2e+10"], None]


def test_a_metric_that_is_not_the_laws_response_is_flagged() -> None:
    assert flagged(metric="error", params=[5e8], data_seen=[1e10]) == [["metric error: the law is of loss"]]


@pytest.mark.parametrize(
    ("name", "metric", "said"),
    [
        ("logistic_score", "accuracy", None),
        ("logistic_score", "error", ["metric error: the law is of score"]),
        ("logistic_error", "false_positive_rate", None),
        ("logistic_error", "accuracy", ["metric accuracy: the law is of error"]),
        ("logistic_error", "perplexity", ["metric perplexity: the law is of error"]),
    ],
)
def test_a_law_of_benchmarks_is_of_any_whose_values_are_better_on_its_side(
    name: str, metric: str, said: list[str] | None
) -> None:
    runs = RUNS.with_columns(loss=pl.lit(2.5))
    setting = Setting(fit_of(laws[name], laws[name].example), study_of(metric), runs)
    assert outside(setting, pl.DataFrame({"flops": [1e19]})).to_list() == [said]


def test_data_that_are_not_counted_as_the_law_counts_them_are_flagged() -> None:
    law, runs = laws["chinchilla"], RUNS.with_columns(data_unit=pl.lit("sample"))
    setting = Setting(fit_of(law, law.example), study_of(), runs)
    assert outside(setting, pl.DataFrame({"params": [5e8]})).to_list() == [["data_unit sample: the law is of nats per token"]]


def test_words_say_which_convention_a_row_leaves() -> None:
    row = {"distance": -1.0, "outside": ["metric error: the law is of loss", "data_unit sample: the law is of nats per token"]}
    assert trust(row) == (
        "This lies inside the range of your runs. The law is of loss, not of this metric. "
        "The law is of nats per token, not of this unit of data."
    )


def test_data_seen_is_derived_from_passes_over_unique_data() -> None:
    fit = fit_of(repeated_utility, released.values, POOLS[:2])
    setting = Setting(fit, study_of("error"), pool_runs(dict.fromkeys(POOLS[:2], 12.8e6)))
    found = outside(setting, pl.DataFrame({"epochs": [1.0, 100.0], "data_unique": [128e6, 12.8e6]})).to_list()
    assert found[0] is None
    assert found[1] is not None
    assert found[1][0].startswith("data_seen 1.28e+09: the runs have")


@pytest.mark.parametrize("question", ["response", "optimum"])
def test_inputs_of_any_law_are_held_against_the_ranges(question: str) -> None:
    law = laws["kaplan_size_data"]
    runs = RUNS.rename({"params": "params_nonembedding"})
    plan = {"response": {"params_nonembedding": 1e11}, "optimum": {"find": "data_seen", "params_nonembedding": 1e11}}
    fit, study = fit_of(law, law.example), study_of(**{question: plan[question]})
    built = PLANS[f"plan_{question}"].build(fit, study, runs)
    found = outside(Setting(fit, study, runs), built).to_list()[0]
    assert found is not None
    assert any(entry.startswith("params_nonembedding 1e+11: the law's paper") for entry in found)


def test_words_say_which_ranges_a_row_leaves() -> None:
    outside = ["params 7e+10: the runs have 1e+08 to 1e+09", "params 7e+10: the law's paper has 4e+07 to 1.7e+10"]
    row = {"loss": 2.0, "loss_low": 1.9, "loss_high": 2.1, "params": 7e10, "data_seen": 1e12, "flops": 4e23, "distance": 2.0}
    said = words.sentence("plan_compute_optimal", row | {"outside": outside})
    assert said is not None
    assert said.endswith("It lies outside the range of your runs in size and that of the law's paper in size.")


def test_a_row_that_leaves_the_runs_in_size_is_not_said_to_lie_inside_them() -> None:
    row = {"distance": -0.5, "flops": 1e21, "outside": ["params 7e+10: the runs have 1e+08 to 1e+09"]}
    assert trust(row) == "This takes no more compute than your largest run, but lies outside the range of your runs in size."


def test_a_row_that_leaves_the_papers_range_alone_lies_inside_the_runs() -> None:
    row = {"distance": -0.5, "flops": 1e21, "outside": ["params 7e+10: the law's paper has 4e+07 to 1.7e+10"]}
    said = "This lies inside the range of your runs, but outside the range of the law's paper in size."
    assert trust(row) == said


@pytest.mark.parametrize(("times", "guess"), [(9.98, False), (10.0, False), (10.04, False), (10.1, True), (100.0, True)])
def test_what_is_printed_as_ten_times_is_no_guess_and_what_is_printed_as_more_is_one(times: float, guess: bool) -> None:
    row = {"distance": np.log10(times), "flops": 1e22}
    assert ("guess" in trust(row)) is guess
    assert ("guess" in beyond(row)) is guess


def mixed(**weights: float) -> list[str] | None:
    """What a plan leaves that draws these shares, of runs with a tenth to six tenths of code."""
    members = [[{"pool": "code", "share": code}, {"pool": "web", "share": 1 - code}] for code in (0.1, 0.4, 0.6)]
    runs = pl.DataFrame({"data_seen": [1e9] * 3, "members": members})
    fit = fit_of(laws["linear_mixing"], {"alone": {"code": 2.0, "web": 3.0}}, ("code", "web"))
    rows = pl.DataFrame({"pools": [list(weights)], "weights": [list(weights.values())]})
    return outside(Setting(fit, study_of("loss"), runs), rows).to_list()[0]


def test_a_share_that_no_run_came_near_is_outside() -> None:
    assert mixed(code=1.0) == ["share of code 1: the runs have 0.1 to 0.6", "share of web 0: the runs have 0.4 to 0.9"]


def test_a_share_between_those_of_the_runs_is_inside() -> None:
    assert mixed(code=0.61, web=0.39) is None


def test_a_share_outside_is_said_by_its_pool() -> None:
    row = {"outside": mixed(code=0.7, web=0.3), "distance": 0.0, "data_seen": 1e9}
    assert "outside the range of your runs in the share of code and the share of web" in trust(row)
