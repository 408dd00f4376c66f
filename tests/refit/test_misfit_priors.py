"""What an audit learns from scored forecasts: of other studies and other runs alone, once, and part of what decides a refit."""

import shutil
from pathlib import Path

import duckdb
import pytest
from small_home import declare, loss, run_rows, write_runs

from pipeline.fitting.evidence.law_error_prior import FIXED
from pipeline.home import Home
from pipeline.ingest.exclusion import exclude
from pipeline.refit.misfit_priors import reweighed
from pipeline.refit.refit import refit
from pipeline.refit.stages import audit_stage, ingest_stage
from pipeline.store.frames import read_frame
from pipeline.store.misfit_priors import current_priors
from pipeline.store.statements import sql
from pipeline.store.store import MADE_OF, current_fits
from pipeline.store.warehouse import Warehouse
from pipeline.study.jobs import jobs_of, run_job
from pipeline.study.observations import observations
from pipeline.study.studies import load_studies

PRIORS = "SELECT study, law, location, spread, growth, growth_spread, version FROM misfit_priors ORDER BY ALL"
INTERVALS = "SELECT study, flops, loss_low, loss_high FROM best_compute_optimal WHERE approach = 'parametric' ORDER BY ALL"


def ask(home: Home, query: str) -> list[tuple]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(query).fetchall()


def teachers(home: Home, study: str) -> set[str]:
    """The run_ids whose scored forecasts teach a study."""
    with Warehouse(home) as warehouse:
        scored = read_frame(warehouse.connection, sql("select_scored_of_others"), {"study": study, "made": list(MADE_OF)})
        names = dict(warehouse.connection.execute("SELECT run_key, run_id FROM runs").fetchall())
    return {names[key] for key in scored["run_key"]}


@pytest.fixture(scope="module")
def audited_once(refitted_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home after its first audit."""
    root = tmp_path_factory.mktemp("audited") / "home"
    shutil.copytree(refitted_once, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.refit.steps._draw", lambda *_given: None)
        assert refit(Home.open(root), audit=True).learnt == ["first", "second"]
    return root


@pytest.fixture
def audited(audited_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A copy of it for each test."""
    monkeypatch.setattr("pipeline.refit.steps._draw", lambda *_given: None)
    shutil.copytree(audited_once, tmp_path / "audited")
    return Home.open(tmp_path / "audited")


def test_a_forecast_says_what_parameters_and_single_runs_explain_of_its_error(home: Home) -> None:
    parts = ask(home, "SELECT known_runs, parameter_sd, run_sd, ln(predicted_high / predicted_low) FROM forecasts")
    assert len(parts) > 0
    for known, noise, spread, width in parts:
        assert known >= 10
        assert 0 < noise < width / 3.2 * 1.2
        assert 0 < spread < 0.01


def test_a_refit_learns_nothing(home: Home) -> None:
    write_runs(home.inbox / "lab" / "more", [{**run_rows("first")[0], "run_id": "more", "params": 5e8}])
    assert refit(home).learnt == []
    assert ask(home, PRIORS) == []


def test_an_audit_learns_from_the_other_study_and_refits_with_it(home: Home, audited: Home) -> None:
    learnt = ask(audited, "SELECT study, law, forecasts, of_law FROM misfit_priors ORDER BY study")
    assert [row[:2] for row in learnt] == [("first", "chinchilla"), ("second", "chinchilla")]
    assert all(forecasts == of_law > 0 for *_, forecasts, of_law in learnt)
    assert ask(audited, INTERVALS) != ask(home, INTERVALS)


def test_what_is_learnt_moves_intervals_and_no_estimate(home: Home, audited: Home) -> None:
    estimates = (
        "SELECT study, law, parameter, estimate, low, high FROM fit_parameters JOIN fits USING (fit_id) WHERE valid_to IS NULL"
    )
    assert sorted(ask(audited, estimates)) == sorted(ask(home, estimates))


def test_the_fits_that_stand_after_it_are_those_that_a_refit_with_it_makes(audited: Home) -> None:
    with Warehouse(audited) as warehouse:
        connection = warehouse.connection
        for study in load_studies(audited)[0]:
            (job,) = jobs_of(connection, study, observations(connection, study), audited.laws)
            (stored,) = current_fits(connection, study.study)
            anew = run_job(job).fit
            assert anew is not None
            assert job.misfit_prior == current_priors(connection)[study.study]["chinchilla"] != FIXED
            assert stored.fit.misfit == anew.misfit
            assert stored.fit.draws.tobytes() == anew.draws.tobytes()


def test_an_audit_that_dies_while_it_learns_leaves_neither_prior_nor_fit(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.refit.in_store.parameters_version", dies)
        with pytest.raises(KeyboardInterrupt):
            refit(home, audit=True)
    with Warehouse(home) as warehouse:
        assert current_priors(warehouse.connection) == {}
    assert refit(home).refitted == []
    assert ask(home, "SELECT count(*) FROM fits") == [(2,)]


def test_a_study_of_which_a_refit_is_due_learns_and_is_fitted_with_it(home: Home) -> None:
    write_runs(home.inbox / "lab" / "bytes", [{**run_rows("first")[0], "run_id": "b", "data_unit": "byte"}])
    assert list(refit(home).failed) == ["first"]
    audit_stage(home, map)
    exclude(home, "b", "another unit")
    refit(home)
    with Warehouse(home) as warehouse:
        prior = current_priors(warehouse.connection)["first"]["chinchilla"]
        (stored,) = current_fits(warehouse.connection, "first")
    assert stored.fit.misfit == reweighed(stored.fit, prior).misfit != reweighed(stored.fit, FIXED).misfit


def test_after_it_a_refit_fits_nothing_and_an_audit_learns_nothing(audited: Home) -> None:
    before = ask(audited, PRIORS)
    assert refit(audited).refitted == []
    again = refit(audited, audit=True)
    assert (again.learnt, again.refitted, again.published) == ([], [], False)
    assert ask(audited, PRIORS) == before


def test_after_it_a_new_run_refits_only_its_study(audited: Home) -> None:
    row = {**run_rows("second")[0], "run_id": "second-new", "params": 5e8, "metric:loss": loss(5e8, 1e8)}
    write_runs(audited.inbox / "lab" / "more", [row])
    assert refit(audited).refitted == ["second"]


def test_the_same_audit_of_the_same_store_learns_the_same_numbers(home: Home, audited: Home) -> None:
    refit(home, audit=True)
    assert ask(home, PRIORS) == ask(audited, PRIORS)
    assert ask(home, INTERVALS) == ask(audited, INTERVALS)


def test_the_nightly_audit_learns_too_and_tells_dagster_whose_parameters_are_others(home: Home, audited: Home) -> None:
    done = audit_stage(home, map)
    assert set(done.versions) == {"first", "second"}
    with Warehouse(home) as warehouse, Warehouse(audited) as other:
        assert current_priors(warehouse.connection) == current_priors(other.connection)


def test_what_is_learnt_is_part_of_the_version_of_the_studys_rows(home: Home) -> None:
    before = ingest_stage(home).versions
    audit_stage(home, map)
    after = ingest_stage(home).versions
    assert all(after[study] != before[study] for study in ("first", "second"))


def test_a_study_learns_nothing_from_its_own_forecasts(audited: Home) -> None:
    assert teachers(audited, "first") <= {row["run_id"] for row in run_rows("second")}


def test_a_study_learns_nothing_from_another_study_of_its_runs(home: Home) -> None:
    declare(home, "twin", (home.studies / "first.toml").read_text().replace('study = "first"', 'study = "twin"'))
    before = teachers(home, "first")
    refit(home)
    assert teachers(home, "first") == before
    assert teachers(home, "second") == teachers(home, "third-who-has-no-runs") & {row["run_id"] for row in run_rows("first")}


def test_sealed_and_excluded_runs_teach_nothing(home: Home) -> None:
    taught = teachers(home, "second")
    assert "first-24" in taught
    exclude(home, "first-24", "a broken data loader")
    refit(home)
    assert "first-24" not in teachers(home, "second")
    ended = {**run_rows("first")[0], "params": 3e9, "data_seen": 5e10, "metric:loss": loss(3e9, 5e10)}
    write_runs(home.inbox / "lab" / "ended", [{**ended, "run_id": name} for name in ("sealed-1", "open-1")])
    refit(home)
    assert teachers(home, "second") & {"sealed-1", "open-1"} == {"open-1"}


def test_a_prior_that_gave_way_stays_with_its_end(audited: Home) -> None:
    for number in range(1, 24):  # without its runs the second study teaches nothing any more
        exclude(audited, f"second-{number}", "a broken data loader")
    refit(audited, ["first"], audit=True)
    rows = ask(audited, "SELECT location, valid_to IS NULL FROM misfit_priors WHERE study = 'first' ORDER BY learnt_at")
    assert [current for _, current in rows] == [False, True]
    assert abs(rows[1][0]) < abs(rows[0][0])
