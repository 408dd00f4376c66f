"""What the laws of a chained study see of its runs, and which chains are refused."""

from pathlib import Path

import duckdb
import pytest

from pipeline.errors import StudyError
from pipeline.laws.families import rivals
from pipeline.study.declaration import Study
from pipeline.study.explained import explain_study
from pipeline.study.observations import observations, without_needs
from pipeline.study.reductions import response_of
from pipeline.study.studies import read_study
from tests.study.derived.test_other_metrics import beside
from tests.study.runs_in_store import a_study, add

STUDY = """study = "s"
runs = "dataset = 'c4'"
metric = "error"
laws = ["gadre_error"]
chain = {chain}
"""


def chained(**changes: object) -> Study:
    return a_study(**{"metric": "error", "points": "all", "laws": ("gadre_error",), "chain": {"loss": "chinchilla"}, **changes})


@pytest.fixture
def both(store: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A run with losses and errors along it, one with losses alone, and one that is planned."""
    add(store, "a")
    beside(store, "a", "error", ((25.0, 0.9), (100.0, 0.6)))
    add(store, "b", ((50.0, 3.5), (100.0, 2.9)))
    add(store, "p", (), status="planned")
    return store


def seen(store: duckdb.DuckDBPyConnection, place: int) -> list[tuple[str, float]]:
    study = chained()
    rows = without_needs(study.law_objects()[place], observations(store, study))
    return [tuple(row) for row in rows.filter("used").select("run_key", "value").sort("run_key").rows()]


def test_the_first_law_sees_the_link_at_the_end_of_each_run_with_or_without_the_metric(both: duckdb.DuckDBPyConnection) -> None:
    assert seen(both, 1) == [("a", 2.2), ("b", 2.9)]


def test_the_second_law_sees_the_metric_wherever_both_were_logged(both: duckdb.DuckDBPyConnection) -> None:
    assert seen(both, 0) == [("a", 0.9), ("a", 0.6)]


def test_a_law_beside_the_chain_sees_the_metric_at_the_end_of_each_run(both: duckdb.DuckDBPyConnection) -> None:
    study = chained(laws=("gadre_error", "capped_error_of_size"))
    rows = without_needs(study.law_objects()[1], observations(both, study))
    assert rows.filter("used").select("run_key", "value").rows() == [("a", 0.6)]
    assert "not the end of its run, where a law beside the chain is fitted" in rows["reason"].to_list()


def test_a_family_among_the_laws_is_all_of_its_rivals() -> None:
    study = chained(laws=("error_from_loss", "capped_error_of_size", "error_from_size"))
    assert study.laws == (*rivals("error_from_loss"), "capped_error_of_size", "additive_error_of_size", "logistic_error_of_size")


def test_no_law_of_a_chain_sees_a_held_out_run_even_if_it_lacks_the_metric(both: duckdb.DuckDBPyConnection) -> None:
    study = chained(held_out="run_id = 'b'")
    rows = observations(both, study)
    for law in study.law_objects():
        assert "b" not in without_needs(law, rows).filter("used")["run_key"].to_list()


def test_a_point_that_is_no_end_says_so(both: duckdb.DuckDBPyConnection) -> None:
    study = chained()
    rows = without_needs(study.law_objects()[1], observations(both, study))
    assert "not the end of its run, where loss is predicted" in rows["reason"].to_list()
    assert rows.filter(run_key="p")["reason"].to_list() == ["planned"]


def test_the_first_laws_of_a_chain_are_laws_of_the_study_where_it_is_explained(both: duckdb.DuckDBPyConnection) -> None:
    found = {law.law: law.declared for law in explain_study(both, chained()).laws}
    assert {name for name, declared in found.items() if declared} == {"gadre_error", "chinchilla"}


def test_each_law_of_a_chain_has_its_own_response() -> None:
    study = chained()
    assert [response_of(study, law) for law in study.law_objects()] == ["error", "loss"]


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        ('{ lr = "chinchilla" }', "no law of the study reads 'lr' .gadre_error reads loss"),
        ('{ loss = "chinchila" }', "chain: 'chinchila' is no law .did you mean 'chinchilla'"),
        ('{ loss = ["chinchilla", "gadre_error"] }', "'gadre_error' is among `laws` too"),
        ("{ loss = [] }", "no law predicts 'loss'"),
        ('{ loss = "chinchilla", task_loss = "chinchilla" }', "chain"),
        ('{ loss = "chinchilla" }\nconstants = "gadre_error/C4, 17 tasks"', "constants"),
    ],
)
def test_a_chain_that_does_not_hold_is_refused_with_the_fix(tmp_path: Path, chain: str, said: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(STUDY.replace("{chain}", chain), encoding="utf-8")
    with pytest.raises(StudyError, match=said):
        read_study(path)


@pytest.mark.parametrize(("name", "values"), [("error_stderr", (0.02, 0.02)), ("accuracy_stderr", (0.02, 0.02))])
def test_a_logged_standard_error_is_that_of_the_observation(
    both: duckdb.DuckDBPyConnection, name: str, values: tuple[float, float]
) -> None:
    beside(both, "a", name, ((25.0, 0.02), (100.0, 0.02)))
    found = observations(both, chained()).filter(run_key="a")
    assert tuple(found["sampling_sd"].to_list()) == values


def test_items_give_the_standard_error_of_a_share(both: duckdb.DuckDBPyConnection) -> None:
    beside(both, "a", "items", ((25.0, 100.0), (100.0, 100.0)))
    found = observations(both, chained()).filter(run_key="a")
    assert found["sampling_sd"].to_list() == pytest.approx([(0.9 * 0.1 / 100) ** 0.5, (0.6 * 0.4 / 100) ** 0.5])
