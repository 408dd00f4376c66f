"""The command line: exit codes, JSON, words."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_home import run_rows, write_runs

from pipeline.cli.main import main
from pipeline.home import Home
from pipeline.report import write


def call(home: Home, *arguments: str) -> int:
    return main(["--home", str(home.root), *arguments])


def test_refit_says_that_nothing_was_refitted(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(home, "refit") == 0
    assert "nothing refitted" in capsys.readouterr().out


def test_refit_names_the_study_that_failed(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    write_runs(home.inbox / "lab" / "bytes", [{**run_rows("first")[0], "run_id": "b", "data_unit": "byte"}])
    assert call(home, "refit") == 1
    assert "study first failed" in capsys.readouterr().err


def test_the_report_says_once_why_a_study_failed(home: Home) -> None:
    write_runs(home.inbox / "lab" / "bytes", [{**run_rows("first")[0], "run_id": "b", "data_unit": "byte"}])
    call(home, "refit")
    page = write(home).read_text(encoding="utf-8")
    assert page.count("The last refit failed: ") == 1
    assert "<li>: " not in page


def test_quarantined_rows_are_counted_and_are_no_failure(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    write_runs(home.inbox / "lab" / "bad", [{**run_rows("first")[0], "run_id": "nan", "metric:loss": "nan"}])
    assert call(home, "refit") == 0
    assert "1 row was rejected" in capsys.readouterr().out


@pytest.mark.parametrize("command", [["refit"], ["plan"], ["laws"], ["sql", "SELECT 1 AS one"], ["home"]])
def test_json_answers_are_json(home: Home, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    assert call(home, *command, "--json") == 0
    assert json.loads(capsys.readouterr().out)


def test_plan_speaks_of_the_study_and_says_where_the_tables_are(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(home, "plan", "first") == 0
    out = capsys.readouterr().out
    assert out.startswith("first")
    assert str(home.published_db) in out


def test_plan_of_an_unknown_study_names_the_known_ones(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(home, "plan", "third") == 1
    assert "first, second" in capsys.readouterr().err


def test_plan_before_the_first_refit_says_what_to_do(fresh_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(fresh_home, "plan") == 1
    assert "lawbook refit" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["check", __file__], ["plan"], ["laws"], ["sql", "SELECT 1"], ["doctor"]])
def test_a_command_that_only_reads_makes_no_home(tmp_path: Path, command: list[str]) -> None:
    main(["--home", str(tmp_path / "none"), *command])
    assert not (tmp_path / "none").exists()


def test_sql_answers_from_the_published_file(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(home, "sql", "SELECT count(*) AS n FROM runs", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [{"n": 2 * len(run_rows("first"))}]


@pytest.mark.parametrize("query", ["DELETE FROM runs", "CREATE TABLE x AS SELECT 1", "SELECT * FROM read_text('/etc/hostname')"])
def test_sql_can_neither_write_nor_read_other_files(home: Home, capsys: pytest.CaptureFixture[str], query: str) -> None:
    assert call(home, "sql", query) == 1
    assert capsys.readouterr().err


def test_a_query_of_an_unknown_table_is_told_how_tables_are_listed(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(home, "sql", "SELECT * FROM plans") == 1
    assert 'lawbook sql "SHOW TABLES"' in capsys.readouterr().err


def test_the_listing_of_tables_that_an_error_names_works(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(home, "sql", "SHOW TABLES", "--json") == 0
    assert {"name": "runs"} in json.loads(capsys.readouterr().out)


def test_excluded_run_leaves_its_fit(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(home, "exclude", "lab/first-3", "--reason", "broken loader") == 0
    assert call(home, "refit", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["refitted"] == ["first"]


@pytest.mark.parametrize(("run", "words"), [("nobody", "no run is called"), ("first-3", "")])
def test_exclude_names_the_run_that_it_cannot_find(home: Home, capsys: pytest.CaptureFixture[str], run: str, words: str) -> None:
    assert call(home, "exclude", run, "--reason", "x") == int(bool(words))
    assert words in capsys.readouterr().err


def test_check_writes_nothing(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    before = home.work_db.stat().st_mtime_ns
    assert call(home, "check", str(home.inbox / "lab" / "first.runs.csv")) == 0
    assert "first.runs.csv" in capsys.readouterr().out
    assert home.work_db.stat().st_mtime_ns == before


def test_home_create_puts_telemetry_off(home: Home) -> None:
    assert call(home, "home", "--create") == 0
    assert "enabled: false" in (home.root / "dagster" / "dagster.yaml").read_text()


def test_wrong_command_line_exits_with_2(home: Home) -> None:
    with pytest.raises(SystemExit) as stopped:
        call(home, "refitt")
    assert stopped.value.code == 2


def test_module_runs_as_a_program(home: Home) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "pipeline.cli.main", "--home", str(home.root), "home"],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(home.inbox) in done.stdout


def test_pictures_are_written_as_png_and_svg_and_an_unchanged_study_is_not_drawn_again(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(home, "pictures", "first", "--json") == 0
    paths = [Path(path) for path in json.loads(capsys.readouterr().out)]
    assert {"fit", "optimum"} <= {path.stem for path in paths}
    assert all(path.read_bytes().startswith(b"\x89PNG") and "<svg" in path.with_suffix(".svg").read_text() for path in paths)
    drawn = {path: path.stat().st_mtime_ns for path in paths}
    assert call(home, "pictures", "first") == 0
    assert {path: path.stat().st_mtime_ns for path in paths} == drawn


def test_pictures_of_an_unknown_study_name_the_known_ones(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(home, "pictures", "third") == 1
    assert "first, second" in capsys.readouterr().err
