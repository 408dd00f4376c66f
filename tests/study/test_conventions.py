"""Conventions: runs whose numbers mean different things never meet in one fit, and the study is told which and how to go on."""

import math

import duckdb
import polars as pl
import pytest

from pipeline.errors import PlanError, StudyError
from pipeline.study.conventions import check_compared
from pipeline.study.declaration import Study
from pipeline.study.observations import observations
from tests.ingest.conftest import Dropbox
from tests.study.runs_in_store import CURVE, a_study, add

Store = duckdb.DuckDBPyConnection
WITHOUT = "without embeddings"


def used(store: Store, study: Study) -> list[tuple[object, ...]]:
    return observations(store, study).filter("used").sort("run_key").select("run_key", "params").rows()


def test_sizes_with_and_without_embeddings_never_meet(store: Store) -> None:
    add(store, "a", params_convention="with embeddings")
    add(store, "b", params_convention=WITHOUT)
    with pytest.raises(StudyError, match=r"params_convention: 'with embeddings' \(1 run\), 'without embeddings' \(1 run\); say"):
        observations(store, a_study())


def test_a_size_that_says_nothing_counts_embeddings_as_the_column_does(store: Store) -> None:
    add(store, "a")
    add(store, "b", params_convention="with embeddings")
    assert len(used(store, a_study())) == 2
    add(store, "c", params_convention=WITHOUT)
    with pytest.raises(StudyError, match=r"'with embeddings' \(2 runs\)"):
        observations(store, a_study())


def test_a_size_above_the_one_without_embeddings_is_known_to_count_them(store: Store) -> None:
    add(store, "a", params=10.0, params_nonembedding=8.0)
    assert store.execute("SELECT params_convention FROM runs").fetchall() == [("with embeddings",)]


def test_a_study_that_says_which_size_takes_the_number_of_that_kind(store: Store) -> None:
    add(store, "a", params=10.0, params_nonembedding=8.0)
    add(store, "b", params=7.0, params_convention=WITHOUT)
    add(store, "c", params=9.0)
    assert used(store, a_study(params=WITHOUT)) == [("a", 8.0), ("b", 7.0), ("c", None)]
    assert used(store, a_study(params="with embeddings")) == [("a", 10.0), ("b", None), ("c", 9.0)]


def test_a_law_without_size_does_not_mind_how_sizes_count(store: Store) -> None:
    add(store, "a", params_convention="with embeddings", flops=1e3)
    add(store, "b", params_convention=WITHOUT, flops=2e3)
    assert len(used(store, a_study(laws=("power_law",)))) == 2


def test_logged_and_derived_compute_never_meet_in_a_law_of_compute(store: Store) -> None:
    add(store, "a", flops=1e3)
    add(store, "b")
    with pytest.raises(StudyError, match=r"flops_source: 'derived 6ND' \(1 run\), 'logged' \(1 run\)"):
        observations(store, a_study(laws=("modality_compute",)))
    assert len(used(store, a_study(laws=("modality_compute",), accept=("flops_source",)))) == 2


def test_losses_in_different_units_are_refused_by_their_names(store: Store) -> None:
    add(store, "a")
    add(store, "b", metric="bits_per_byte")
    with pytest.raises(StudyError, match=r"loss_unit: 'loss' \(1 run\), 'bits_per_byte' \(1 run\).*\[units\]"):
        observations(store, a_study())
    frame = observations(store, a_study(accept=("loss_unit",)))
    assert frame.filter(~pl.col("used")).select("run_key", "reason").rows() == [("b", "no value of loss")]


def test_every_column_that_differs_is_named_at_once(store: Store) -> None:
    add(store, "a", data_unit="token", tokenizer="x")
    add(store, "b", data_unit="byte", tokenizer="y")
    with pytest.raises(StudyError, match=r"differ in data_unit: .*; and in tokenizer: "):
        observations(store, a_study())


BITS = tuple((data, value / math.log(2)) for data, value in CURVE)
AWAY = tuple((data, value * 1.43) for data, value in CURVE[:2])


def test_bits_among_nats_are_refused_where_runs_are_otherwise_alike(store: Store) -> None:
    add(store, "a")
    add(store, "b", curve=BITS)
    with pytest.raises(
        StudyError, match=r"the same params and data_seen with losses 1\.44 apart = 1/ln 2: bits and nats\? 'b' has"
    ):
        observations(store, a_study())
    assert len(used(store, a_study(accept=("loss_unit",)))) == 2


def test_runs_that_differ_in_a_column_of_the_law_or_by_another_factor_may_be_that_far_apart(store: Store) -> None:
    add(store, "a")
    add(store, "b", curve=BITS, params=20.0)
    add(store, "c", curve=(*AWAY, (100.0, 3.7)))
    assert len(used(store, a_study())) == 3


LOSS = 'kind = "measurements"\nmatch = "*.txt.csv"\n[columns]\nrun_id = "run"\nstep = "step"\n"metric:loss" = "loss"\n[units]\n'


def read(box: Dropbox, units: str, rows: str = "a,1,2.5,4\n") -> list[tuple[object, ...]]:
    (box.home.maps / "m.toml").write_text(LOSS + units)
    box.drop("x.txt.csv", "run,step,loss,size\n" + rows)
    box.ingest()
    return box.rows("SELECT metric, value FROM measurements ORDER BY 2")


@pytest.mark.parametrize(
    ("units", "metric", "value"),
    [
        ('loss = "nats per token"', "loss", 2.5),
        ('loss = "bits per token"', "loss", 2.5 * math.log(2)),
        ('loss = "bits per byte"', "bits_per_byte", 2.5),
        ('loss = "nats per byte"', "bits_per_byte", 2.5 / math.log(2)),
        ('loss = "bits per byte"\nbytes_per_token = 4', "loss", 2.5 * math.log(2) * 4),
        ('loss = "bits per byte"\nbytes_per_token = "size"', "loss", 2.5 * math.log(2) * 4),
        ('loss = "nats per byte"\nbytes_per_token = 4.0', "loss", 10.0),
        ('loss = "nats per character"\nbytes_per_token = 4.0', "bits_per_character", 2.5 / math.log(2)),
    ],
)
def test_a_loss_becomes_nats_a_token_only_where_the_log_says_how(box: Dropbox, units: str, metric: str, value: float) -> None:
    assert read(box, units) == [(metric, pytest.approx(value, rel=1e-15))]


def test_a_row_that_does_not_say_how_many_bytes_a_token_has_is_refused(box: Dropbox) -> None:
    rows = "a,1,2.5,4\nb,1,2.5,\nc,1,2.5,0\nd,1,x,4\n"
    assert len(read(box, 'loss = "bits per byte"\nbytes_per_token = "size"', rows)) == 1
    assert box.reasons() == {"wrong_type": 3}


def test_an_unknown_unit_is_a_bad_map_that_names_the_key(box: Dropbox) -> None:
    (box.home.maps / "m.toml").write_text(LOSS + 'loss = "nibbles"\n')
    assert "units.loss" in box.ingest().errors[0]


@pytest.mark.parametrize("metric", ["'metric:los' = 'loss'", "metric = \"'los'\"\nvalue = 'loss'"])
def test_units_that_apply_to_no_loss_are_a_bad_map(box: Dropbox, metric: str) -> None:
    text = f'kind = "measurements"\nmatch = "*.csv"\n[columns]\nrun_id = "run"\n{metric}\n[units]\nloss = "bits per token"\n'
    (box.home.maps / "m.toml").write_text(text)
    box.drop("x.csv", "run,loss\na,2.5\n")
    box.ingest()
    [(reason, detail)] = box.rows("SELECT reason, detail FROM quarantine")
    assert reason == "bad_map"
    assert "[units] loss applies to no metric: the map has los; call its column 'metric:loss'" in str(detail)


def test_a_convention_that_nobody_knows_is_refused_with_the_known_ones(box: Dropbox) -> None:
    box.drop("a.runs.csv", "run_id,params,params_convention\na,1e6,no idea\nb,1e6,Without Embeddings\n")
    box.ingest()
    assert box.rows("SELECT reason, detail FROM quarantine") == [
        ("unknown_value", "params_convention = no idea; use one of with embeddings, without embeddings")
    ]
    assert box.rows("SELECT run_id, params_convention FROM runs") == [("b", WITHOUT)]


def cohorts(store: Store, study: Study) -> dict[str, pl.DataFrame]:
    return {str(name): rows for (name,), rows in observations(store, study).group_by("cohort")}


def compared(study: Study, found: dict[str, pl.DataFrame]) -> None:
    (_, mine), (other, theirs) = sorted(found.items())
    check_compared(study, study.law_objects(), mine, theirs, other)


@pytest.mark.parametrize("column", ["tokenizer", "data_unit"])
def test_cohorts_under_two_conventions_are_never_compared(store: Store, column: str) -> None:
    add(store, "a", architecture="one", **{column: "x"})
    add(store, "b", architecture="two", **{column: "y"})
    study = a_study(group_by=("architecture",))
    with pytest.raises(PlanError, match=rf"not compared with architecture=two: {column} x here, y there"):
        compared(study, cohorts(store, study))


def test_cohorts_are_compared_where_the_study_accepts_that_they_differ(store: Store) -> None:
    add(store, "a", architecture="one", tokenizer="x")
    add(store, "b", architecture="two", tokenizer="y")
    study = a_study(group_by=("architecture",), accept=("tokenizer",))
    compared(study, cohorts(store, study))


def test_cohorts_with_and_without_embeddings_are_not_compared_by_a_law_of_size(store: Store) -> None:
    add(store, "a", architecture="one", params_convention=WITHOUT)
    add(store, "b", architecture="two", params_convention="with embeddings")
    study = a_study(group_by=("architecture",), laws=("chinchilla",))
    with pytest.raises(PlanError, match=r"params_convention without embeddings here, with embeddings there; say params = "):
        compared(study, cohorts(store, study))
