"""The same runs give the same plan, however they are dropped: split, shuffled, doubled, beside others, in thousands by a map."""

import csv
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipeline.home import Home
from pipeline.refit.refit import refit
from tests.small_home import declare, own_home, run_rows, without_report, write_runs

THOUSANDS = """
kind = "runs"
match = "*/thousands.csv"
[columns]
run_id = "name"
params = "1000 * params_k"
data_seen = "1000 * tokens_k"
"metric:loss@validation" = "loss"
[constants]
dataset = "web"
data_unit = "token"
status = "finished"
"""
PLANS = (
    "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'plan_%' AND table_name NOT IN ('plan_notes', 'plan_history')"
)


def split_shuffled_and_doubled(home: Home) -> None:
    rows = run_rows("web")
    for name, part in (("first", rows[12:][::-1]), ("second", rows[:12]), ("again", rows[5:20])):
        write_runs(home.inbox / "lab" / name, part)


def beside_other_runs(home: Home) -> None:
    write_runs(home.inbox / "lab" / "web", run_rows("web"))
    write_runs(home.inbox / "else" / "books", run_rows("books"))


def in_thousands(home: Home) -> None:
    path = home.inbox / "lab" / "thousands.csv"
    path.parent.mkdir(parents=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "params_k", "tokens_k", "loss"])
        for row in run_rows("web"):
            writer.writerow([row["run_id"], row["params"] / 1000, row["data_seen"] / 1000, row["metric:loss"]])  # type: ignore[operator]
    (home.maps / "thousands.toml").write_text(THOUSANDS)


def plans(root: Path, drop: Callable[[Home], None]) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every plan table that has some."""
    home = own_home(root)
    drop(home)
    declare(home, "web")
    refit(home)
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        tables = [str(name) for (name,) in connection.execute(PLANS).fetchall()]
        found = {name: connection.execute(f'SELECT * EXCLUDE (fit_id) FROM "{name}" ORDER BY ALL').fetchall() for name in tables}
    return {name: rows for name, rows in found.items() if rows}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        return plans(tmp_path_factory.mktemp("plain"), lambda home: write_runs(home.inbox / "lab" / "web", run_rows("web")))


@pytest.mark.parametrize("drop", [split_shuffled_and_doubled, beside_other_runs, in_thousands])
def test_the_same_runs_give_the_same_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: dict[str, list[tuple[object, ...]]], drop: Callable[[Home], None]
) -> None:
    without_report(monkeypatch)
    assert len(plain) > 3
    assert plans(tmp_path, drop) == plain
