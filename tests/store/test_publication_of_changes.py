"""A large publication writes only what changed: after whatever happened, it holds what a whole one holds."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from small_home import loss, make_home, run_rows, write_runs

from pipeline.home import Home
from pipeline.ingest.exclusion import exclude, finish
from pipeline.ingest.ingest import ingest
from pipeline.store.compaction import archive
from pipeline.store.publication import parquet_parts, published_changes
from pipeline.store.publication.publish import publish, published_tables
from pipeline.store.warehouse import Warehouse

Event = Callable[[Home, int], None]
PARTED = parquet_parts.PARTED


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of 25 runs that counts as large, with five runs a part, published once."""
    monkeypatch.setattr(parquet_parts, "LARGE", 5)
    made = make_home(tmp_path / "home", "first")
    logged(made, "open", [{"run_id": "open", "status": "running", "params": 2e8, "data_seen": 1e9}])
    assert publish(made)
    return made


def logged(home: Home, name: str, rows: list[dict[str, Any]]) -> None:
    """The runs arrive with their losses, unless the rows say others, and are ingested."""
    held = [
        {"dataset": "first", "data_unit": "token", "metric:loss": loss(row["params"], row["data_seen"]), **row} for row in rows
    ]
    write_runs(home.inbox / "lab" / name, held)
    ingest(home)


def one_more_run(home: Home, number: int) -> None:
    logged(home, f"more-{number}", [{"run_id": f"more-{number}", "status": "finished", "params": 3e8 + number, "data_seen": 4e9}])


def other_values(home: Home, number: int) -> None:
    """Three runs are logged again, each with another loss: new versions."""
    again = run_rows("first")[number : number + 3]
    logged(home, f"again-{number}", [{**row, "metric:loss": row["metric:loss"] + 0.01 * (number + 1)} for row in again])


def further_point(home: Home, number: int) -> None:
    """The open run goes on: its series has another end."""
    logged(home, f"open-{number}", [{"run_id": "open", "status": "running", "params": 2e8, "data_seen": 2e9 + number}])


def excluded(home: Home, number: int) -> None:
    exclude(home, f"first-{number}", "it is odd")


def finished(home: Home, _number: int) -> None:
    finish(home, "open")


def moved_to_the_history(home: Home, _number: int) -> None:
    (home.root / "config.toml").write_text("shipped = false\n[retention]\nhistory_rows = 1\n", encoding="utf-8")
    with Warehouse(Home.open(home.root)) as warehouse:
        assert archive(warehouse.connection, warehouse.home)


def rows_of(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every published table, in the order of their content."""
    with duckdb.connect(str(file), read_only=True) as connection:
        asked = {table.name: f"SELECT * FROM {table.name} ORDER BY ALL" for table in published_tables()}
        return {name: connection.execute(query).fetchall() for name, query in asked.items()}


def whole(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """What a whole publication of a copy of the home holds."""
    copy = home.root.parent / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(home.root, copy)
    other = Home.open(copy)
    publish(other, whole=True)
    return rows_of(other.published_db)


def parts(home: Home) -> dict[str, tuple[int, int]]:
    found = (path for name in PARTED for path in (home.published_dir / f"{name}.parquet").glob("*.parquet"))
    return {f"{path.parent.stem}/{path.name}": (path.stat().st_ino, path.stat().st_mtime_ns) for path in found}


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each publication that tried to follow what changed could."""
    seen: list[bool] = []
    real = published_changes.update

    def watched(connection: duckdb.DuckDBPyConnection, last: Path, path: Path, moment: datetime) -> bool:
        seen.append(real(connection, last, path, moment))
        return seen[-1]

    monkeypatch.setattr("pipeline.store.publication.publish.update", watched)
    return seen


SEQUENCES: dict[str, list[Event]] = {
    "runs": [one_more_run, one_more_run],
    "versions": [other_values, other_values, one_more_run],
    "ends": [further_point, finished, further_point],
    "exclusions": [excluded, one_more_run, excluded],
    "history": [one_more_run, moved_to_the_history, other_values, further_point, moved_to_the_history, other_values],
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_what_follows_the_changes_equals_a_whole_publication(home: Home, updates: list[bool], name: str) -> None:
    published = 0
    for number, event in enumerate(SEQUENCES[name]):
        event(home, number)
        published += publish(home)
        assert rows_of(home.published_db) == whole(home), f"after {event.__name__}"
    assert updates == [True] * published
    assert published


@pytest.mark.parametrize("name", SEQUENCES)
def test_the_parts_hold_what_the_published_tables_hold(home: Home, name: str) -> None:
    for number, event in enumerate(SEQUENCES[name]):
        event(home, number)
        publish(home)
    for table in PARTED:
        folder = home.published_dir / f"{table}.parquet"
        with duckdb.connect(str(home.published_db), read_only=True) as connection:
            stored = connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
            copied = connection.execute(f"SELECT * FROM '{folder}/*.parquet' ORDER BY ALL").fetchall()
        assert copied == stored
        assert pl.read_parquet(folder).height == len(stored)


def test_one_new_run_writes_one_part(home: Home) -> None:
    before = parts(home)
    one_more_run(home, 1)
    assert publish(home)
    after = parts(home)
    changed = {Path(name).name for name in after if after[name] != before.get(name)}
    assert len(changed) == 1
    assert len({Path(name).name for name in after}) >= 5


def another_hand(home: Home) -> None:
    with duckdb.connect(str(home.published_db)) as connection:
        connection.execute("DELETE FROM points")


def a_part_is_gone(home: Home) -> None:
    next((home.published_dir / "measurements.parquet").glob("*.parquet")).unlink()


def the_note_is_torn(home: Home) -> None:
    (home.root / "published.duckdb.json").write_text("[torn")


def values_of_an_older_moment(home: Home) -> None:
    """As in a store that another hand has filled: nothing newer than the last publication tells of them."""
    with Warehouse(home) as warehouse:
        moment = warehouse.connection.execute("SELECT min(valid_from) FROM points").fetchall()[0][0]
        older = "INSERT INTO points SELECT * REPLACE (7 AS step, $at AS valid_from) FROM points LIMIT 1"
        warehouse.connection.execute(older, {"at": moment - timedelta(days=1)})


@pytest.mark.parametrize("change", [another_hand, a_part_is_gone, the_note_is_torn, values_of_an_older_moment])
def test_files_that_are_not_as_they_were_left_are_published_whole(home: Home, change: Callable[[Home], None]) -> None:
    change(home)
    one_more_run(home, 1)
    assert publish(home)
    assert rows_of(home.published_db) == whole(home)
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM measurements").fetchall()
    assert pl.read_parquet(home.published_dir / "measurements.parquet").height == count


def test_a_whole_publication_is_one_file_a_table(home: Home) -> None:
    held = rows_of(home.published_db)
    assert publish(home, whole=True)
    assert all((home.published_dir / f"{table.name}.parquet").is_file() for table in published_tables())
    assert rows_of(home.published_db) == held


def test_after_a_whole_publication_the_next_one_makes_parts_again(home: Home) -> None:
    publish(home, whole=True)
    one_more_run(home, 1)
    assert publish(home)
    assert parts(home)
