"""The store: one writer, confined reading, a schema version, SQL from files."""

import multiprocessing
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipeline.errors import ConfigError, WarehouseError
from pipeline.home import Home
from pipeline.schema import TABLES
from pipeline.store import statements
from pipeline.store.migrations import VERSION
from pipeline.store.warehouse import Fragment, Warehouse, insert_frame, sql


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open(tmp_path / "home")


def test_every_table_of_the_schema_exists_with_a_comment_on_each_column(home: Home) -> None:
    with Warehouse(home) as warehouse:
        rows = warehouse.connection.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
    comments = {(table, column): comment for table, column, comment in rows}
    for table in TABLES.values():
        for column in table.columns:
            assert comments[table.name, column.name] == column.comment


def test_a_second_writer_is_told_who_holds_the_store(home: Home) -> None:
    with (
        Warehouse(home),
        pytest.raises(WarehouseError, match=rf"process {multiprocessing.current_process().pid} since"),
        Warehouse(home, wait=0.2),
    ):
        pass


def test_a_writer_that_waits_gets_its_turn(home: Home) -> None:
    with Warehouse(home):
        pass
    with Warehouse(home, wait=0.2) as warehouse:
        assert warehouse.connection.execute("SELECT 1").fetchone() == (1,)


def test_no_statement_reads_a_file_outside_the_home(home: Home, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    (home.inbox / "link.csv").symlink_to(secret)
    with Warehouse(home) as warehouse:
        for path in (secret, home.inbox / "link.csv", home.inbox / ".." / ".." / "secret.csv"):
            with pytest.raises(duckdb.Error, match="disabled by configuration"):
                warehouse.connection.execute("SELECT * FROM read_csv(?)", [str(path)])
        with pytest.raises(duckdb.Error):
            warehouse.connection.execute("SET allowed_directories = ['/']")


def test_a_newer_store_is_refused(home: Home) -> None:
    with Warehouse(home) as warehouse:
        warehouse.connection.execute("INSERT INTO schema_version VALUES (999, TIMESTAMP '2020-01-01')")
    with pytest.raises(WarehouseError, match="schema version 999"), Warehouse(home):
        pass


def test_an_older_store_is_backed_up_and_migrated(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with Warehouse(home) as warehouse:
        insert_frame(warehouse.connection, "pools", pl.DataFrame({"pool": ["a"]}))
    monkeypatch.setattr("pipeline.store.migrations.VERSION", VERSION + 1)
    monkeypatch.setattr("pipeline.store.migrations.MIGRATIONS", {VERSION: ("checkpoint_after_migration",)})
    real = statements._statement
    added = "ALTER TABLE pools ADD COLUMN colour VARCHAR"
    monkeypatch.setattr(statements, "_statement", lambda name: added if name == "checkpoint_after_migration" else real(name))
    with Warehouse(home) as warehouse:
        assert warehouse.connection.execute("SELECT pool, colour FROM pools").fetchall() == [("a", None)]
    backup = duckdb.connect(str(home.work_db.with_suffix(f".v{VERSION}.backup")), read_only=True)
    assert backup.execute("SELECT pool FROM pools").fetchall() == [("a",)]
    backup.close()


def test_a_store_of_the_first_version_gains_the_convention_of_its_sizes(home: Home) -> None:
    with Warehouse(home) as warehouse:
        row = {"run_key": "a", "run_id": "a", "params": 3.0, "params_nonembedding": 2.0}
        insert_frame(warehouse.connection, "runs_history", pl.DataFrame([row]))
        for statement in (
            "ALTER TABLE runs_history DROP COLUMN params_convention",
            "DELETE FROM schema_version",
            "INSERT INTO schema_version VALUES (1, TIMESTAMP '2020-01-01')",
        ):
            warehouse.connection.execute(statement)
    with Warehouse(home) as warehouse:
        found = warehouse.connection.execute("SELECT run_key, params_convention FROM runs").fetchall()
    assert found == [("a", "with embeddings")]


def test_an_identifier_is_only_a_name() -> None:
    assert (
        sql("insert_frame", table='x" (SELECT 1); --')
        == 'INSERT INTO "x"" (SELECT 1); --" BY NAME\nSELECT * FROM frame_to_insert\n'
    )


def test_a_placeholder_without_a_value_is_refused() -> None:
    with pytest.raises(WarehouseError, match="table"):
        sql("insert_frame")


def test_a_fragment_is_inserted_as_it_is() -> None:
    assert "(a INTEGER)" in sql("create_table", table="t", columns=Fragment("a INTEGER"))


def test_an_unknown_key_of_the_config_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("colour = 'red'\n")
    with pytest.raises(ConfigError, match=r"config.toml.*'colour'.*watch"):
        Home.open(tmp_path)


def test_a_store_of_the_first_version_gets_the_tables_and_columns_added_since(home: Home) -> None:
    with Warehouse(home) as warehouse:
        for statement in ("DROP TABLE plan_target", "ALTER TABLE plan_money DROP COLUMN outside", "DELETE FROM schema_version"):
            warehouse.connection.execute(statement)
        warehouse.connection.execute("INSERT INTO plan_money (study) VALUES ('kept')")
        warehouse.connection.execute("INSERT INTO schema_version VALUES (1, TIMESTAMP '2020-01-01')")
    with Warehouse(home) as warehouse:
        assert warehouse.connection.execute("SELECT study, outside FROM plan_money").fetchall() == [("kept", None)]
        assert warehouse.connection.execute("SELECT count(*) FROM plan_target").fetchall() == [(0,)]
