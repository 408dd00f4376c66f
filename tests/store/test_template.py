"""New stores and published files are copies of empty ones that are kept on the machine, and the same where none can be kept."""

import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_home import own_home

from pipeline.home import Home
from pipeline.store.publication.publish import publish
from pipeline.store.publication.published_file import MOST_KEPT
from pipeline.store.store import transaction
from pipeline.store.template import begin
from pipeline.store.warehouse import Warehouse

CATALOGUE = "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"


def catalogue(root: Path) -> list[tuple[Any, ...]]:
    """Every column of a new store with its type and comment."""
    with Warehouse(own_home(root)) as warehouse:
        return warehouse.connection.execute(CATALOGUE).fetchall()


@pytest.fixture
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAWBOOK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_store_is_the_same_whether_it_was_copied_or_made(tmp_path: Path, kept_in: Path) -> None:
    first = catalogue(tmp_path / "first")
    assert [path.name for path in kept_in.glob("*")] == [next(kept_in.glob("store-*.duckdb")).name]
    assert catalogue(tmp_path / "second") == first
    kept_in.rename(kept_in.with_name("gone"))
    kept_in.write_text("no folder can be made here")
    assert catalogue(tmp_path / "third") == first


def test_an_empty_store_of_other_statements_is_not_copied(tmp_path: Path, kept_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.store.template._statements", lambda: "CREATE TABLE earlier (x INTEGER)")
    begin(tmp_path / "earlier.duckdb")
    monkeypatch.undo()
    monkeypatch.setenv("LAWBOOK_CACHE", str(kept_in))
    assert "earlier" not in {table for table, *_ in catalogue(tmp_path / "home")}
    assert len(list(kept_in.glob("store-*.duckdb"))) == 1


def test_a_start_that_died_after_an_older_copy_was_put_there_is_made_whole(tmp_path: Path) -> None:
    home = own_home(tmp_path / "home")
    with duckdb.connect(str(home.work_db)) as connection, transaction(connection):
        connection.execute("CREATE TABLE series (series INTEGER)")
    expected = {row[:2] for row in catalogue(tmp_path / "whole")}
    with Warehouse(home) as warehouse:
        assert {row[:2] for row in warehouse.connection.execute(CATALOGUE).fetchall()} == expected


def test_no_store_is_put_beside_the_log_of_one_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "work.duckdb.wal").write_bytes(b"of another store")
    begin(tmp_path / "work.duckdb")
    assert not (tmp_path / "work.duckdb").exists()


def test_a_published_file_is_the_same_whether_its_tables_were_copied_or_made(home: Home, kept_in: Path) -> None:
    def published() -> list[tuple[Any, ...]]:
        home.published_db.unlink()
        publish(home)
        with duckdb.connect(str(home.published_db), read_only=True) as connection:
            return [*connection.execute(CATALOGUE).fetchall(), *connection.execute("FROM measurements ORDER BY ALL").fetchall()]

    made = published()
    assert len(list(kept_in.glob("published-*.empty"))) == 1
    assert published() == made
    shutil.rmtree(kept_in)
    kept_in.write_text("no folder can be made here")
    assert published() == made


@pytest.mark.usefixtures("kept_in")
def test_a_store_with_its_columns_in_another_order_is_published_under_the_right_names(home: Home) -> None:
    asked = "SELECT pool, dataset, data_unique, quality_rank FROM pools"
    with Warehouse(home) as warehouse:
        publish(home, warehouse)
        warehouse.connection.execute("INSERT INTO pools (pool, dataset, data_unique, quality_rank) VALUES ('p', 'd', 7, 1)")
        warehouse.connection.execute(
            "CREATE OR REPLACE TABLE pools AS SELECT quality_rank, data_unique, * EXCLUDE (quality_rank, data_unique) FROM pools"
        )
        stored = warehouse.connection.execute(asked).fetchall()
        publish(home, warehouse)
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        assert connection.execute(asked).fetchall() == stored


def test_of_empty_published_files_those_used_last_are_kept(home: Home, kept_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def publish_under(version: str) -> None:
        monkeypatch.setattr("pipeline.store.publication.published_file.book_version", lambda: version)
        publish(home)

    publish_under("first")
    (first,) = kept_in.glob("published-*.empty")
    for place, path in enumerate([first, *(kept_in / f"published-{number}.empty" for number in range(MOST_KEPT))]):
        path.touch()
        os.utime(path, (place, place))  # as if long ago, the first longest
    home.published_db.unlink()
    publish_under("first")
    publish_under("second")
    assert first.exists()
    assert len(list(kept_in.glob("published-*.empty"))) == MOST_KEPT
