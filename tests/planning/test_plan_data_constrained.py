"""Plans for limited unique data against the published constants and grid."""

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, study_of

from pipeline.laws.catalogue.repetition.data_constrained import C4, data_constrained
from pipeline.planning.questions.sizes.compute_optimal import build as unconstrained
from pipeline.planning.questions.sizes.data_constrained import build
from pipeline.planning.setting import Setting

RUNS = pl.DataFrame({"params": [1e8, 8.7e9], "data_seen": [1e10, 1.78e11], "data_unique": [1e10, 25e9], "value": [3.0, 2.5]})


def plan_at(flops=(1e22,), unique=(25e9,), **kwargs):
    return build(fit_of(data_constrained, C4, **kwargs), study_of(flops=list(flops), data_unique=list(unique)), RUNS)


def test_published_case_is_solved_below_the_published_grid_point():
    row = plan_at().row(0, named=True)
    assert row["epochs"] == pytest.approx(9.4884, abs=5e-5)
    assert row["params"] == pytest.approx(7.0262e9, rel=1e-5)
    fit = fit_of(data_constrained, C4)
    grid = Setting(fit, study_of(), RUNS).value(
        fit.estimate[None, :], params=np.array([7022364735.88]), data_seen=237336955477.55, data_unique=25e9
    )
    assert row["loss"] <= grid[0, 0]


def test_ample_unique_data_gives_the_unconstrained_optimum():
    limited = plan_at(unique=[1e15]).row(0, named=True)
    free = unconstrained(fit_of(data_constrained, C4), study_of(flops=[1e22]), RUNS).row(0, named=True)
    assert limited["params"] == pytest.approx(free["params"], rel=1e-6)
    assert limited["epochs"] < 1


def test_less_unique_data_never_lowers_the_loss():
    losses = plan_at(unique=[1e9, 5e9, 25e9, 100e9, 1e12], draws=0).sort("data_unique")["loss"].to_list()
    assert losses == sorted(losses, reverse=True)


def test_epochs_have_an_interval_that_holds_the_estimate():
    row = plan_at().row(0, named=True)
    assert row["epochs_low"] < row["epochs"] < row["epochs_high"]


def test_without_amounts_the_most_unique_data_of_any_run_is_taken():
    plan = build(fit_of(data_constrained, C4), study_of(flops=[1e22]), RUNS)
    assert plan["data_unique"].to_list() == [25e9]
