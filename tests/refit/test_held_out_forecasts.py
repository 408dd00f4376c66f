"""Runs that a study holds out are forecast by fits that have not seen them, scored at once, and spoken of."""

from collections.abc import Iterator

import duckdb
import pytest
from small_home import STUDY, TOKENS, declare, make_home, without_report

from pipeline.cli.plan_text import plan_json, plan_text
from pipeline.home import Home
from pipeline.refit.refit import refit

HELD = STUDY.replace("[plan]", 'held_out = "params = 1e9"\n[plan]')


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The small home, whose study holds its largest size out."""
    home = make_home(tmp_path_factory.mktemp("held"), "first")
    declare(home, "first", HELD)
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        assert refit(home).exit_code == 0
        yield home


def ask(home: Home, query: str) -> list[tuple]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_no_held_out_run_is_in_the_fit(held: Home) -> None:
    used = ask(held, "SELECT max(params) FROM fit_runs JOIN runs USING (run_key) WHERE used")
    assert used == [(3e8,)]


def test_each_has_a_scored_forecast_of_each_law(held: Home) -> None:
    found = ask(
        held,
        "SELECT law, count(*), max(abs(relative_error)) FROM forecasts JOIN forecast_scores USING (forecast_id)"
        " WHERE kind = 'held_out' GROUP BY law",
    )
    assert [(law, runs) for law, runs, _ in found] == [("chinchilla", len(TOKENS))]
    assert found[0][2] < 0.02


def test_what_is_printed_counts_them_and_names_the_worst(held: Home) -> None:
    with duckdb.connect(str(held.published_db), read_only=True) as connection:
        said, rows = " ".join(plan_text(connection, "first", held).split()), plan_json(connection, "first")["first"]["held_out"]
    assert f"{rows[0]['inside']} of {len(TOKENS)} runs ended inside the 90 % interval" in said
    assert f"Furthest off: {rows[0]['run']}, expected at" in said


def test_an_idle_refit_forecasts_none_of_them_again(held: Home) -> None:
    before = ask(held, "SELECT * FROM forecasts ORDER BY ALL")
    assert refit(held).refitted == []
    assert ask(held, "SELECT * FROM forecasts ORDER BY ALL") == before


def test_the_same_fit_forecasts_a_run_once_when_others_are_planned(held: Home) -> None:
    planned = "run_id,status,dataset,data_unit,params,data_seen\nnext,planned,first,token,2e9,1e11\n"
    (held.inbox / "lab" / "next.runs.csv").write_text(planned)
    assert refit(held).exit_code == 0
    counts = ask(held, "SELECT count(*), count(DISTINCT run_key) FROM forecasts WHERE kind = 'held_out'")
    assert counts == [(len(TOKENS), len(TOKENS))]
