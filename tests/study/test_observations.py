"""Observations: which rows a study's laws see, and why the others are left out."""

import duckdb
import polars as pl
import pytest

from pipeline.errors import FitError, StudyError
from pipeline.fitting import fit
from pipeline.laws import laws
from pipeline.store.warehouse import insert_frame
from pipeline.study.declaration import Study
from pipeline.study.observations import observations, pool_order, study_digests, without_needs
from tests.study.runs_in_store import NOW, a_study, add


def test_final_points_are_one_a_run(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    frame = observations(store, a_study())
    assert frame.select("data_seen", "value", "final", "used").rows() == [(100.0, 2.2, True, True)]


def test_all_points_are_the_whole_curve(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    assert observations(store, a_study(points="all"))["value"].to_list() == [3.0, 2.5, 2.2]


def test_best_point_is_the_lowest(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", ((50.0, 2.0), (100.0, 2.4)))
    assert observations(store, a_study(points="best"))["value"].to_list() == [2.0]


def test_compute_and_epochs_of_a_point_are_those_at_the_point(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", data_unique=50.0, flops=7000.0)
    frame = observations(store, a_study(points="all"))
    assert frame["epochs"].to_list() == [0.5, 1.0, 2.0]
    assert frame["flops"].to_list() == [1750.0, 3500.0, 7000.0]


@pytest.mark.parametrize("status", ["planned", "running", "failed"])
def test_run_that_has_not_finished_is_left_out_with_its_status(store: duckdb.DuckDBPyConnection, status: str) -> None:
    add(store, "a")
    add(store, "b", status=status)
    rows = observations(store, a_study()).filter(pl.col("run_key") == "b")
    assert rows.select("used", "reason").rows() == [(False, status)]


def test_run_without_the_metric_is_left_out_with_the_reason(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    add(store, "b", ())
    assert observations(store, a_study()).filter(~pl.col("used"))["reason"].to_list() == ["no value of loss"]


def test_largest_values_are_left_out_by_rank(store: duckdb.DuckDBPyConnection) -> None:
    for key, value in (("a", 2.0), ("b", 9.0), ("c", 3.0)):
        add(store, key, ((100.0, value),))
    frame = observations(store, a_study(exclude={"largest": 1}))
    assert frame.filter(~pl.col("used"))["run_key"].to_list() == ["b"]


def test_predicate_of_exclude_leaves_out_and_says_which(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    add(store, "b", params=1.0)
    frame = observations(store, a_study(exclude="params < 5"))
    assert frame.filter(~pl.col("used")).select("run_key", "reason").rows() == [("b", "left out by the study: params < 5")]


def test_groups_are_cohorts(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", architecture="gpt", tokenizer="x")
    add(store, "b", architecture="mamba", tokenizer="y")
    assert observations(store, a_study(group_by=("architecture",)))["cohort"].to_list() == [
        "architecture=gpt",
        "architecture=mamba",
    ]


@pytest.mark.parametrize("column", ["data_unit", "tokenizer"])
def test_runs_that_do_not_compare_are_refused_by_the_column_that_differs(store: duckdb.DuckDBPyConnection, column: str) -> None:
    add(store, "a", **{column: "one"})
    add(store, "b", **{column: "other"})
    with pytest.raises(StudyError, match=f"differ in {column}.*'one' .*'other' .*group_by"):
        observations(store, a_study())
    assert observations(store, a_study(accept=(column,))).height == 2


def test_metric_that_no_run_has_names_those_that_they_have(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    with pytest.raises(StudyError, match=r"no run has 'error'.*loss validation c4"):
        observations(store, a_study(metric="error"))


def test_predicate_that_selects_nothing_says_so(store: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(StudyError, match="selects no run"):
        observations(store, a_study())


def test_union_lists_its_members_best_quality_first(store: duckdb.DuckDBPyConnection) -> None:
    insert_frame(
        store,
        "pools",
        pl.DataFrame({"pool": ["b", "a", "u"], "data_unique": [50.0, 50.0, 100.0], "quality_rank": [2.0, 1.0, None]}),
    )
    insert_frame(
        store,
        "pool_members",
        pl.DataFrame({"pool": ["u", "u"], "member": ["b", "a"], "share": [0.5, 0.5], "data_unique": [50.0, 50.0]}),
    )
    add(store, "x", pool="u")
    add(store, "y", pool="b")
    frame = observations(store, a_study())
    whole = [{"pool": name, "share": 0.5, "unique": 50.0, "size": 50.0} for name in ("a", "b")]
    assert frame.sort("run_key")["members"].to_list() == [whole, [{"pool": "b", "share": 1.0, "unique": 50.0, "size": 50.0}]]
    assert pool_order(store, frame) == ("a", "b")


def test_a_union_declared_smaller_than_its_pools_is_refused_by_the_fit(store: duckdb.DuckDBPyConnection) -> None:
    insert_frame(store, "pools", pl.DataFrame({"pool": ["a", "b", "u"], "data_unique": [50.0, 50.0, 60.0]}))
    insert_frame(
        store,
        "pool_members",
        pl.DataFrame({"pool": ["u", "u"], "member": ["a", "b"], "share": [0.5, 0.5], "data_unique": [50.0, 50.0]}),
    )
    add(store, "x", pool="u")
    add(store, "y", pool="a")
    with pytest.raises(FitError, match="hold 100 unique, more than the 60 of their union; correct data_unique"):
        fit(laws["pooled_effective_data"], observations(store, a_study()), draws=0)


def test_run_without_unique_data_feeds_no_law_that_needs_it(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    seen = without_needs(laws["data_constrained"], observations(store, a_study()))
    assert seen.select("used", "reason").rows() == [(False, "no data_unique")]


def digests(store: duckdb.DuckDBPyConnection, study: Study) -> tuple[str, str]:
    return study_digests(store, [study])[study.study]


def test_digest_of_a_study_moves_with_its_rows_alone(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    before = digests(store, a_study())
    add(store, "b", dataset="other")
    assert digests(store, a_study()) == before
    add(store, "c")
    assert digests(store, a_study())[0] != before[0]


def test_running_run_moves_only_the_digest_of_what_is_awaited(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    before = digests(store, a_study())
    add(store, "b", status="running")
    after = digests(store, a_study())
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_exclusion_moves_the_digest(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    before = digests(store, a_study())
    insert_frame(store, "exclusions", pl.DataFrame([{"run_key": "a", "reason": "x", "excluded_at": NOW}]))
    assert digests(store, a_study()) != before


def test_size_of_a_pool_moves_the_digest_of_its_runs(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", pool="p")
    before = digests(store, a_study())
    insert_frame(store, "pools", pl.DataFrame({"pool": ["p"], "data_unique": [5.0]}))
    assert digests(store, a_study()) != before


def tagged(store: duckdb.DuckDBPyConnection, key: str, value: str) -> None:
    store.execute("UPDATE runs_history SET tags = MAP {'experts': $value} WHERE run_key = $key", {"value": value, "key": key})


def test_law_reads_a_tag_where_runs_have_no_column_of_that_name(store: duckdb.DuckDBPyConnection) -> None:
    for key, value in (("a", "8"), ("b", "many"), ("c", "")):
        add(store, key, params_nonembedding=9.0)
        tagged(store, key, value)
    frame = without_needs(laws["routing"], observations(store, a_study(laws=("routing",)))).sort("run_key")
    assert frame.select("experts", "reason").rows() == [(8.0, None), (None, "no experts"), (None, "no experts")]


def test_tag_moves_the_digest_of_the_studies_whose_laws_read_it_alone(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    reads, other = a_study(laws=("routing",)), a_study()
    before = digests(store, reads), digests(store, other)
    tagged(store, "a", "8")
    assert digests(store, reads) != before[0]
    assert digests(store, other) == before[1]


def test_a_predicate_that_selects_no_run_is_told_what_there_is(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a")
    with pytest.raises(
        StudyError, match=r"predicate, 'labb' \(did you mean 'lab'\?\) or .* namespaces: lab \(1\); datasets: c4 \(1\)"
    ):
        observations(store, a_study(runs="namespace = 'labb'"))


def test_a_law_of_shares_alone_needs_no_size_of_its_pools(store: duckdb.DuckDBPyConnection) -> None:
    add(store, "a", recipe="llama")
    study = a_study(laws=("family_skill",), metric="loss", derive={"members": {"one_of": "recipe"}, "chance": "0.25"})
    assert without_needs(laws["family_skill"], observations(store, study))["reason"].to_list() == [None]


def test_compute_follows_from_a_size_without_embeddings_where_there_is_no_other(
    store: duckdb.DuckDBPyConnection,
) -> None:
    add(store, "a", ((100.0, 3.0),), params=None, params_nonembedding=8.0)
    assert observations(store, a_study(params="without embeddings"))["flops"].to_list() == [6 * 8 * 100]
