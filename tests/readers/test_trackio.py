"""trackio's SQLite: two runs, a damaged event, values that JSON cannot spell, and files made to do harm."""

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import ReaderError
from pipeline.readers import sqlite
from tests.ingest.conftest import Dropbox

EVENTS = [
    ("a", 0, '{"train/loss": 4.0, "val/accuracy": 0.5}'),
    ("a", 1, '{"train/loss": 3.0, "note": "text"}'),
    ("b", 0, '{"train/loss": "NaN"}'),
    ("b", 1, '{"train/loss": 3.5'),
]


def project(path: Path, configs: bool = True) -> bytes:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT NOT NULL, run_name TEXT NOT NULL, "
            "step INTEGER NOT NULL, metrics TEXT NOT NULL)"
        )
        connection.executemany("INSERT INTO metrics (timestamp, run_name, step, metrics) VALUES ('2026-01-01', ?, ?, ?)", EVENTS)
        if configs:
            connection.execute("CREATE TABLE configs (id INTEGER PRIMARY KEY, run_name TEXT, config TEXT, created_at TEXT)")
            config = json.dumps({"learning_rate": 0.001, "n_layer": 6, "_Username": "somebody"})
            connection.execute("INSERT INTO configs VALUES (1, 'a', ?, '2026-01-01')", [config])
    return path.read_bytes()


def test_a_project_is_read(box: Dropbox, tmp_path: Path) -> None:
    box.drop("project.db", project(tmp_path / "p.db"))
    report = box.ingest()
    assert report.totals.rows == 2 + len(EVENTS)  # two runs, and the events
    values = box.rows("SELECT run_id, metric, split, step, value FROM measurements JOIN runs USING (run_key) ORDER BY ALL")
    assert values == [
        ("project/a", "accuracy", "validation", 0, 0.5),
        ("project/a", "error", "validation", 0, 0.5),
        ("project/a", "loss", "train", 0, 4.0),
        ("project/a", "loss", "train", 1, 3.0),
    ]
    assert box.rows("SELECT row_number, reason FROM quarantine ORDER BY 1") == [(3, "not_a_number"), (4, "unreadable")]


def test_what_is_only_in_the_write_ahead_log_yet_is_taken(box: Dropbox) -> None:
    path = box.drop("project.db", b"")
    project(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        box.ingest()
        before = path.stat()
        connection.execute("INSERT INTO metrics VALUES (9, '2026-01-01', 'a', 2, '{\"train/loss\": 2.5}')")
        assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        box.ingest()
    assert box.rows("SELECT value FROM measurements WHERE step = 2") == [(2.5,)]


def test_a_store_with_bytes_for_numbers_loses_only_what_is_damaged(box: Dropbox, tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE metrics (id, timestamp, run_name, step, metrics)")
        rows = [(b"\x00", "t", "a", 0, '{"loss": 3'), (b"\x01", "t", "a", 1, '{"loss": 2.5}')]
        connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?)", rows)
    box.drop("project.db", path.read_bytes())
    box.ingest()
    assert box.rows("SELECT row_number, reason FROM quarantine") == [(1, "unreadable")]
    assert box.rows("SELECT step, value FROM measurements") == [(1, 2.5)]


def test_the_configuration_fills_the_run_and_the_user_is_left_out(box: Dropbox, tmp_path: Path) -> None:
    box.drop("project.db", project(tmp_path / "p.db"))
    box.ingest()
    assert box.rows("SELECT status, peak_lr, layers, tags FROM runs WHERE run_id = 'project/a'") == [("running", 0.001, 6.0, {})]


def test_an_older_project_without_configurations_is_read(box: Dropbox, tmp_path: Path) -> None:
    box.drop("project.db", project(tmp_path / "p.db", configs=False))
    box.ingest()
    assert box.rows("SELECT count(*) FROM measurements") == [(4,)]


def test_another_sqlite_file_is_not_taken_for_a_log(box: Dropbox, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection, connection:
        connection.execute("CREATE TABLE metrics (a INTEGER)")
    box.drop("x.db", (tmp_path / "x.db").read_bytes())
    box.ingest()
    assert box.reasons() == {"unrecognised": 1}


def test_a_view_that_never_ends_is_no_table(box: Dropbox, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection, connection:
        connection.execute(
            "CREATE VIEW metrics AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) "
            "SELECT id, 'a' AS run_name, id AS step, '{}' AS metrics, '' AS timestamp FROM n"
        )
    box.drop("x.db", (tmp_path / "x.db").read_bytes())
    box.ingest()
    assert box.reasons() == {"unrecognised": 1}


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path / "p.db")
    monkeypatch.setattr(sqlite, "SECONDS", 0.2)
    started = time.monotonic()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(ReaderError, match=r"p\.db"), sqlite.opened(tmp_path / "p.db") as connection:
        connection.execute(endless).fetchall()
    assert time.monotonic() - started < 5


def test_reading_changes_nothing(tmp_path: Path) -> None:
    before = project(tmp_path / "p.db")
    with pytest.raises(ReaderError, match="readonly"), sqlite.opened(tmp_path / "p.db") as connection:
        connection.execute("DELETE FROM metrics")
    assert (tmp_path / "p.db").read_bytes() == before


def test_a_run_of_one_name_in_two_projects_is_two_runs(box: Dropbox, tmp_path: Path) -> None:
    box.drop("one.db", project(tmp_path / "one.db"))
    box.drop("two.db", project(tmp_path / "two.db", configs=False))
    box.ingest()
    assert box.rows("SELECT run_id FROM runs ORDER BY 1") == [("one/a",), ("one/b",), ("two/a",), ("two/b",)]


def test_a_damaged_configuration_costs_itself_alone(box: Dropbox, tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    project(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE configs SET config = '{\"n_layer\": '")
    box.drop("project.db", path.read_bytes())
    box.ingest()
    assert box.rows("SELECT count(*) FROM measurements") == [(4,)]
    assert "configuration of run 'project/a'" in str(box.rows("SELECT detail FROM quarantine WHERE row_number = 0"))


def test_a_resumed_run_has_the_later_values_at_their_rates(box: Dropbox, tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    project(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM metrics")
        again = [
            (step, json.dumps({"train/loss": value, "lr": 0.1})) for step, value in ((0, 4.0), (1, 3.5), (1, 3.25), (2, 3.0))
        ]
        statement = "INSERT INTO metrics (timestamp, run_name, step, metrics) VALUES ('2026-01-01', 'a', ?, ?)"
        connection.executemany(statement, again)
    box.drop("project.db", path.read_bytes())
    assert box.ingest().quarantined == 0
    assert box.rows("SELECT step, lr, value FROM measurements ORDER BY 1") == [(0, 0.1, 4.0), (1, 0.1, 3.25), (2, 0.1, 3.0)]
