"""Stores made here and now by each released schema version's own code, out of the history of this repository."""

import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

import duckdb
import pytest

from pipeline.home import Home
from pipeline.refit.refit import refit
from pipeline.schema import TABLES
from pipeline.store.migrations import VERSION
from pipeline.store.warehouse import Warehouse
from tests.small_home import make_home, without_report

ROOT = Path(__file__).resolve().parents[2]
LAST = {
    1: "dee4ca27e72b23614e6d2e4f18c9a7cadcbdee12",
    2: "94e4e51995dc251fca5eeffe01617917c3649249",
    3: "b8bb7e38204609c689b94144befbb923430e28c1",
    4: "d011dc3f409eba66055eda51ed5c17763e438e46",
    5: "ef4939dbfa69c4a634fab3749c8beea29834a866",
    6: "2eb13f5d22626f22a32bcbdec0624de90fc59193",
}
"""The last commit of each schema version before this one."""
REFIT = """
import sys
try:
    from pipeline.cli.main import main
except ImportError:
    from pipeline.cli import main
sys.exit(main(["--home", sys.argv[1], "refit"]))
"""


def code_of(version: int, folder: Path) -> Path:
    """The program of that schema version, without the runs that it ships."""
    packed = subprocess.run(["git", "archive", LAST[version]], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode:
        pytest.skip("this copy of the repository has no history")
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    for shipped in ("runs", "studies"):
        for file in (folder / "data" / shipped).rglob("*.*"):
            file.unlink()
    return folder


def made_by(version: int, tmp_path: Path) -> Home:
    """A home with one study, refitted by that version's own program."""
    code, home = code_of(version, tmp_path / "code"), make_home(tmp_path / "home", "first")
    command = [sys.executable, "-c", REFIT, str(home.root)]
    done = subprocess.run(
        command, cwd=code, env={"PYTHONPATH": str(code), "PATH": ""}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return home


def columns(store: Path) -> dict[str, list[str]]:
    """The columns of every plan table of a store, as far as this program knows them."""
    with duckdb.connect(str(store), read_only=True) as connection:
        have = {tuple(row) for row in connection.execute("SELECT table_name, column_name FROM duckdb_columns()").fetchall()}
    named = {name: table for name, table in TABLES.items() if name.startswith("plan_") and not table.view}
    known = {name: [column.name for column in table.columns if (name, column.name) in have] for name, table in named.items()}
    return {name: names for name, names in known.items() if names}


def plans(store: Path, of: dict[str, list[str]]) -> dict[str, list[tuple[object, ...]]]:
    """The rows of these tables and columns."""
    quoted = {table: ", ".join(f'"{name}"' for name in names) for table, names in of.items()}
    with duckdb.connect(str(store), read_only=True) as connection:
        return {
            table: connection.execute(f"SELECT {names} FROM {table} ORDER BY ALL").fetchall() for table, names in quoted.items()
        }


@pytest.mark.slow
@pytest.mark.parametrize("version", LAST)
def test_a_store_of_each_versions_own_code_is_migrated_its_plans_are_equal_and_the_next_refit_publishes(
    tmp_path: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = made_by(version, tmp_path)
    with duckdb.connect(str(home.work_db), read_only=True) as connection:
        assert connection.execute("SELECT max(version) FROM schema_version").fetchall() == [(version,)]
    before = plans(home.work_db, old := columns(home.work_db))
    assert before["plan_compute_optimal"]
    with Warehouse(home):
        pass
    assert plans(home.work_db, old) == before
    without_report(monkeypatch)
    assert refit(home).exit_code == 0


def test_every_version_before_this_one_has_the_commit_that_made_its_stores() -> None:
    assert list(LAST) == list(range(1, VERSION))
