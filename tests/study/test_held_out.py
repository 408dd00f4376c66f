"""Runs that a study holds out: which they are, and that no law sees them."""

from pathlib import Path

import duckdb
import pytest

from pipeline.errors import StudyError
from pipeline.laws import laws
from pipeline.study.observations import observations, without_needs
from pipeline.study.studies import read_study
from tests.study.runs_in_store import a_study, add

FAMILIES = {"a": (1.0, 2.0, 4.0), "b": (1.0, 8.0), "c": (3.0,)}


@pytest.fixture
def families(store: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Models of three families: of three sizes, of two, of one."""
    for family, sizes in FAMILIES.items():
        for size in sizes:
            add(store, f"{family}{size:.0f}", ((100.0, 3.0 - 0.1 * size),), recipe=family, params=size)
    return store


def reasons(store: duckdb.DuckDBPyConnection, held_out: object) -> dict[str, str | None]:
    study = a_study(held_out=held_out)
    seen = without_needs(laws["chinchilla"], observations(store, study))
    return dict(seen.select("run_key", "reason").iter_rows())


def test_runs_of_a_predicate_are_kept_from_the_laws_and_say_so(families: duckdb.DuckDBPyConnection) -> None:
    found = reasons(families, "params > 3")
    assert {key: reason for key, reason in found.items() if reason} == dict.fromkeys(("a4", "b8"), "held out: params > 3")


@pytest.mark.parametrize(("among", "kept"), [(2, {"a4", "b8"}), (3, {"a4"})])
def test_the_largest_of_each_group_of_so_many_sizes_is_held_out(
    families: duckdb.DuckDBPyConnection, among: int, kept: set[str]
) -> None:
    found = reasons(families, {"largest": "params", "of": "recipe", "among": among})
    assert {key for key, reason in found.items() if reason == "held out: the largest params of its recipe"} == kept


def test_what_is_left_out_for_another_reason_is_not_held_out(families: duckdb.DuckDBPyConnection) -> None:
    families.execute("UPDATE runs_history SET status = 'failed' WHERE run_key = 'a4'")
    found = reasons(families, {"largest": "params", "of": "recipe"})
    assert (found["a4"], found["a2"]) == ("failed", "held out: the largest params of its recipe")


@pytest.mark.parametrize(
    ("held_out", "said"),
    [
        ("params > 100", "selects no run that could be fitted"),
        ("params > 0", "leaves no run to be fitted"),
        ({"largest": "params", "of": "architecture"}, "no run has 'architecture'"),
    ],
)
def test_a_rule_that_holds_nothing_or_everything_out_is_refused(
    families: duckdb.DuckDBPyConnection, held_out: object, said: str
) -> None:
    with pytest.raises(StudyError, match=said):
        reasons(families, held_out)


def test_a_predicate_that_is_none_is_refused_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('study = "s"\nruns = "true"\nmetric = "loss"\nlaws = ["chinchilla"]\nheld_out = "no_column > 1"\n')
    with pytest.raises(StudyError, match=r"held_out: .*no_column"):
        read_study(path)
