"""Backtests of what a plan stands on where laws compete: the same runs as each law's, no look-ahead, counted and said."""

import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest
from small_home import STUDY, declare, make_home, without_report

from pipeline.cli.plan_text import plan_text
from pipeline.forecasts.backtest import Backtest, Origin, forecasts_from, replays_of, run_replays, with_stood_on
from pipeline.home import Home
from pipeline.operations.doctor import PUBLISHED
from pipeline.refit.due import Due
from pipeline.refit.refit import refit
from pipeline.store.store import current_fits
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Study
from pipeline.study.observations import observations, study_digests
from pipeline.study.studies import load_studies

RIVALS = ("chinchilla", "gadre")
LARGE = 3.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A refitted home with one study, in which two laws compete."""
    home = make_home(tmp_path_factory.mktemp("rivals") / "home", "first")
    declare(home, "first", STUDY.replace('laws = ["chinchilla"]', f"laws = {list(RIVALS)}"))
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        report = refit(home)
    assert report.exit_code == 0, report.failed
    return home


def ask(home: Home, query: str) -> list[tuple]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(query).fetchall()


def replayed(home: Home, study: Study, frame: pl.DataFrame) -> list[Origin]:
    with Warehouse(home) as warehouse:
        (replay,) = replays_of(warehouse.connection, study, frame, home.laws)
    return replay


@pytest.fixture(scope="module")
def observed(home: Home) -> tuple[Study, pl.DataFrame]:
    (study,), _ = load_studies(home)
    with Warehouse(home) as warehouse:
        return study, observations(warehouse.connection, study)


def test_a_study_that_combines_laws_is_not_due_after_its_refit(home: Home) -> None:
    (study,), _ = load_studies(home)
    with Warehouse(home) as warehouse:
        due, digests = Due(warehouse.connection), study_digests(warehouse.connection, [study])[study.study]
        assert (due.fit(study, digests[0]), due.after_fit(study, digests)) == (False, False)


def test_the_combination_forecasts_the_runs_that_each_law_forecasts(home: Home) -> None:
    found = ask(home, "SELECT law, list_sort(list(run_key)) FROM forecasts WHERE kind = 'backtest' GROUP BY law ORDER BY law")
    assert [law for law, _ in found] == [*sorted((*RIVALS, "combined"))]
    assert len({tuple(runs) for _, runs in found}) == 1


def test_its_law_is_called_as_the_plan_calls_it(home: Home) -> None:
    (law,) = ask(home, "SELECT DISTINCT law FROM best_compute_optimal")
    assert ask(home, f"SELECT count(*) > 0 FROM forecasts WHERE kind = 'backtest' AND law = '{law[0]}'") == [(True,)]


def test_all_rivals_of_an_origin_share_its_held_out_blocks(home: Home, observed: tuple[Study, pl.DataFrame]) -> None:
    for origin in replayed(home, *observed):
        first, *others = (job.design for job in origin.jobs)
        assert first is not None
        assert [other is first for other in others] == [True]


def test_later_runs_do_not_change_what_an_earlier_origin_forecasts(home: Home, observed: tuple[Study, pl.DataFrame]) -> None:
    study, frame = observed
    first = replayed(home, study, frame)[0]
    known = pl.col("run_key").is_in(first.known["run_key"].to_list())
    changed = frame.with_columns(value=pl.when(known).then("value").otherwise(pl.col("value") * LARGE))
    predicted = []
    for rows in (frame, changed):
        replay = replayed(home, study, rows)[:1]
        ((fits,),) = run_replays(Backtest([replay]), map)
        combination = with_stood_on(study, replay[0], fits)[-1]
        assert combination.law.name == "combined"
        predicted.append(
            forecasts_from(study, combination, replay[0]).select("run_key", "predicted", "predicted_low", "predicted_high")
        )
    assert predicted[0].equals(predicted[1])


def test_weights_at_an_origin_are_not_those_of_all_runs(home: Home, observed: tuple[Study, pl.DataFrame]) -> None:
    study, frame = observed
    replay = replayed(home, study, frame)[:1]
    ((fits,),) = run_replays(Backtest([replay]), map)
    with Warehouse(home) as warehouse:
        now = next(s.fit for s in current_fits(warehouse.connection, study.study) if s.selected)
    then = with_stood_on(study, replay[0], fits)[-1]
    assert then.n_runs < now.n_runs
    assert list(then.weights) != pytest.approx(list(now.weights))


def test_a_second_refit_replays_no_origin_again(home: Home) -> None:
    with Warehouse(home) as warehouse:
        before = warehouse.connection.execute("SELECT count(*), count(DISTINCT fit_id) FROM backtested").fetchone()
        warehouse.connection.execute("UPDATE studies SET forecast_key = NULL")
    refit(home)
    with Warehouse(home) as warehouse:
        assert warehouse.connection.execute("SELECT count(*), count(DISTINCT fit_id) FROM backtested").fetchone() == before
    assert before is not None
    assert before[0] == before[1]


@pytest.mark.parametrize(("covered", "warning"), [(True, ""), (False, "too narrow")])
def test_the_plan_and_the_doctor_say_how_many_outcomes_its_intervals_held(
    home: Home, tmp_path: Path, covered: bool, warning: str
) -> None:
    shutil.copy(home.published_db, tmp_path / "published.duckdb")
    with duckdb.connect(str(tmp_path / "published.duckdb")) as connection:
        connection.execute(f"UPDATE forecast_scores SET covered = {covered}")
        said = " ".join(plan_text(connection, "first", home).split())
        warned = [finding.message for check in PUBLISHED for finding in check(connection) if finding.check == "calibration"]
    ((count,),) = ask(home, "SELECT count(*) FROM forecasts WHERE law = 'combined'")
    held = count if covered else 0
    assert f"Of {count} forecasts of runs that were not known yet, {held} had the outcome in their 90 % interval" in said
    assert warning in said
    assert len(warned) == (0 if covered else 1)
