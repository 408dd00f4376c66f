"""What the machine may do to an installation: a home that cannot be written, a clock that goes back, two processes at once."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from small_home import run_rows, write_runs

from pipeline import clock
from pipeline.cli.main import main
from pipeline.errors import LockedError
from pipeline.home import Home
from pipeline.ingest.exclusion import exclude
from pipeline.operations.doctor import examine
from pipeline.refit.refit import refit
from pipeline.store.backups import backup, backups
from pipeline.store.warehouse import Warehouse, now

ROOT = Path(__file__).parents[2]


def plans(home: Home) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute("SELECT flops, loss FROM best_compute_optimal ORDER BY 1").fetchall()


def published_runs(home: Home) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return connection.execute("SELECT run_id, excluded_reason FROM runs ORDER BY 1").fetchall()


@pytest.fixture
def read_only(home: Home, tmp_path: Path) -> Iterator[Home]:
    """The home on a disk that is mounted read-only."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(place)], capture_output=True, check=False).returncode:
        pytest.skip("a disk of its own cannot be mounted here (needs root)")
    try:
        shutil.copytree(home.root, place / "home")
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        yield Home.open(place / "home")
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_refit_in_a_read_only_home_says_so_with_the_fix(read_only: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(read_only.root), "refit"]) == 4
    assert "is on a read-only file system; make it writable" in capsys.readouterr().err


def test_the_plans_of_a_read_only_home_can_be_read(read_only: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(read_only.root), "plan", "first"]) == 0
    assert main(["--home", str(read_only.root), "sql", "SELECT count(*) FROM runs"]) == 0
    assert "25" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "code"),
    [("doctor", 1), ("plan", 0), ("laws", 0), ("check {home}/inbox/lab", 0), ("--json doctor", 1)],
)
def test_what_only_reads_answers_in_a_read_only_home(
    read_only: Home, capsys: pytest.CaptureFixture[str], asked: str, code: int
) -> None:
    assert main(["--home", str(read_only.root), *asked.format(home=read_only.root).split()]) == code
    said = capsys.readouterr()
    assert "lawbook: " not in said.err
    if "doctor" in asked:
        assert f"{read_only.root} cannot be written" in said.out


def test_a_new_home_on_a_read_only_disk_is_refused_with_the_fix(read_only: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(read_only.root.parent / "other"), "refit"]) == 4
    assert "is on a read-only file system; make it writable" in capsys.readouterr().err


@pytest.fixture
def set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's clock two days behind, in a process that has just started."""

    class Behind(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) - timedelta(days=2)

    monkeypatch.setattr(clock, "datetime", Behind)
    monkeypatch.setattr(clock.CLOCK, "latest", datetime.min)


@pytest.mark.usefixtures("set_back")
def test_a_clock_set_back_changes_no_order_of_versions(home: Home) -> None:
    row = run_rows("first")[0]
    write_runs(home.inbox / "lab" / "corrected", [{**row, "metric:loss": 9.0}])
    assert refit(home).exit_code == 0
    with Warehouse(home) as warehouse:
        asked = (
            "SELECT value, m.version, valid_to FROM measurements_history AS m JOIN runs USING (run_key) WHERE run_id = 'first-0'"
        )
        older, newer = warehouse.connection.execute(f"{asked} ORDER BY valid_from").fetchall()
    assert (older[1], newer[:3]) == (1, (9.0, 2, None))
    assert older[2] is not None


@pytest.mark.usefixtures("set_back")
def test_a_clock_set_back_publishes_what_changed_and_what_is_taken_back(home: Home) -> None:
    for reason in ("one reason", "another", "one reason"):
        exclude(home, "first-3", reason)
        refit(home)
        assert ("first-3", reason) in published_runs(home)


def test_a_clock_set_back_keeps_the_newest_backup(home: Home) -> None:
    with Warehouse(home) as warehouse:
        for label in "abcd":
            backup(home, warehouse.connection, label)
        for path in backups(home):
            ahead = path.stat().st_mtime + 2 * 86400
            os.utime(path, (ahead, ahead))
        kept = backup(home, warehouse.connection, "e")
    assert kept.exists()
    assert len(backups(home)) == home.config.retention.backups


def test_a_clock_set_back_is_found_by_the_doctor(home: Home) -> None:
    with Warehouse(home) as warehouse:
        warehouse.connection.execute("UPDATE ingest_log SET ingested_at = ingested_at + INTERVAL 2 DAY")
    (found,) = (finding for finding in examine(home) if finding.check == "clock")
    assert "ahead of this clock" in found.message
    assert "set the machine's clock" in found.fix


def test_moments_rise_whatever_the_clock_says(monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    monkeypatch.setattr(clock.CLOCK, "latest", datetime.min)
    clock.CLOCK.not_before(ahead)
    assert ahead < now() < now()


def test_a_second_process_waits_for_its_turn_and_then_names_the_first(home: Home) -> None:
    (home.root / "config.toml").write_text((home.root / "config.toml").read_text() + "wait_seconds = 0.3\n", encoding="utf-8")
    program = "import sys; from pipeline.cli.main import main; sys.exit(main(sys.argv[1:]))"
    with Warehouse(home):
        command = [sys.executable, "-c", program, "--home", str(home.root), "refit", "--json"]
        second = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert second.returncode == 3
    told = json.loads(second.stdout)
    assert told["kind"] == LockedError.__name__
    assert "is being written by process" in told["error"]
    assert "let it finish, or stop that process" in told["error"]
    assert plans(home)
