"""Errors that a study's own words lead to when its runs are read: each names the value, and what it says to do works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.compute import IN_PROCESS
from pipeline.errors import StudyError
from pipeline.refit.refit import refit
from pipeline.store.warehouse import Warehouse
from pipeline.study.observations import observations
from pipeline.study.sharing import run_jobs
from pipeline.study.studies import read_study
from tests.small_home import STUDY, make_home, without_report
from tests.study.runs_in_store import a_study, add

ASKED: dict[str, tuple[str, str, str]] = {
    "a number for a table": (
        "schedule = 3\n",
        r"\[plan\.schedule\] must be a table; write it like \[plan\.schedule\] steps = \[1, 2\]",
        "[plan.schedule]\nsteps = [1, 2]\n",
    ),
    "a key of nothing": (
        "[plan.benchmarks]\nquestions = 100\n",
        r"\[plan\.benchmarks\]: unknown key 'questions'; its keys are items, rate",
        "[plan.benchmarks]\nitems = 100\n",
    ),
    "a number for a column": (
        "[plan.comparison]\naxis = 6\n",
        r"\[plan\.comparison\] axis = 6 is no column; name one that the laws read, in quotes",
        '[plan.comparison]\naxis = "params"\n',
    ),
}
READ: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "a text that is neither true nor false": (
        {"runs": "dataset"},
        r"runs = 'dataset': Conversion Error: .*'c4'.*; correct the predicate",
        {"runs": "dataset = 'c4'"},
    ),
    "a family that no run names": (
        {"derive": {"members": {"one_of": "family"}}},
        r"\[derive\] members: no run has 'family'; name a column of runs or a tag",
        {"derive": {"members": {"one_of": "recipe"}}},
    ),
    "a share that no run has": (
        {"derive": {"members": {"shares": ["web", "books"]}}},
        r"\[derive\] members: no run has the share 'books'; name columns of runs or tags",
        {"derive": {"members": {"shares": ["web"]}}},
    ),
    "scores that two runs have": (
        {"derive": {"ability": {"first_component": ["metric:wide", "metric:rare"]}}},
        r"ability: 2 fitted runs have all of metric:wide, metric:rare, .*; name scores that at least 3 runs have",
        {"derive": {"ability": {"first_component": ["metric:wide", "metric:other"]}}},
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_plan_that_is_refused_says_what_to_write_and_is_taken_so(name: str, tmp_path: Path) -> None:
    wrong, words, right = ASKED[name]
    path, good = tmp_path / "study.toml", STUDY.format(name="first")
    path.write_text(f"{good}{wrong}")
    with pytest.raises(StudyError, match=words):
        read_study(path)
    path.write_text(f"{good}{right}")
    read_study(path)


@pytest.mark.parametrize("name", READ)
def test_what_a_study_reads_of_no_run_is_named_with_what_would_do(name: str, store: duckdb.DuckDBPyConnection) -> None:
    wrong, words, right = READ[name]
    for key, score in (("a", 0.2), ("b", 0.3), ("c", 0.5)):
        add(store, key, recipe="plain", tags=[{"key": "web", "value": "0.7"}])
        for metric in ("wide", "other") if key == "c" else ("wide", "other", "rare"):
            add_metric(store, key, metric, score)
    with pytest.raises(StudyError, match=words):
        observations(store, a_study(**wrong))
    assert observations(store, a_study(**right)).height == 3


def add_metric(store: duckdb.DuckDBPyConnection, key: str, metric: str, value: float) -> None:
    """One value at the end of a run that is there."""
    add(store, f"{key}-{metric}", ((100.0, value),), metric=metric)
    store.execute("UPDATE series SET run_key = ? WHERE run_key = ?", [key, f"{key}-{metric}"])
    store.execute("DELETE FROM runs_history WHERE run_key = ?", [f"{key}-{metric}"])


@pytest.mark.parametrize(("column", "other"), [("split", "train"), ("task", "pile")])
def test_runs_measured_on_two_splits_or_tasks_are_refused_until_the_study_names_one(
    column: str, other: str, store: duckdb.DuckDBPyConnection
) -> None:
    for key in ("a", "b"):
        add(store, key)
    store.execute(f"UPDATE series SET {column} = ? WHERE run_key = 'b'", [other])
    with pytest.raises(StudyError, match=rf"runs differ in {column}: .*'{other}'.*; say {column} = \.\.\. in the study"):
        observations(store, a_study())
    assert observations(store, a_study(**{column: other}))["used"].sum() == 1


def test_a_prior_from_a_study_that_was_never_fitted_says_to_refit_it_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, shares = make_home(tmp_path / "home", "web"), a_study(share=("alpha",), prior_from="web")
    with (
        Warehouse(home) as store,
        pytest.raises(StudyError, match=r"'web': that study has no usable fit of chinchilla; refit .* lawbook refit --study web"),
    ):
        run_jobs(store.connection, shares, [], IN_PROCESS)
    without_report(monkeypatch)
    assert refit(home).exit_code == 0
    with Warehouse(home) as store:
        assert run_jobs(store.connection, shares, [], IN_PROCESS) == []
