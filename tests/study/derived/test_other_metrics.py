"""A law's column that is another metric of the same run at the same point."""

import duckdb
import polars as pl
import pytest

from pipeline.errors import StudyError
from pipeline.store.warehouse import insert_frame
from pipeline.study.observations import observations, study_digests, without_needs
from tests.study.runs_in_store import NOW, a_study, add

ERRORS = ((25.0, 0.9), (100.0, 0.6))


def beside(
    store: duckdb.DuckDBPyConnection, key: str, metric: str, curve: tuple[tuple[float, float], ...], task: str = "c4"
) -> None:
    """One more metric of a run that is in the store."""
    number = store.execute("SELECT count(*) FROM series").fetchall()[0][0]
    series = {"series": number, "run_key": key, "metric": metric, "split": "validation", "task": task}
    insert_frame(store, "series", pl.DataFrame([{**series, "final_data_seen": curve[-1][0]}]))
    times = {"version": 1, "valid_from": NOW}
    for data_seen, value in curve:
        insert_frame(store, "points", pl.DataFrame([{"series": number, "data_seen": data_seen, "value": value, **times}]))


def error_study(**changes: object) -> object:
    return a_study(**{"metric": "error", "laws": ("gadre_error",), "points": "all", **changes})


@pytest.fixture
def both(store: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A run with a curve of losses and two errors."""
    add(store, "a")
    beside(store, "a", "error", ERRORS)
    return store


def test_the_loss_beside_an_error_is_that_of_the_same_point(both: duckdb.DuckDBPyConnection) -> None:
    assert observations(both, error_study())["loss"].to_list() == [3.0, 2.2]


def test_between_two_points_it_lies_on_their_line(both: duckdb.DuckDBPyConnection) -> None:
    beside(both, "a", "score", ((37.5, 0.1),))
    assert observations(both, error_study(metric="score"))["loss"].to_list() == pytest.approx([2.2])  # its end is the run's end
    frame = observations(both, error_study(metric="score", derive={"loss": "metric:loss@validation/c4"}))
    assert frame["loss"].to_list() == pytest.approx([2.2])


def test_nothing_is_taken_from_beyond_what_was_logged(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", ((50.0, 2.5), (80.0, 2.2)))
    beside(store, "a", "error", ((25.0, 0.9), (65.0, 0.7), (100.0, 0.6)))
    assert observations(store, error_study())["loss"].to_list() == pytest.approx([None, 2.35, 2.2], nan_ok=True)


def test_several_tasks_are_refused_with_the_line_that_says_which(both: duckdb.DuckDBPyConnection) -> None:
    for task in ("books", "code"):
        beside(both, "a", "perplexity_of", ((100.0, 1.0),), task)
    with pytest.raises(StudyError, match=r"several tasks: 'books', 'code'.*\[derive\].*perplexity_of@validation/books"):
        observations(both, error_study(derive={"loss": "metric:perplexity_of"}))


def test_a_declared_metric_names_its_split_and_task(both: duckdb.DuckDBPyConnection) -> None:
    beside(both, "a", "loss", ((25.0, 4.0), (100.0, 3.0)), task="books")
    frame = observations(both, error_study(derive={"loss": "metric:loss@validation/books"}))
    assert frame["loss"].to_list() == [4.0, 3.0]


def test_an_expression_reads_columns_and_tags(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", recipe="muon")
    add(store, "b", recipe="adam")
    frame = observations(store, a_study(laws=("compute_multiplier",), derive={"treated": "recipe = 'muon'"}))
    assert frame.sort("run_key")["treated"].to_list() == [1.0, 0.0]


def test_an_expression_over_no_column_is_refused_by_name(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    with pytest.raises(StudyError, match=r"\[derive\] treated.*no column 'recip'"):
        observations(store, a_study(laws=("compute_multiplier",), derive={"treated": "recip = 'muon'"}))


@pytest.mark.parametrize("wrong", [{"x": 3}, {"x": {"mean": ["a"]}}, {"x": {"shares": []}}, {"a b": "1"}])
def test_what_cannot_be_derived_is_refused_when_the_study_is_read(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="derive"):
        a_study(derive=wrong)


def test_a_missing_column_says_what_it_follows_from(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    study = a_study(laws=("annealing",))
    reasons = without_needs(study.law_objects()[0], observations(store, study))["reason"].to_list()
    assert reasons == [
        "no s1 (it follows from lr beside its steps, or lr_schedule, peak_lr, final_lr, warmup, batch_size and sequence_length)"
    ]


def test_a_new_value_of_the_metric_beside_is_a_change_of_the_study(both: duckdb.DuckDBPyConnection) -> None:
    before = study_digests(both, [error_study(), a_study(study="other")])  # type: ignore[list-item]
    beside(both, "a", "error", ((50.0, 0.8),), task="books")
    beside(both, "a", "loss", ((100.0, 9.0),), task="books")
    after = study_digests(both, [error_study(), a_study(study="other", task="c4")])  # type: ignore[list-item]
    assert before["s"] != after["s"]


def test_the_first_component_leaves_out_the_score_that_is_asked_for(store: duckdb.DuckDBPyConnection) -> None:
    for place, key in enumerate("abcd"):
        add(store, key, ((100.0, 0.1 * place),), metric="score")
        for task, value in (("arc", 0.2 + 0.1 * place), ("mmlu", 0.3 + 0.05 * place)):
            beside(store, key, "score", ((100.0, value),), task)
    of = ["metric:score@validation/c4", "metric:score@validation/arc", "metric:score@validation/mmlu"]
    study = a_study(metric="score", task="c4", laws=("observational",), derive={"capability": {"first_component": of}})
    found = observations(store, study).sort("run_key")["capability"].to_numpy()
    assert found.std() == pytest.approx(1.0)
    assert list(found) == sorted(found)


def test_shares_of_a_mixture_become_members_that_sum_to_one(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", tags=[{"key": "web", "value": "2"}, {"key": "code", "value": "6"}])
    frame = observations(store, a_study(laws=("linear_mixing",), derive={"members": {"shares": ["web", "code"]}}))
    assert [(m["pool"], m["share"]) for m in frame["members"][0]] == [("web", 0.25), ("code", 0.75)]
