"""What the doctor sees around the store: space and inodes of each disk, closed files, logs of writes that did not end."""

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from pipeline.cli.main import main
from pipeline.home import Home
from pipeline.operations.doctor import examine
from pipeline.operations.finding import Finding
from pipeline.operations.surroundings import space

ROOM = {"f_bavail": 10**6, "f_frsize": 4096, "f_files": 10**6, "f_favail": 10**6, "f_flag": 0}
DISKS = {
    "no space": ({"f_bavail": 100}, "less than the 64 MiB that a refit may need", "free space"),
    "no inodes": ({"f_favail": 3}, "but only 3 inodes", "file system without inodes"),
    "read-only": ({"f_flag": os.ST_RDONLY}, "cannot be written", "make it writable"),
}


def found(home: Home, check: str) -> list[Finding]:
    """What is not well of one check."""
    return [finding for finding in examine(home) if finding.check == check and finding.state != "ok"]


@pytest.mark.parametrize("disk", ["home", "history", "temporary folder"])
@pytest.mark.parametrize("fault", DISKS)
def test_each_disk_that_a_refit_writes_to_is_named_where_it_is_full_or_closed(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: str, fault: str
) -> None:
    history = tmp_path / "history"
    history.mkdir()
    home = replace(home, config=home.config.model_copy(update={"history": str(history)}))
    places = {"home": home.root, "history": history, "temporary folder": Path(tempfile.gettempdir())}
    state, said, fix = DISKS[fault]
    real, device = Path.stat, {str(place): number for number, place in enumerate(places.values())}

    def stat(path: Path, **named: bool) -> object:
        return SimpleNamespace(st_dev=device[str(path)]) if str(path) in device else real(path, **named)

    monkeypatch.setattr("pipeline.operations.surroundings.Path.stat", stat)
    monkeypatch.setattr("pipeline.operations.surroundings.Path.is_dir", lambda _path: True)
    monkeypatch.setattr(os, "statvfs", lambda place: SimpleNamespace(**ROOM | (state if place == places[disk] else {})))
    (told,) = [finding for finding in space(home) if finding.state != "ok"]
    assert told.state == "error"
    assert told.message.startswith(disk)
    assert said in told.message
    assert fix in told.fix


def test_logs_and_folders_that_may_not_be_read_are_named(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = home.inbox / "lab" / "closed"
    closed.mkdir()
    (closed / "run.csv").write_text("a\n1\n", encoding="utf-8")
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) not in (closed, closed / "run.csv"))
    (told,) = found(home, "inbox")
    assert told.message == f"2 logs or folders cannot be read: {closed}, {closed / 'run.csv'}"
    assert told.fix


def cut_off(path: Path, elsewhere: Path) -> None:
    """Leaves a database as a process does that dies between its commit and its checkpoint."""
    shutil.copy(path, elsewhere)
    with duckdb.connect(str(elsewhere)) as connection:
        connection.execute("CREATE TABLE left_over AS SELECT 1 AS one")
        shutil.copy(elsewhere, path)
        shutil.copy(f"{elsewhere}.wal", f"{path}.wal")


def test_writes_that_have_not_reached_the_store_are_told_and_taken_over_by_the_cure(home: Home, tmp_path: Path) -> None:
    cut_off(home.work_db, tmp_path / "copy.duckdb")
    (told,) = found(home, "store")
    assert told.message.startswith("work.duckdb.wal holds ")
    assert "the next `lawbook refit` takes them over" in told.fix
    assert main(["--home", str(home.root), "publish"]) == 0
    assert found(home, "store") == []


def test_writes_of_another_program_into_the_published_file_are_told_and_gone_after_the_cure(home: Home, tmp_path: Path) -> None:
    cut_off(home.published_db, tmp_path / "copy.duckdb")
    (told,) = found(home, "published")
    assert told.message.startswith("published.duckdb.wal: another program has written")
    assert told.fix.startswith("move it away")
    Path(f"{home.published_db}.wal").rename(tmp_path / "away")
    assert found(home, "published") == []


def test_packages_that_readers_use_are_named_where_they_are_installed(home: Home) -> None:
    (told,) = (finding for finding in examine(home) if finding.check == "versions")
    assert {"duckdb", "pyarrow", "tensorboard"} <= set(told.message.replace(",", " ").split())
