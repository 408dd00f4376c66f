"""The shipped pruned runs, as runs on quarters of one mixed pool: which share to keep, and of which end."""

import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from small_home import without_report

from data.wind_tunnel.design import expand, load
from data.wind_tunnel.score_bins import QUARTERS, parts, pool_of
from pipeline.home import Home
from pipeline.refit.refit import refit
from pipeline.store.frames import read_frame
from pipeline.wording import sentences as words
from tests.wind_tunnel.study_scores import ROOT, STUDIES

SHIPPED = ROOT / "data" / "runs"
SEED = 0.013
"""The largest standard deviation over seeds at a point of the grid."""
NAME = "wind-tunnel-pruned-data"
BEST = "SELECT * FROM best_pruning WHERE approach = $approach AND rank = 1 ORDER BY data_seen, examples_per_dimension"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published file of a home with this study alone."""
    home = Home.demo(tmp_path_factory.mktemp("pruned") / "home")
    shutil.copy(STUDIES / "wind_tunnel" / "pruned-data.toml", home.studies)
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        assert refit(home, [NAME]).refitted == [NAME]
    return home.published_db


def ask(published: Path, query: str, **given: object) -> pl.DataFrame:
    with duckdb.connect(str(published), read_only=True) as connection:
        return read_frame(connection, query, given)


def observed() -> dict[float, pl.DataFrame]:
    """keep_kind, keep_fraction and final clean loss of the runs of each budget, best first."""
    logged = pl.read_parquet(SHIPPED / "pruning.measurements.parquet").filter(metric="loss", split="validation")
    last = logged.sort("step").group_by("run_id").last().select("run_id", loss="value")
    runs = pl.read_parquet(SHIPPED / "pruning.runs.parquet").join(last, on="run_id")
    return {seen: part.sort("loss") for (seen,), part in runs.group_by("data_seen")}


def test_the_fit_of_the_quarters_lacks_nothing_but_a_second_size(published):
    [(grade, reasons)] = ask(published, "SELECT grade, certificate ->> '$.reasons[*]' FROM fits WHERE selected").rows()
    assert (grade, reasons) == ("weak", ["params has one level: what it does is the law's word, not the runs'"])


def test_what_the_plan_keeps_costs_at_most_two_standard_deviations_of_a_seed(published):
    """The easy end at both budgets, as the best runs do; the share differs, by 0.002 and 0.020 nats."""
    for row in ask(published, BEST, approach="runs").head(2).to_dicts():
        runs = observed()[row["data_seen"]]
        assert row["keep"] == runs["keep_kind"][0] == "easy"
        kept = runs.filter(keep_kind=row["keep"], keep_fraction=row["keep_fraction"])["loss"][0]
        assert kept - runs["loss"][0] < 2 * SEED


def test_the_fitted_interval_of_every_share_that_was_run_holds_its_loss(published):
    rows = ask(published, "SELECT * FROM best_pruning WHERE approach = 'runs' AND data_seen < 2e6")
    runs = pl.concat(observed().values()).with_columns(keep=pl.when(keep_fraction=1.0).then(pl.lit("all")).otherwise("keep_kind"))
    both = runs.join(rows, on=["data_seen", "keep", "keep_fraction"])
    inside = both.select(pl.col("loss").is_between(pl.col("value_low") - 2 * SEED, pl.col("value_high") + 2 * SEED))
    assert len(both) == 16
    assert inside.to_series().all()


def test_the_hard_end_is_the_worst_choice_at_every_budget(published):
    worst = "SELECT DISTINCT arg_max(keep, value) FROM best_pruning WHERE approach = 'runs' GROUP BY data_seen"
    assert ask(published, worst).rows() == [("hard",)]


def test_theory_is_published_beside_the_runs_without_an_interval(published):
    rows = ask(published, BEST, approach="saddle_point")
    assert rows.select("examples_per_dimension", "keep", "value_low").rows() == [(2.0, "easy", None), (10.0, "all", None)]


def test_the_best_choice_has_an_interval_and_a_sentence(published):
    row = ask(published, BEST, approach="runs").to_dicts()[-1]
    assert row["value_low"] < row["value"] < row["value_high"]
    assert words.sentence("best_pruning", row, "token").startswith(
        "With 4.2 M tokens and 28.8 k parameters, keep the easiest 50 %;"
    )


def test_what_a_run_kept_adds_up_to_its_unique_tokens():
    total = float(load()["pruning"]["tokens"])
    shipped = dict(pl.read_parquet(SHIPPED / "pruning.runs.parquet").select("run_id", "data_unique").iter_rows())
    for run in expand(load()):
        if run.group == "pruning":
            assert sum(parts(run.keep, total).values()) == shipped[run.run_id]


@pytest.mark.parametrize(("keep", "pool"), [("easy25", QUARTERS[0]), ("hard25", QUARTERS[-1]), ("any25", "any25")])
def test_one_quarter_from_an_end_is_an_atomic_pool(keep, pool):
    assert pool_of(keep) == pool
