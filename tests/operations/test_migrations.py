"""A store of every version that was released is brought to this one: nothing lost, a backup before it, and never the other way.

stores/vN.zip is a small store as the program of schema version N made it: its schema as SQL, its tables as Parquet. When the
version rises, `python -m tests.operations.test_migrations` (with the program before the change) writes the one that is missing.
"""

import shutil
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

from pipeline.errors import WarehouseError
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.refit.refit import refit
from pipeline.schema import TABLES, Table
from pipeline.store.migrations import MIGRATIONS, VERSION
from pipeline.store.warehouse import Warehouse
from tests.small_home import own_home, run_rows, without_report, write_runs

STORES = Path(__file__).parent / "stores"
RELEASED = range(1, VERSION)
NUMBERS = ("DOUBLE", "BIGINT")
KEPT = {
    "runs": "SELECT run_id, params, status, version, excluded_reason FROM runs ORDER BY ALL",
    "measurements": "SELECT run_key, metric, split, task, step, data_seen, value, version, final FROM measurements ORDER BY ALL",
    "history": "SELECT run_key, step, value, version, valid_from, valid_to FROM measurements_history ORDER BY ALL",
    "quarantine": "SELECT row_number, reason, raw FROM quarantine ORDER BY ALL",
    "fits": "SELECT fit_id, study, law, grade, selected FROM fits ORDER BY ALL",
    "parameters": "SELECT fit_id, parameter, estimate FROM fit_parameters ORDER BY ALL",
    "plans": "SELECT study, flops, params, loss FROM plan_compute_optimal ORDER BY ALL",
    "log": "SELECT content_hash, rows, runs, measurements, quarantined FROM ingest_log ORDER BY ALL",
}


def unpack(version: int, target: Path) -> None:
    """Makes the store of that version out of its archive."""
    with zipfile.ZipFile(STORES / f"v{version}.zip") as archive, duckdb.connect(str(target)) as connection:
        archive.extractall(target.parent / "dump")
        connection.execute(archive.read("schema.sql").decode())
        for file in sorted((target.parent / "dump").glob("*.parquet")):
            connection.execute(f"COPY {file.stem} FROM '{file}' (FORMAT parquet)")


def pack(store: Path, target: Path) -> None:
    """Writes the archive of a store; paths of the machine are cut off."""
    dump = target.with_suffix("")
    with duckdb.connect(str(store)) as connection:
        for table in ("ingest_log", "quarantine", "runs_history"):
            connection.execute(f"UPDATE {table} SET source_uri = regexp_replace(source_uri, '^.*/inbox/', 'inbox/')")
        connection.execute("DELETE FROM file_stamps")
        connection.execute(f"EXPORT DATABASE '{dump}' (FORMAT parquet, COMPRESSION zstd)")
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            lines = (dump / "schema.sql").read_text().splitlines(keepends=True)
            base = "CREATE VIEW archived_points"  # other views stand on it, and the export orders them by name
            lines.sort(key=lambda line: line.startswith("CREATE VIEW") + (line.startswith("CREATE VIEW") and base not in line))
            archive.writestr("schema.sql", "".join(lines))
            for file in sorted(dump.glob("*.parquet")):
                if connection.execute(f"SELECT count(*) FROM '{file}'").fetchall() != [(0,)]:
                    archive.write(file, file.name)
    shutil.rmtree(dump)


def answers(store: Path) -> dict[str, list[tuple[object, ...]]]:
    """What people ask of a store, by table."""
    with duckdb.connect(str(store), read_only=True) as connection:
        return {name: connection.execute(query).fetchall() for name, query in KEPT.items()}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    without_report(monkeypatch)
    return own_home(tmp_path / "home")


def test_every_released_version_has_a_store_here() -> None:
    lacking = {f"v{version}" for version in RELEASED} - {path.stem for path in STORES.glob("v*.zip")}
    assert not lacking, f"{sorted(lacking)}: with the program before the change run `python -m tests.operations.test_migrations`"


@pytest.mark.parametrize("version", RELEASED)
def test_a_released_store_is_migrated_and_answers_as_before(home: Home, version: int) -> None:
    unpack(version, home.work_db)
    before = answers(home.work_db)
    assert all(before.values())
    with Warehouse(home):
        pass
    assert answers(home.work_db) == before


RENAMED = [table for table in TABLES.values() if table.renamed]


@pytest.mark.parametrize("table", RENAMED, ids=lambda table: table.name)
def test_renamed_columns_keep_what_is_stored_in_them(home: Home, table: Table) -> None:
    unpack(5, home.work_db)
    with duckdb.connect(str(home.work_db)) as connection:
        row = [(was, "1" if table[name].type in NUMBERS else "'said'") for was, name in table.renamed]
        connection.execute(f"INSERT INTO {table.name} BY NAME SELECT {', '.join(f'{said} AS {was}' for was, said in row)}")
        before = _stored(connection, table, 0)
    with Warehouse(home) as warehouse:
        assert _stored(warehouse.connection, table, 1) == before


def _stored(connection: duckdb.DuckDBPyConnection, table: Table, place: int) -> list[tuple[object, ...]]:
    names = ", ".join(names[place] for names in table.renamed)
    return connection.execute(f"SELECT {names} FROM {table.name} ORDER BY ALL").fetchall()


def test_a_column_of_the_newest_stored_version_stays_unless_renamed_or_taken_by_a_statement(tmp_path: Path) -> None:
    """An added column needs nothing; one that goes or gets another type needs a statement in MIGRATIONS of that version."""
    newest = max(int(path.stem.removeprefix("v")) for path in STORES.glob("v*.zip"))
    unpack(newest, tmp_path / "newest.duckdb")
    asked = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
    with duckdb.connect(str(tmp_path / "newest.duckdb"), read_only=True) as connection:
        stored = {row for row in connection.execute(asked).fetchall() if row[0] in TABLES and not TABLES[row[0]].view}
    with Warehouse(own_home(tmp_path / "new")) as new:
        declared = set(new.connection.execute(asked).fetchall())
    renamed = {(table.name, was) for table in TABLES.values() for was, _ in table.renamed}
    gone = {row for row in stored - declared if row[:2] not in renamed}
    assert not gone or MIGRATIONS.get(newest), f"write the statement that takes a store from version {newest}: {sorted(gone)}"


def test_a_store_of_this_version_takes_a_column_that_was_declared_since_and_the_views_show_it(home: Home) -> None:
    with Warehouse(home) as warehouse:
        warehouse.connection.execute("ALTER TABLE runs_history DROP COLUMN accelerator_count")
    write_runs(home.inbox / "lab" / "new", [row | {"accelerator_count": 8} for row in run_rows("new")])
    with Warehouse(home) as warehouse:
        ingest(home, warehouse=warehouse)
        assert warehouse.connection.execute("SELECT DISTINCT accelerator_count FROM runs").fetchall() == [(8,)]


@pytest.mark.parametrize("version", RELEASED)
def test_a_migrated_store_has_every_table_and_column_of_a_new_one(home: Home, version: int, tmp_path: Path) -> None:
    unpack(version, home.work_db)
    asked = "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
    with Warehouse(home) as warehouse, Warehouse(own_home(tmp_path / "new")) as new:
        migrated, fresh = warehouse.connection.execute(asked).fetchall(), new.connection.execute(asked).fetchall()
    assert migrated == fresh
    assert {row[0] for row in migrated} >= set(TABLES)


@pytest.mark.parametrize("version", RELEASED)
def test_a_backup_of_the_old_version_is_kept_before_the_migration(home: Home, version: int) -> None:
    unpack(version, home.work_db)
    before = answers(home.work_db)
    with Warehouse(home):
        pass
    kept = home.root / f"work.v{version}.backup"
    assert answers(kept) == before
    with duckdb.connect(str(kept), read_only=True) as connection:
        assert connection.execute("SELECT max(version) FROM schema_version").fetchall() == [(version,)]


@pytest.mark.parametrize("version", RELEASED)
def test_a_migrated_store_takes_new_runs_and_publishes(home: Home, version: int) -> None:
    unpack(version, home.work_db)
    write_runs(home.inbox / "lab" / "new", [{**run_rows("first")[0], "run_id": "new"}])
    report = refit(home)
    assert report.published
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM runs WHERE run_id IN ('new', 'first-0')").fetchall() == [(2,)]


@pytest.mark.parametrize("version", RELEASED)
def test_a_migration_that_dies_leaves_the_old_store(home: Home, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    unpack(version, home.work_db)
    before = answers(home.work_db)

    def dies(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.store.migrations._create_views", dies)
        with pytest.raises(KeyboardInterrupt), Warehouse(home):
            pass
    assert answers(home.work_db) == before
    with Warehouse(home):
        pass
    assert answers(home.work_db) == before


def test_a_newer_store_is_refused_and_left_alone(home: Home) -> None:
    with Warehouse(home) as warehouse:
        warehouse.connection.execute("INSERT INTO schema_version VALUES (?, now()::TIMESTAMP)", [VERSION + 1])
    before = home.work_db.read_bytes()
    with pytest.raises(WarehouseError, match=rf"schema version {VERSION + 1}, this program knows {VERSION}; install the newer"):
        refit(home)
    assert home.work_db.read_bytes() == before


if __name__ == "__main__":
    pack(Path(sys.argv[1]), STORES / f"v{VERSION}.zip")
