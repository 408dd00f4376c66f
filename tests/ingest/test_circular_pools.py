"""A pool that contains itself, directly or through its members, is refused and named; what is beside it is taken."""

from pathlib import Path

import duckdb
import pytest

from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.store.warehouse import Warehouse
from tests.small_home import own_home


def members(home: Home, name: str, *rows: tuple[str, str]) -> None:
    lines = [f"{pool},{member},1.0,1000" for pool, member in rows]
    (home.inbox / f"{name}.pool_members.csv").write_text("\n".join(["pool,member,share,data_unique", *lines]) + "\n")


def taken(home: Home) -> tuple[set[tuple[str, str]], list[str]]:
    with Warehouse(home) as warehouse:
        ingest(home, warehouse=warehouse)
        connection: duckdb.DuckDBPyConnection = warehouse.connection
        kept = set(connection.execute("SELECT pool, member FROM pool_members").fetchall())
        details = connection.execute("SELECT split_part(detail, ';', 1) FROM quarantine ORDER BY 1").fetchall()
        return kept, [row[0] for row in details]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return own_home(tmp_path / "home")


def test_a_pool_that_is_its_own_member_is_refused(home: Home) -> None:
    members(home, "own", ("a", "a"), ("b", "c"))
    assert taken(home) == ({("b", "c")}, ["pool a contains itself"])


def test_pools_that_contain_each_other_are_refused_and_named(home: Home) -> None:
    members(home, "ring", ("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"))
    kept, refused = taken(home)
    assert kept == {("d", "a")}
    assert refused == [f"pool {x} contains itself through its member {y}" for x, y in (("a", "b"), ("b", "c"), ("c", "a"))]


def test_a_circle_that_another_file_closes_is_refused_where_it_closes(home: Home) -> None:
    members(home, "first", ("a", "b"))
    taken(home)
    members(home, "second", ("b", "a"), ("e", "a"))
    kept, refused = taken(home)
    assert kept == {("a", "b"), ("e", "a")}
    assert refused == ["pool b contains itself through its member a"]
