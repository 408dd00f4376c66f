"""`lawbook publish`: what is in the store becomes the published file, without a refit; --self-contained writes all of it anew."""

import json

import duckdb
import pytest
from small_home import run_rows, write_runs

from pipeline.cli.main import main
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.store.warehouse import Warehouse


def ran(home: Home, *words: str) -> int:
    return main(["--home", str(home.root), *words])


def with_a_run(home: Home) -> Home:
    write_runs(home.inbox / "lab" / "one", [{**run_rows("first")[0], "run_id": "one"}])
    ingest(home)
    return home


def test_what_was_ingested_is_published_without_a_fit(fresh_home: Home) -> None:
    assert ran(with_a_run(fresh_home), "publish") == 0
    with duckdb.connect(str(fresh_home.published_db), read_only=True) as connection:
        query = "SELECT count(*), (SELECT count(*) FROM fits) FROM runs WHERE run_id = 'one'"
        assert connection.execute(query).fetchall() == [(1, 0)]


def test_a_second_publication_says_that_nothing_changed(fresh_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert [ran(with_a_run(fresh_home), "publish") for _ in range(2)] == [0, 0]
    assert capsys.readouterr().out.splitlines()[2] == f"published: {fresh_home.published_db} (unchanged)"


def test_a_self_contained_one_is_written_though_nothing_changed(fresh_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    ran(with_a_run(fresh_home), "publish")
    before = fresh_home.published_db.stat().st_ino
    capsys.readouterr()
    assert ran(fresh_home, "--json", "publish", "--self-contained") == 0
    assert json.loads(capsys.readouterr().out)["published"] is True
    assert fresh_home.published_db.stat().st_ino != before


def test_while_another_process_writes_the_store_it_says_so(fresh_home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    (fresh_home.root / "config.toml").write_text("shipped = false\nwait_seconds = 0.01\n")
    with Warehouse(with_a_run(fresh_home)):
        assert ran(fresh_home, "publish") == 3
    assert "is being written by process" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["plan", "pictures"])
def test_a_file_of_another_release_is_told_and_its_fix_works(
    home: Home, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with duckdb.connect(str(home.published_db)) as connection:
        connection.execute("ALTER TABLE plan_notes DROP COLUMN fix")
    assert ran(home, command) == 1
    said = capsys.readouterr().err
    assert "was published by another release: it has no plan_notes.fix; run `lawbook refit`" in said
    write_runs(home.inbox / "lab" / "one", [{**run_rows("first")[0], "run_id": "one"}])
    assert [ran(home, "refit"), ran(home, command)] == [0, 0]
