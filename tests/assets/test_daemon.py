"""The real daemon: a dropped file moves the published plan within a minute; the same content again starts no run."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from small_home import loss, run_rows, write_runs

from pipeline.home import PROJECT, Home

WITHIN = 60.0
"""Seconds from the drop to the published plan."""


@pytest.fixture
def daemon(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """`dg dev` without a page open, on the home of the test."""
    folder = home.root / "dagster"
    folder.mkdir()
    shutil.copy(PROJECT / "assets" / "dagster.yaml", folder)
    monkeypatch.setenv("DAGSTER_HOME", str(folder))
    program = Path(sys.executable).with_name("dg")
    process = subprocess.Popen(
        [str(program), "dev", "--host", "127.0.0.1", "--port", "3817"], cwd=PROJECT, start_new_session=True,
        env={**os.environ, "LAWBOOK_HOME": str(home.root)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    yield home
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def plan(home: Home) -> float:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        query = "SELECT params FROM best_compute_optimal WHERE study = 'first' AND flops = 1e20 AND approach = 'parametric'"
        return float(connection.execute(query).fetchall()[0][0])


def runs() -> list[dg.DagsterRun]:
    with dg.DagsterInstance.get() as instance:
        return list(instance.get_runs())


def settle(quiet: float, longest: float) -> None:
    """Waits until no run has been added or is at work for `quiet` seconds."""
    deadline, since, before = time.monotonic() + longest, time.monotonic(), -1
    while time.monotonic() < deadline:
        found = runs()
        if len(found) != before or any(not run.is_finished for run in found):
            since, before = time.monotonic(), len(found)
        if time.monotonic() - since > quiet:
            return
        time.sleep(1)
    raise AssertionError(f"the daemon never came to rest: {[(run.job_name, run.status) for run in runs()]}")


@pytest.mark.slow
def test_dropped_file_moves_the_published_plan_and_its_copy_starts_no_run(daemon: Home) -> None:
    home = daemon
    settle(quiet=40, longest=300)
    before = plan(home)
    row = {**run_rows("first")[0], "run_id": "large", "params": 3e9, "data_seen": 1e11, "metric:loss": 1.01 * loss(3e9, 1e11)}
    write_runs(home.inbox / "lab" / "large", [row])
    dropped = time.monotonic()
    while plan(home) == before:
        assert time.monotonic() - dropped < 4 * WITHIN, "the published plan never moved"
        time.sleep(0.5)
    seconds = time.monotonic() - dropped
    settle(quiet=40, longest=300)
    count = len(runs())
    shutil.copy(home.inbox / "lab" / "large.runs.csv", home.inbox / "lab" / "again.runs.csv")
    time.sleep(45)
    assert len(runs()) == count
    assert seconds <= WITHIN
