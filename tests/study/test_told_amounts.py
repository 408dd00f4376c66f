"""Predicates of a study see what a run's curves and pool say of it where its own row does not."""

from typing import Any

import duckdb
import polars as pl
import pytest

from pipeline.laws import laws
from pipeline.store.warehouse import insert_frame
from pipeline.study.observations import observations, study_digests
from pipeline.study.proposals.proposal import survey
from pipeline.study.sight import blind
from pipeline.study.told_runs import tell_runs
from tests.study.runs_in_store import CURVE, a_study, add

TOLD = {
    "its own data over its own unique data": ({"data_unique": 50.0}, "epochs >= 1.5"),
    "the last of its curve": ({"data_seen": None}, "data_seen >= 100"),
    "the last of its curve over its unique data": ({"data_seen": None, "data_unique": 50.0}, "epochs >= 1.5"),
    "the size of its pool": ({"pool": "web"}, "data_unique = 40"),
    "its data over the size of its pool": ({"pool": "web"}, "epochs BETWEEN 2.4 AND 2.6"),
    "the sizes in its mixture": ({"pool": "mix"}, "data_unique = 30"),
    "six times its size times its data": ({"data_seen": None}, "flops = 6000"),
}
KEYS = ("runs", "exclude", "held_out")


def pooled(store: duckdb.DuckDBPyConnection) -> None:
    """A pool of 40 and a mixture of 10 and 20."""
    insert_frame(store, "pools", pl.DataFrame({"pool": ["web", "books"], "data_unique": [40.0, 20.0]}))
    members = {"pool": ["mix", "mix"], "member": ["web", "books"], "share": [0.5, 0.5], "data_unique": [10.0, 20.0]}
    insert_frame(store, "pool_members", pl.DataFrame(members))


def chosen(store: duckdb.DuckDBPyConnection, key: str, predicate: str) -> set[str]:
    """The runs that a study takes by its `runs`, leaves out by its `exclude`, or holds out."""
    frame = observations(store, a_study(runs=predicate) if key == "runs" else a_study(**{key: predicate}))
    return set(frame["run_key"] if key == "runs" else frame.filter(~pl.col("used"))["run_key"])


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("case", TOLD)
def test_a_predicate_sees_what_is_told_of_a_run_elsewhere(store: duckdb.DuckDBPyConnection, case: str, key: str) -> None:
    columns, predicate = TOLD[case]
    pooled(store)
    add(store, "told", **columns)
    add(store, "other", ((25.0, 3.0),), data_seen=25.0, data_unique=1000.0)
    assert chosen(store, key, predicate) == {"told"}


@pytest.mark.parametrize("case", TOLD)
def test_a_study_is_due_when_a_run_that_it_takes_by_what_is_told_changes(store: duckdb.DuckDBPyConnection, case: str) -> None:
    columns, predicate = TOLD[case]
    pooled(store)
    study = a_study(runs=predicate)
    nothing = study_digests(store, [study])
    add(store, "told", **columns)
    assert study_digests(store, [study]) != nothing


def test_what_a_run_says_itself_is_what_a_predicate_sees(store: duckdb.DuckDBPyConnection) -> None:
    own: dict[str, Any] = {"data_seen": 80.0, "data_unique": 70.0, "epochs": 3.0, "flops": 5.0, "pool": "web"}
    pooled(store)
    add(store, "own", CURVE, **own)
    tell_runs(store)
    names = ", ".join(own)
    assert store.execute(f"SELECT {names} FROM told_runs").fetchall() == [tuple(own.values())]


def test_the_fix_for_a_law_that_sees_no_repeats_leaves_out_the_runs_that_it_means(store: duckdb.DuckDBPyConnection) -> None:
    for number in range(6):
        add(store, f"r{number}", data_unique=40.0 if number < 3 else 100.0)
    (said,) = blind(laws["chinchilla"], observations(store, a_study()))
    predicate = said.fix.partition("exclude = '")[2].partition("'")[0]
    assert blind(laws["chinchilla"], observations(store, a_study(exclude=predicate))) == []


def test_a_survey_tells_runs_that_repeat_and_levels_within_a_pool(store: duckdb.DuckDBPyConnection) -> None:
    for number, (pool, unique) in enumerate([("a", 40.0), ("a", 40.0), ("b", 50.0), ("b", 100.0), ("b", None)]):
        add(store, f"r{number}", pool=pool, data_unique=unique)
    (found,) = survey(store, {})
    facts = ("runs", "pool", "data_unique", "repeated", "fresh", "most_epochs")
    assert [found[fact] for fact in facts] == [5, 2, 2, 3, 2, 2.5]
