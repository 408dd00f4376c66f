"""What no plan may depend on: names and order of pools, order and repeats of rows, the unit of the metric and of the data.

Every plan table of every case is built twice, as it is and changed; the changed one must be the same plan in the new terms.
"""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, study_of
from test_goals import CASES

from pipeline.fitting.result import Misfit
from pipeline.laws import laws
from pipeline.planning import PLANS
from pipeline.planning.plan import MEASURED
from pipeline.schema import TABLES

BITS = 1 / np.log(2)
VALUES = {*MEASURED, "behind", "next_behind", "excess", "gain", "loss_penalty", "expected_low", "expected_high"}
"""Columns in the unit of the metric."""
TABLES_AND_CASES = [(table, name) for table, plan in PLANS.items() for name in CASES if plan.needs(laws[name]) and plan.judges]


def case(name):
    """(law, constants, pools, runs, plan) of a case."""
    values, pools, runs, plan = CASES[name]
    return laws[name], values, pools, runs.with_columns(run_key=pl.int_range(pl.len()).cast(pl.String)), plan


def built(table, law, values, pools, runs, plan, metric="loss"):
    fit = fit_of(law, values, pools, draws=40, misfit=Misfit(0.01, 1.0))
    fit.residual_sd, fit.log_residuals = 0.01, True
    return PLANS[table].build(fit, study_of(metric, **plan), runs)


def same(one, other, factor=1.0, renamed=None):
    """Whether two plans are the same, values of the metric multiplied by the factor and pools renamed."""
    assert one.height == other.height
    for name in (n for n in one.columns if n != "message"):
        base = name.removesuffix("_low").removesuffix("_high")
        of_metric = name in VALUES or base in VALUES
        if one[name].dtype.is_float():
            times = factor if of_metric else 1.0
            np.testing.assert_allclose(other[name].to_numpy(), one[name].to_numpy() * times, rtol=1e-5, atol=1e-9, err_msg=name)
        elif one[name].dtype == pl.List(pl.String):
            names = [None if pools is None else [(renamed or {}).get(p, p) for p in pools] for pools in one[name].to_list()]
            assert other[name].to_list() == names, name
        elif one[name].dtype == pl.String and renamed:
            assert other[name].to_list() == [renamed.get(p, p) for p in one[name].to_list()], name
        elif one[name].dtype == pl.List(pl.Float64):
            assert one[name].is_null().to_list() == other[name].is_null().to_list(), name
            for ours, theirs in zip(one[name].drop_nulls(), other[name].drop_nulls(), strict=True):
                np.testing.assert_allclose(theirs, ours, atol=1e-4, err_msg=name)
        else:
            assert one[name].to_list() == other[name].to_list(), name


@pytest.mark.parametrize(("table", "name"), TABLES_AND_CASES)
def test_the_order_of_rows_changes_no_plan(table, name):
    law, values, pools, runs, plan = case(name)
    same(built(table, law, values, pools, runs, plan), built(table, law, values, pools, runs.reverse(), plan))


@pytest.mark.parametrize(("table", "name"), [t for t in TABLES_AND_CASES if t[0] != "plan_next_runs"])
def test_an_exact_repeat_of_every_run_changes_no_plan(table, name):
    law, values, pools, runs, plan = case(name)
    same(built(table, law, values, pools, runs, plan), built(table, law, values, pools, pl.concat([runs, runs]), plan))


@pytest.mark.parametrize(("table", "name"), [t for t in TABLES_AND_CASES if CASES[t[1]][1]])
def test_the_names_of_pools_change_no_plan(table, name):
    law, values, pools, runs, plan = case(name)
    new = dict(zip(pools, (f"z{9 - i}" for i in range(len(pools))), strict=True))
    said = {n: {new[p]: x for p, x in v.items()} if isinstance(v, dict) else v for n, v in values.items()}
    members = [[{**part, "pool": new[part["pool"]]} for part in parts] for parts in runs["members"].to_list()]
    renamed = built(table, law, said, tuple(new.values()), runs.with_columns(members=pl.Series(members)), plan)
    same(built(table, law, values, pools, runs, plan), renamed, renamed=new)


@pytest.mark.parametrize(("table", "name"), [t for t in TABLES_AND_CASES if t[0] != "plan_next_runs"])
def test_nats_and_bits_give_the_same_decisions(table, name):
    law, values, pools, runs, plan = case(name)
    bits = replace(law, name=f"{law.name}_bits", formula=law.formula * BITS, linear=(), worked=())
    goals = {"loss": [x * BITS for x in plan["loss"]]} if "loss" in plan else {}
    found = built(table, bits, values, pools, runs.with_columns(pl.col("value") * BITS), plan | goals)
    same(built(table, law, values, pools, runs, plan), found, factor=BITS)


@pytest.mark.parametrize(("table", "name"), TABLES_AND_CASES)
def test_every_row_is_possible(table, name):
    rows = built(table, *case(name))
    assert set(rows.columns) <= set(TABLES[table].names) | {"weights"}
    for column in (c for c in rows.columns if rows[c].dtype.is_float()):
        assert not rows[column].is_nan().any(), column
        if f"{column}_low" in rows.columns and f"{column}_high" in rows.columns:
            assert (rows[f"{column}_low"] <= rows[column]).all(), column
            assert (rows[column] <= rows[f"{column}_high"]).all(), column
            assert rows.filter(pl.col(column).is_null())[f"{column}_low"].is_null().all(), column
        if column.startswith(("probability_", "share_of_draws")):
            assert rows[column].drop_nulls().is_between(0, 1).all(), column
