"""A log that the disk does not give is told by name, stops nothing, is nobody's failure for an hour, and leaves no trace.

A link that leads to itself is such a log for every user, root included: the disk answers ELOOP.
"""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from pipeline.cli.main import main
from pipeline.home import Home
from pipeline.ingest import unread
from pipeline.operations.findings import unfitted
from pipeline.refit.refit import RefitReport, refit
from tests.operations.fault_points import TOLD, tables
from tests.small_home import declare, make_home, run_rows, without_report, write_runs

HOOK = "import json, pathlib, sys; (pathlib.Path(json.load(sys.stdin)['home']) / 'hooked').touch()"
LOGS = ("first.runs.csv", "first.measurements.csv")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Home]:
    without_report(monkeypatch)

    def made(name: str) -> Home:
        home = make_home(tmp_path / name / "home", "first")
        settings = f"shipped = false\ncompute = 'local'\non_failure = {json.dumps([sys.executable, '-c', HOOK])}\n"
        (home.root / "config.toml").write_text(settings, encoding="utf-8")
        return Home.open(home.root)

    return made


def take_away(home: Home, *names: str) -> Callable[[], None]:
    """Makes logs of `lab` unreadable; what is returned makes them readable again."""
    kept = {name: (home.inbox / "lab" / name).read_bytes() for name in names}
    for name in names:
        (home.inbox / "lab" / name).unlink()
        (home.inbox / "lab" / name).symlink_to(name)

    def back() -> None:
        for name, content in kept.items():
            (home.inbox / "lab" / name).unlink()
            (home.inbox / "lab" / name).write_bytes(content)

    return back


def undisturbed(home: Home) -> dict[str, str]:
    refit(home)
    return {name: told for name, told in tables(home.published_db).items() if name not in TOLD}


@pytest.mark.parametrize("away", [LOGS, LOGS[:1], LOGS[1:]], ids=["all logs", "the runs", "the measurements"])
def test_a_study_that_lacks_unread_logs_waits_and_nothing_is_left_of_it(
    small: Callable[[str], Home], away: tuple[str, ...]
) -> None:
    home = small("disturbed")
    back = take_away(home, *away)
    report = refit(home)
    assert (list(report.waiting), report.failed, report.exit_code) == (["first"], {}, 1)
    assert report.ingested is not None
    assert sorted(report.ingested.unread) == sorted(str(home.inbox / "lab" / name) for name in away)
    assert not (home.root / "hooked").exists()
    back()
    assert undisturbed(home) == undisturbed(small("whole"))
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        assert connection.execute("SELECT count(*), sum(quarantined) FROM ingest_log").fetchall() == [(2, 0)]


def test_what_cannot_be_read_stops_no_study_that_has_its_runs(small: Callable[[str], Home]) -> None:
    home = small("home")
    write_runs(home.inbox / "lab" / "second", run_rows("second"))
    declare(home, "second")
    take_away(home, *LOGS)
    report = refit(home)
    assert (report.refitted, list(report.waiting)) == (["second"], ["first"])


def test_what_has_been_unread_for_longer_is_a_failure_and_told_as_one(
    small: Callable[[str], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = small("home")
    take_away(home, *LOGS)
    refit(home)
    monkeypatch.setattr(unread, "PATIENCE", timedelta(0))
    report = refit(home)
    assert (report.waiting, list(report.failed)) == ({}, ["first"])
    assert (home.root / "hooked").exists()


def test_the_command_line_names_the_log_its_fix_and_the_study_that_waits(
    small: Callable[[str], Home], capsys: pytest.CaptureFixture[str]
) -> None:
    home = small("home")
    take_away(home, LOGS[0])
    assert main(["--home", str(home.root), "refit"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert any(f"{LOGS[0]}: it cannot be read: " in line and "mend its place or its rights" in line for line in said)
    assert any(line.startswith("lawbook: study first waits for what cannot be read: ") for line in said)


def test_the_check_of_a_study_that_waits_names_what_cannot_be_read(small: Callable[[str], Home]) -> None:
    home = small("home")
    back = take_away(home, *LOGS)
    refit(home)
    assert [LOGS[0] in found.message for found in unfitted(home, "first")] == [True]
    back()
    refit(home)
    assert unfitted(home, "first") == []


def _without_inbox(home: Home, monkeypatch: pytest.MonkeyPatch) -> RefitReport:
    listed = Path.iterdir

    def failing(self: Path) -> object:
        if self == home.inbox:
            raise PermissionError(13, "Permission denied", str(self))
        return listed(self)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", failing)
        return refit(home)


def test_an_inbox_that_cannot_be_listed_stops_no_watched_folder(
    small: Callable[[str], Home], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = small("home")
    write_runs(tmp_path / "watched" / "second", run_rows("second"))
    declare(home, "second")
    with (home.root / "config.toml").open("a", encoding="utf-8") as config:
        config.write(f"[watch]\nother = {json.dumps(str(tmp_path / 'watched'))}\n")
    report = _without_inbox(Home.open(home.root), monkeypatch)
    assert (report.refitted, list(report.waiting)) == (["second"], ["first"])
    assert refit(Home.open(home.root)).refitted == ["first"]


def test_a_place_that_is_refused_again_and_again_is_one_row_and_publishes_nothing_new(small: Callable[[str], Home]) -> None:
    home = small("home")
    (home.inbox / "lab" / "started.runs.csv").write_text("run_id,params\n", encoding="utf-8")
    take_away(home, LOGS[0])
    published = [refit(home).published for _ in range(3)]
    assert published == [True, False, False]
    assert tables(home.published_db)["ingest_log"].startswith("[3, ")
