"""The real daemon: a dropped file moves the published plan within a minute; the same content again starts no run."""

import shutil
import time
from collections.abc import Iterator

import duckdb
import pytest
from live import runs, served, settle, steps_of
from small_home import loss, run_rows, write_runs

from pipeline.home import Home

WITHIN = 60.0
"""Seconds from the drop to the published plan."""


@pytest.fixture
def daemon(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """`dg dev` without a page open, on the home of the test."""
    with served(home, monkeypatch):
        yield home


def plan(home: Home) -> float:
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        query = "SELECT params FROM best_compute_optimal WHERE study = 'first' AND flops = 1e20 AND approach = 'parametric'"
        return float(connection.execute(query).fetchall()[0][0])


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
    count, fitted = len(runs()), steps_of("fits")
    shutil.copy(home.inbox / "lab" / "large.runs.csv", home.inbox / "lab" / "again.runs.csv")
    time.sleep(45)
    assert (len(runs()), steps_of("fits")) == (count, fitted)
    assert seconds <= WITHIN, f"the published plan moved after {seconds:.0f} s"
    print(f"the published plan moved {seconds:.0f} s after the drop")
