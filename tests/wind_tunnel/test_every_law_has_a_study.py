"""Each law of the book has a study of the shipped runs, or it is said what they lack for it."""

import re

import polars as pl
import pytest

from pipeline.laws import laws
from pipeline.laws.law import Law
from tests.wind_tunnel.study_scores import STUDIES, declared
from tests.wind_tunnel.unserved import DESIGN, LACKING

RUNS = STUDIES.parent / "runs"
POINTS = {"step", "lr", "data_planned"}  # of an observation, beside the columns of its run
DERIVABLE = {
    "s1",
    "s2",
    "params_average",
    "steps_min",
    "treated",
    "loss",
    "task_loss",
    "chance",
    "batch_tokens",
    "critical_batch",
}
DERIVABLE |= {
    "size_small",
    "size_large",
    "score",
    "pass_rate",
    "perplexity",
    "sparsity",
    "metric",
    "excess_loss",
    "data_per_param",
    "axis",
}


@pytest.fixture(scope="module")
def available() -> set[str]:
    """Columns that some shipped run has, metrics that were logged, and what rules make of both."""
    runs = pl.concat([pl.read_parquet(path) for path in RUNS.rglob("*.runs.parquet")], how="diagonal_relaxed")
    points = pl.concat([pl.read_parquet(path) for path in RUNS.rglob("*.measurements.parquet")], how="diagonal_relaxed")
    known = {name for name in runs.columns if runs[name].drop_nulls().len()}
    return known | set(points["metric"].unique()) | POINTS | DERIVABLE


def served() -> set[str]:
    return {name for study in declared() for name in study.laws}


def met(law: Law, columns: set[str]) -> bool:
    """Whether all that the law reads and answers is there."""
    return {*law.needs, law.response} <= columns


def test_every_law_has_a_study_or_a_reason() -> None:
    assert served() | set(LACKING) | set(DESIGN) == set(laws)


def test_no_law_has_both_a_study_and_a_reason() -> None:
    assert not served() & (set(LACKING) | set(DESIGN))
    assert not set(LACKING) & set(DESIGN)


def test_every_law_whose_needs_the_runs_meet_has_a_study_or_a_design_that_does_not_ask_it(available: set[str]) -> None:
    assert {name for name, law in laws.items() if met(law, available)} - served() == set(DESIGN)


@pytest.mark.parametrize("name", LACKING)
def test_what_a_law_is_said_to_lack_is_needed_and_not_there(name: str, available: set[str]) -> None:
    lacking = set(re.split(r" or |, ", LACKING[name][0]))
    assert lacking & {*laws[name].needs, laws[name].response}
    assert not lacking & available


def test_the_page_has_every_study_and_every_law_and_no_law_broke_down() -> None:
    page = (STUDIES.parents[1] / "docs" / "wind_tunnel.md").read_text()
    assert {study.study for study in declared()} == set(re.findall(r"^## (wind-tunnel-\S+)$", page, re.MULTILINE))
    lacking = set(laws) - set(re.findall(r"^\| (\w+)", page, re.MULTILINE))
    assert not lacking, f"{sorted(lacking)} have no row in docs/wind_tunnel.md: run `make wind-tunnel-scores`"
    assert "no fit" not in page
