"""Killed at any moment, and started again: the published file always opens, nothing is lost, nothing is there twice."""

import random
import signal
import sys
import time
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb
import pytest
from small_home import SIZES, TOKENS, declare, run_rows, without_report, write_runs

from pipeline.home import Home
from pipeline.refit.refit import refit
from tests.forked import SERVER, started


def at_work(root: Path, ready: Event) -> None:
    """A refit without its report."""
    without_report(pytest.MonkeyPatch())
    ready.set()
    sys.exit(refit(Home.open(root)).exit_code)


def start(home: Home) -> ForkServerProcess:
    """A refit in a process of its own, that has just begun its work."""
    ready = SERVER.Event()
    process = started(at_work, home.root, ready)
    assert ready.wait(60)
    return process


def code_of(process: ForkServerProcess) -> int | None:
    """Its exit code, once it has ended."""
    process.join()
    return process.exitcode


def kill_after(home: Home, seconds: float) -> bool:
    """Kills a refit `seconds` after it began; whether it was still at work."""
    process = start(home)
    time.sleep(seconds)
    process.kill()
    return code_of(process) == -signal.SIGKILL


def counted(home: Home) -> tuple[int, int, int]:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        (row,) = connection.execute(
            "SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM measurements), (SELECT count(*) FROM plan_compute_optimal)"
        ).fetchall()
    return row


def campaign(home: Home, kills: int, longest: float) -> int:
    """Drops a new run before each kill; checks the published file after each. Returns how many refits died at work."""
    chance = random.Random(1)
    died = 0
    for number in range(kills):
        row = {**run_rows("first")[0], "run_id": f"new-{number}", "params": 2e9 + 1e7 * number}
        write_runs(home.inbox / "lab" / f"new-{number}", [row])
        died += kill_after(home, chance.uniform(0.0, longest))
        if home.published_db.exists():
            assert counted(home)[2] > 0
    report = refit(home)
    assert report.exit_code == 0, (report.errors, report.failed)
    expected = 2 * len(SIZES) * len(TOKENS) + kills
    assert counted(home)[:2] == (expected, expected)
    return died


def test_killed_refit_loses_nothing_and_repeats_nothing(home: Home) -> None:
    assert campaign(home, kills=4, longest=1.5) >= 1


@pytest.mark.slow
def test_many_kills_lose_nothing_and_repeat_nothing(home: Home) -> None:
    assert campaign(home, kills=60, longest=3.0) >= 20


def test_last_published_plan_answers_while_a_refit_is_at_work(home: Home) -> None:
    before = counted(home)
    write_runs(home.inbox / "lab" / "new", [{**run_rows("first")[0], "run_id": "new"}])
    process = start(home)
    try:
        while process.is_alive():
            assert counted(home)[2] == before[2]
    finally:
        process.kill()
        process.join()
    assert counted(home)[0] == before[0] + 1


def test_two_refits_at_once_lose_nothing(fresh_home: Home) -> None:
    processes = [start(fresh_home), start(fresh_home)]
    assert [code_of(process) for process in processes] == [0, 0]
    assert counted(fresh_home)[0] == 2 * len(SIZES) * len(TOKENS)


@pytest.mark.parametrize("stage", ["fit_study", "forecast_study", "plan_study", "publish"])
def test_stage_that_dies_is_completed_by_the_next_start(home: Home, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    declare(home, "first", (home.studies / "first.toml").read_text().replace("1e20", "1e21"))

    def dies(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"pipeline.refit.steps.{stage}", dies)
        with pytest.raises(KeyboardInterrupt):
            refit(home)
    assert counted(home)[2] > 0
    refit(home)
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM best_compute_optimal WHERE flops = 1e21").fetchall() == [(1,)]


def test_unwritable_target_keeps_the_last_good_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counted(home)
    write_runs(home.inbox / "lab" / "new", [{**run_rows("first")[0], "run_id": "new"}])

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.replace", full)
        with pytest.raises(OSError, match="No space"):
            refit(home)
    assert counted(home) == before
    refit(home)
    assert counted(home)[0] == before[0] + 1
