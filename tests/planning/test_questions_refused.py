"""Questions that a law cannot answer are refused with what to write instead."""

import polars as pl
import pytest
from planning_cases import fit_of, pool_runs, study_of

from pipeline.errors import PlanError
from pipeline.laws import laws
from pipeline.laws.catalogue.pools.repeated_utility import POOLS, released, repeated_utility
from pipeline.planning import PLANS

RUNS = pl.DataFrame({"params": [1e8, 1e9], "data_seen": [2e9, 2e10], "value": [3.0, 2.5]})


def ask(question, runs=RUNS, **plan):
    return PLANS[f"plan_{question}"].build(
        fit_of(laws["chinchilla"], laws["chinchilla"].example), study_of(**{question: plan}), runs
    )


def of_pools(*entries):
    fit = fit_of(repeated_utility, released.values, POOLS[:2])
    plan = {"data_seen": [64e6], "pools": list(entries)}
    return PLANS["plan_response"].build(fit, study_of(response=plan), pool_runs(dict.fromkeys(POOLS[:2], 12.8e6)))


def test_a_sought_column_that_the_law_does_not_read():
    with pytest.raises(PlanError, match=r"chinchilla does not read 'learning_rate'.*it reads params"):
        ask("target", find="learning_rate", reach=[2.0])


def test_a_sought_column_that_no_run_logged_needs_its_ends():
    runs = RUNS.with_columns(params=pl.lit(None, pl.Float64))
    with pytest.raises(PlanError, match=r"say in \[plan\.target\] between"):
        ask("target", runs, find="params", reach=[2.0])


def test_a_pool_that_the_fit_does_not_know():
    with pytest.raises(PlanError, match=r"no pool 'gold'.*the pools are"):
        of_pools(["gold"])


def test_shares_that_do_not_sum_to_one():
    with pytest.raises(PlanError, match=r"sum to 0\.7; correct them"):
        of_pools({POOLS[0]: 0.4, POOLS[1]: 0.3})
