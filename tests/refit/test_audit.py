"""The audit: what a search from scratch finds again stays as it is; a better optimum and another law take their place."""

import json

import duckdb
import pytest
from planted import plant_worse_optimum
from small_home import declare, run_rows, write_runs

from pipeline.cli.main import main
from pipeline.home import Home
from pipeline.journal import journal
from pipeline.refit.audit import compare
from pipeline.refit.refit import refit
from pipeline.store.store import current_fits
from pipeline.store.warehouse import Warehouse
from pipeline.study.jobs import Result, jobs_of
from pipeline.study.observations import observations
from pipeline.study.studies import load_studies

FITS = "SELECT * FROM fits ORDER BY fit_id"
PLAN = "SELECT params FROM best_compute_optimal WHERE study = 'first' AND approach = 'parametric' ORDER BY flops"


def ask(home: Home, query: str) -> list[tuple]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_fits_that_are_found_again_from_scratch_stay_and_nothing_is_published(home: Home) -> None:
    refit(home, audit=True)  # learns how wrong laws are (test_misfit_priors.py)
    before = ask(home, FITS), ask(home, PLAN)
    report = refit(home, audit=True)
    assert report.audited == {"first": [], "second": []}
    assert not report.published
    with Warehouse(home) as warehouse:
        assert warehouse.connection.execute(FITS).fetchall() == before[0]
    assert (ask(home, FITS), ask(home, PLAN)) == before


def test_worse_optimum_is_replaced_by_the_one_from_scratch_and_the_plan_moves_back(home: Home) -> None:
    refit(home, audit=True)
    good = ask(home, PLAN)
    planted = plant_worse_optimum(home, "first", alpha=0.6)
    refit(home)
    assert ask(home, PLAN) != good
    report = refit(home, audit=True)
    ((message,),) = [[found.message for found in report.audited["first"]]]
    assert "it is replaced" in message
    assert [row[0] for row in ask(home, PLAN)] == pytest.approx([row[0] for row in good], rel=1e-6)
    fits = ask(home, "SELECT fit_id, valid_to IS NULL FROM fits WHERE study = 'first' ORDER BY fitted_at")
    assert [fits[-2], fits[-1][1]] == [(planted, False), True]
    assert ask(home, "SELECT study, law, message FROM alarms WHERE alarm = 'audit'") == [("first", "chinchilla", message)]


def test_what_the_audit_found_is_a_line_of_the_journal_and_gone_after_one_that_agrees(home: Home) -> None:
    plant_worse_optimum(home, "first", alpha=0.6)
    refit(home, audit=True)
    lines = [json.loads(line) for line in journal(home).read_text().splitlines()]
    (audit,) = [line for line in lines if line["event"] == "audit"]
    assert [(found["study"], found["law"]) for found in audit["differ"]] == [("first", "chinchilla")]
    assert refit(home, audit=True).audited == {"first": [], "second": []}
    assert ask(home, "SELECT count(*) FROM alarms WHERE alarm = 'audit'") == [(0,)]


def test_combination_that_is_no_longer_selected_is_made_anew(home: Home) -> None:
    declare(home, "first", (home.studies / "first.toml").read_text().replace('["chinchilla"]', '["chinchilla", "skaling"]'))
    refit(home, audit=True)  # learns how wrong laws are (test_misfit_priors.py)
    selected = "SELECT law FROM fits WHERE study = 'first' AND selected AND valid_to IS NULL"
    assert ask(home, selected) == [("combined",)]
    best = str(ask(home, "SELECT law FROM fit_weights WHERE study = 'first' ORDER BY held_out_error LIMIT 1")[0][0])
    other = "skaling" if best == "chinchilla" else "chinchilla"
    with Warehouse(home) as warehouse:
        warehouse.connection.execute(f"UPDATE fits SET selected = (law = '{other}') WHERE study = 'first' AND valid_to IS NULL")
    (found,) = refit(home, audit=True).audited["first"]
    assert f"select {best}, {other} was selected" in found.message
    assert ask(home, selected) == [("combined",)]
    assert {row[0] for row in ask(home, "SELECT law FROM best_compute_optimal WHERE study = 'first'")} == {"combined"}


def test_refused_search_from_scratch_replaces_nothing(home: Home) -> None:
    study = next(study for study in load_studies(home)[0] if study.study == "first")
    with Warehouse(home) as warehouse:
        (stored,) = current_fits(warehouse.connection, "first")
        (job,) = jobs_of(warehouse.connection, study, observations(warehouse.connection, study), home.laws)
    found = compare(Result(job, None, "out of luck"), stored)
    assert (found.verdict, found.standing) == ("refused", stored.fit)
    assert "out of luck" in found.message()


def test_study_that_failed_is_not_audited(home: Home) -> None:
    write_runs(home.inbox / "lab" / "bytes", [{**run_rows("first")[0], "run_id": "b", "data_unit": "byte"}])
    report = refit(home, audit=True)
    assert list(report.audited) == ["second"]
    assert ask(home, "SELECT DISTINCT stale_since IS NULL FROM plan_compute_optimal WHERE study = 'first'") == [(False,)]


def test_command_audits_the_named_study_and_says_so(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(home.root), "refit", "--audit", "--study", "second"]) == 0
    assert "audited from scratch: 1 study, 1 agrees" in capsys.readouterr().out
