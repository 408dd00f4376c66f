"""What a study asks of any law is published: tables with maps, views of the selected law, limits that rows leave, history."""

import json

import duckdb
import pytest
from small_home import STUDY, declare, loss, own_home, run_rows, without_report, write_runs

from pipeline.home import Home
from pipeline.refit.refit import refit

ASKED = """
[plan.response]
params = [1e9, 7e10]
data_seen = 1e10
[plan.target]
find = "data_seen"
reach = 2.5
params = 1e9
[plan.optimum]
find = "params"
tie = { data_seen = "1e20 / (6 * params)" }
"""


@pytest.fixture(scope="module")
def asked_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = own_home(tmp_path_factory.mktemp("asked") / "home")
    write_runs(home.inbox / "lab" / "asked", run_rows("asked"))
    declare(home, "asked", STUDY + ASKED.replace("{", "{{").replace("}", "}}"))
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        assert refit(home).exit_code == 0
    return home


def ask(home: Home, query: str) -> list[tuple]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_a_response_is_published_with_its_inputs_as_a_map(asked_home: Home) -> None:
    found = ask(asked_home, "SELECT inputs['params'], given['data_seen'], value FROM best_response ORDER BY 1")
    assert [row[:2] for row in found] == [(1e9, 1e10), (7e10, 1e10)]
    assert found[0][2] == pytest.approx(loss(1e9, 1e10), rel=0.01)


def test_the_published_target_and_optimum_lie_in_their_intervals(asked_home: Home) -> None:
    for table in ("best_target", "best_optimum"):
        [(low, amount, high)] = ask(asked_home, f"SELECT amount_low, amount, amount_high FROM {table}")
        assert low < amount < high


def test_a_row_outside_the_runs_is_flagged_and_one_inside_is_not(asked_home: Home) -> None:
    inside, beyond = ask(asked_home, "SELECT outside FROM best_response ORDER BY inputs['params']")
    assert inside == (None,)
    assert beyond[0][0] == "params 7e+10: the runs have 1e+07 to 1e+09"
    [(budget,)] = ask(asked_home, "SELECT outside FROM best_compute_optimal WHERE flops = 1e18 AND approach = 'parametric'")
    assert budget is None


def test_the_history_names_a_cell_by_what_was_given(asked_home: Home) -> None:
    cells = ask(asked_home, "SELECT DISTINCT cell FROM plan_history WHERE plan = 'plan_target'")
    assert [json.loads(cell)["given"] for (cell,) in cells] == [[{"key": "params", "value": 1e9}]]


def test_every_plan_table_says_which_limits_its_rows_leave(asked_home: Home) -> None:
    lacks = ask(
        asked_home,
        """SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, 'plan_') AND table_name NOT IN
           ('plan_notes', 'plan_history') AND table_name NOT IN
           (SELECT table_name FROM duckdb_columns() WHERE column_name = 'outside' AND comment IS NOT NULL)""",
    )
    assert lacks == []


def test_the_printed_plan_answers_the_questions(asked_home: Home) -> None:
    from pipeline.cli.plan_text import plan_text

    with duckdb.connect(str(asked_home.published_db), read_only=True) as connection:
        text = plan_text(connection, "asked", asked_home)
    assert all(title in text for title in ("WHAT TO EXPECT", "TO REACH A VALUE", "WHERE IT IS BEST"))
