"""The three approaches to the compute-optimal size: agreement is silent, disagreement is said and found by the check."""

import polars as pl
import pytest
from planning_cases import fit_of, study_of
from test_approaches import TRUE, made_runs

from pipeline.home import Home
from pipeline.laws.catalogue.size_and_data.chinchilla import chinchilla
from pipeline.operations.findings import disagreeing_approaches
from pipeline.planning.questions.sizes.compute_optimal import build
from pipeline.planning.sizes.agreement import with_disagreement
from pipeline.store.warehouse import Warehouse, insert_frame
from pipeline.wording.approaches import disagreement

FLOPS = 1e20


def plan_of(**sizes: tuple[float, float, float] | None) -> pl.DataFrame:
    """One budget: for each approach N_opt with its interval."""
    rows = [
        {"flops": FLOPS, "approach": approach} | dict(zip(("params", "params_low", "params_high"), ends, strict=True))
        for approach, ends in sizes.items()
    ]
    return pl.DataFrame(rows, schema_overrides={"params_low": pl.Float64, "params_high": pl.Float64})


def said_of(plan: pl.DataFrame) -> str:
    """What is said of the law's row."""
    return disagreement(with_disagreement(plan).filter(approach="parametric").row(0, named=True))


def test_intervals_that_meet_are_no_disagreement():
    assert said_of(plan_of(parametric=(1e9, 0.8e9, 1.2e9), isoflop_parabola=(1.3e9, 1.1e9, 1.5e9))) == ""


def test_an_approach_outside_the_laws_interval_is_named_with_both_sizes():
    said = said_of(plan_of(parametric=(1e9, 0.8e9, 1.2e9), isoflop_cubic=(2e9, 1.5e9, 2.5e9)))
    assert said == (
        "The approaches disagree on the parameters: the law says 1.0 B (800 M–1.2 B), "
        "the isoFLOP profiles (cubic) say 2.0 B (1.5–2.5 B)."
    )


def test_two_approaches_that_miss_each_other_within_the_laws_interval_are_named():
    said = said_of(plan_of(parametric=(1e9, 1e8, 9e9), envelope=(2e8, 1.5e8, 2.5e8), isoflop_cubic=(2e9, 1.5e9, 2.5e9)))
    assert "envelope" in said
    assert "cubic" in said


def test_an_approach_without_interval_says_nothing():
    assert said_of(plan_of(parametric=(1e9, 0.8e9, 1.2e9), isoflop_cubic=(2e9, None, None))) == ""


def test_budgets_are_compared_each_with_itself():
    here = plan_of(parametric=(1e9, 0.8e9, 1.2e9), isoflop_cubic=(1e9, 0.9e9, 1.1e9))
    there = here.with_columns(flops=pl.lit(1e22), params_low=10 * pl.col("params_low"), params_high=10 * pl.col("params_high"))
    assert with_disagreement(pl.concat([here, there]))["apart"].null_count() == 4


@pytest.mark.parametrize(("wrong", "rings"), [(1.0, False), (4.0, True)])
def test_the_check_finds_a_law_that_the_runs_themselves_contradict(tmp_path, wrong, rings):
    law = fit_of(chinchilla, TRUE | {"A": TRUE["A"] * wrong}, spread=0.003)
    built = build(law, study_of(flops=[FLOPS, 1e22]), made_runs())
    placed = built.with_columns(
        study=pl.lit("case"),
        cohort=pl.lit(""),
        law=pl.lit("chinchilla"),
        fit_id=pl.lit("f"),
        selected=True,
        grade=pl.lit("clean"),
    )
    home = Home.open(tmp_path)
    with Warehouse(home) as warehouse:
        insert_frame(warehouse.connection, "plan_compute_optimal", placed)
    found = disagreeing_approaches(home)
    assert bool(found) == rings
    assert built.filter(approach="parametric")["apart"].is_null().all() != rings
