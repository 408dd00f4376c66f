"""What a study asks of any law: its response, the inverse of it in one column, its optimum in one column."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_cases import fit_of, pool_runs, study_of

from pipeline.errors import PlanError
from pipeline.fitting.result import Misfit
from pipeline.laws import laws
from pipeline.laws.catalogue.pools.repeated_utility import POOLS, released, repeated_utility
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.planning import PLANS
from pipeline.wording import sentences as words

MONOTONE = [
    "power_law",
    "chinchilla",
    "kaplan_size_data",
    "gadre_error",
    "step_law_rate",
    "minicpm_batch",
    "pass_until",
    "var_size",
]
RUNS = pl.DataFrame({"params_nonembedding": [1e8, 1e9], "data_seen": [2e9, 2e10], "value": [3.0, 2.5]})


def example(name):
    """A law's fit at its example's constants, and runs around its example's columns."""
    law = laws[name]
    runs = pl.DataFrame({c: [float(law.example[c]) / 3, float(law.example[c]) * 3] for c in law.columns} | {"value": [1.0, 1.0]})
    return fit_of(law, law.example), runs


def asked(name, table, fit, runs, **plan):
    return PLANS[table].build(fit, study_of(**{name: plan}), runs)


@pytest.mark.parametrize("name", sorted(name for name, law in laws.items() if not law.pooled))
def test_the_response_is_the_law_at_the_named_columns(name):
    law, (fit, runs) = laws[name], example(name)
    at = {c: float(law.example[c]) for c in law.columns}
    row = asked("response", "plan_response", fit, runs, **at).row(0, named=True)
    theta = np.array([[float(law.example[p.name]) for p in law.parameters]])
    assert row["value"] == pytest.approx(compiled(law).value(theta, rows_from_frame(law, pl.DataFrame(at)))[0, 0], rel=1e-12)
    assert {pair["key"]: pair["value"] for pair in row["inputs"]} == at


def test_all_combinations_of_the_named_values_are_rows():
    fit, runs = example("chinchilla")
    rows = asked("response", "plan_response", fit, runs, params=[1e8, 1e9], data_seen=[1e9, 1e10, 1e11])
    assert rows.height == 6
    assert rows["value"].n_unique() == 6


def test_a_column_that_is_not_named_is_held_at_its_median_over_the_runs():
    fit, runs = example("chinchilla")
    row = asked("response", "plan_response", fit, runs, params=[1e9]).row(0, named=True)
    assert {pair["key"]: pair["value"] for pair in row["inputs"]}["data_seen"] == runs["data_seen"].median()
    assert [pair["key"] for pair in row["given"]] == ["params"]


def test_the_interval_of_a_response_holds_the_laws_own_misfit():
    fit, runs = example("chinchilla")
    wrong = fit_of(laws["chinchilla"], laws["chinchilla"].example, misfit=Misfit(s0=0.2))
    narrow, wide = (asked("response", "plan_response", f, runs, params=[1e9]).row(0, named=True) for f in (fit, wrong))
    assert wide["value_high"] - wide["value_low"] > 2 * (narrow["value_high"] - narrow["value_low"])


@given(name=st.sampled_from(MONOTONE), place=st.floats(-1.5, 1.5), data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_inverse_inverts_the_response(name, place, data):
    law, (fit, runs) = laws[name], example(name)
    find = data.draw(st.sampled_from(law.columns))
    held = {c: float(law.example[c]) for c in law.columns if c != find}
    amount = float(law.example[find]) * 10**place
    value = asked("response", "plan_response", fit, runs, **held, **{find: amount})["value"][0]
    row = asked("target", "plan_target", fit, runs, find=find, reach=[value], **held).row(0, named=True)
    again = asked("response", "plan_response", fit, runs, **held, **{find: row["amount"]})["value"][0]
    assert again == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("name", sorted(name for name, law in laws.items() if not law.pooled))
def test_every_law_is_inverted_in_every_column_that_it_reads(name):
    law, (fit, runs) = laws[name], example(name)
    for find in (c for c in law.columns if float(law.example[c]) > 0):  # amounts are sought among positive ones
        held = {c: float(law.example[c]) for c in law.columns if c != find}
        amount = float(law.example[find]) * 1.1
        value = asked("response", "plan_response", fit, runs, **held, **{find: amount})["value"][0]
        ends = [amount / 1.5, amount * 1.5]
        row = asked("target", "plan_target", fit, runs, find=find, reach=[value], between=ends, **held).row(0, named=True)
        again = asked("response", "plan_response", fit, runs, **held, **{find: row["amount"]})["value"][0]
        assert again == pytest.approx(value, rel=1e-10, abs=1e-12), find


def test_a_target_that_the_law_never_takes_is_null_with_the_range_that_was_sought():
    fit, runs = example("chinchilla")
    row = asked("target", "plan_target", fit, runs, find="data_seen", reach=[0.1], between=[1e8, 1e12]).row(0, named=True)
    assert row["amount"] is None
    assert "1e+08 to 1e+12" in row["message"]


def test_a_target_that_is_taken_twice_gives_the_least_and_says_so():
    constants = {"E": 0.0, "A": 1.0, "alpha": 1.0, "B": 1.0, "beta": 1.0}
    runs = pl.DataFrame({"params": [0.5, 2.0], "data_seen": [0.5, 2.0], "value": [1.0, 1.0]})
    plan = {"find": "params", "goal": "least", "between": [1e-3, 1e3], "tie": {"data_seen": "1 / params"}}
    best = asked("optimum", "plan_optimum", fit_of(laws["chinchilla"], constants), runs, **plan).row(0, named=True)
    assert best["amount"] == pytest.approx(1.0, rel=1e-6)  # 1/N + N
    assert best["value"] == pytest.approx(2.0, rel=1e-12)


@given(budget=st.floats(1e19, 1e22))
@settings(max_examples=20, deadline=None)
def test_the_response_has_no_slope_at_the_optimum(budget):
    law = laws["vocabulary"]
    fit, runs = example("vocabulary")
    tie = {"data_seen": f"{budget} / (6 * (params_nonembedding + params_vocabulary))"}
    at = {"params_nonembedding": 1e9}
    row = asked("optimum", "plan_optimum", fit, runs, find="params_vocabulary", between=[1e5, 1e11], tie=tie, **at).row(
        0, named=True
    )
    best, step = row["amount"], 1e-3

    def value(vocabulary):
        columns = {**at, "params_vocabulary": vocabulary, "data_seen": budget / (6 * (1e9 + vocabulary))}
        theta = np.array([[float(law.example[p.name]) for p in law.parameters]])
        return compiled(law).value(theta, rows_from_frame(law, pl.DataFrame(columns)))[0, 0]

    below, middle, above = (value(best * np.exp(k * step)) for k in (-1, 0, 1))
    curvature = (above - 2 * middle + below) / step**2
    slope = (above - below) / (2 * step)
    assert curvature > 0
    assert abs(slope / curvature) < 1e-5  # a Newton step from there moves ln x by less


def test_the_optimum_of_a_tied_budget_is_the_compute_optimal_size():
    fit, runs = example("chinchilla")
    there = PLANS["plan_compute_optimal"].build(fit, study_of(flops=[1e21]), runs.with_columns(flops=1e20)).row(0, named=True)
    here = asked("optimum", "plan_optimum", fit, runs, find="params", tie={"data_seen": "1e21 / (6 * params)"}).row(0, named=True)
    assert here["amount"] == pytest.approx(there["params"], rel=1e-6)
    assert here["value"] == pytest.approx(there["loss"], rel=1e-12)


def test_a_law_without_an_optimum_in_the_column_says_so():
    fit, runs = example("chinchilla")
    row = asked("optimum", "plan_optimum", fit, runs, find="params").row(0, named=True)
    assert row["amount"] is None
    assert "no least value" in row["message"]


def test_a_maximum_is_found_where_the_goal_is_the_most():
    fit, runs = example("verifier_reward")
    row = asked("optimum", "plan_optimum", fit, runs, find="attempts", goal="most", between=[0.1, 1000]).row(0, named=True)
    values = asked("response", "plan_response", fit, runs, attempts=list(np.geomspace(0.1, 1000, 400)))["value"]
    assert row["value"] >= values.max()


def test_a_law_over_pools_answers_for_declared_sets_and_shares():
    fit = fit_of(repeated_utility, released.values, POOLS[:4])
    runs = pool_runs(dict.fromkeys(POOLS[:4], 12.8e6))
    first, second = POOLS[:2]
    entries = [[first], [first, second], {first: 0.9, second: 0.1}]
    rows = asked("response", "plan_response", fit, runs, data_seen=[64e6], pools=entries)
    assert rows["pools"].to_list() == [[first], [first, second], [first, second]]
    assert rows["weights"].to_list() == [[1.0], [0.5, 0.5], [0.9, 0.1]]
    listed = PLANS["plan_filtering"].build(fit, study_of("error", data_seen=[64e6]), runs)
    theirs = {tuple(row["pools"]): row["value"] for row in listed.iter_rows(named=True)}
    assert rows["value"][:2].to_list() == pytest.approx([theirs[(first,)], theirs[(first, second)]], rel=1e-12)


@pytest.mark.parametrize("name", ["annealing", "knowledge_capacity"])
def test_a_law_that_reads_none_of_the_named_columns_says_what_it_reads(name):
    fit, runs = example(name)
    with pytest.raises(PlanError, match=laws[name].columns[0]):
        asked("response", "plan_response", fit, runs, flops=[1e20])


def test_a_column_that_the_law_does_not_read_is_named_in_the_row():
    fit, runs = example("power_law")
    row = asked("response", "plan_response", fit, runs, data_seen=[1e8], params=[1e6, 1e7]).row(0, named=True)
    assert row["message"] == "power_law does not read params."


@pytest.mark.parametrize(
    ("table", "plan"),
    [
        ("response", {"params": [1e8, 1e9]}),
        ("target", {"find": "data_seen", "reach": [2.9, 0.1]}),
        ("optimum", {"find": "params", "tie": {"data_seen": "1e21 / (6 * params)"}}),
        ("optimum", {"find": "params"}),
    ],
)
def test_every_answer_is_said_in_words(table, plan):
    fit, runs = example("chinchilla")
    said = [words.sentence(table, row) for row in asked(table, f"plan_{table}", fit, runs, **plan).iter_rows(named=True)]
    assert said
    assert all(s and "None" not in s and "nan" not in s and s.endswith(".") for s in said)
