"""The real daemon, killed with all that it has started and begun again while files arrive, misses none and takes none twice."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from live import begin, end, kill, prepare
from small_home import run_rows, write_runs

from pipeline.home import Home

KILLS = int(os.environ.get("LAWBOOK_DAEMON_KILLS", "20"))
LONGEST = float(os.environ.get("LAWBOOK_DAEMON_SECONDS", "45"))
"""A killed daemon has lived up to so many seconds: from its start, which takes ten, into its first runs."""
WITHIN = 900.0
"""Seconds in which the last one must have taken everything, whatever is left of the runs of its forerunners."""


def daemon(home: Home) -> subprocess.Popen[bytes]:
    """Sensors, automation and schedules, without pages."""
    program = Path(sys.executable).with_name("dagster-daemon")
    return begin(home, [str(program), "run", "-m", "assets.definitions"])


def drop(home: Home, number: int) -> None:
    """One more run with its loss."""
    row = {**run_rows("first")[0], "run_id": f"late-{number}", "params": 2e9 + 1e6 * number}
    write_runs(home.inbox / "lab" / f"late-{number}", [row])


def published(home: Home) -> list[tuple[str, int]]:
    """The late runs that are published, each with its number of values."""
    asked = "SELECT run_id, count(value) FROM runs LEFT JOIN measurements USING (run_key) WHERE run_id LIKE 'late-%' GROUP BY 1"
    with duckdb.connect(str(home.published_db), read_only=True) as connection:
        return sorted(connection.execute(asked).fetchall())


@pytest.mark.slow
def test_a_daemon_that_is_killed_and_begun_again_while_files_arrive_misses_none(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(home, monkeypatch)
    dice = random.Random(0)
    for number in range(KILLS):
        running = daemon(home)
        time.sleep(dice.uniform(0, LONGEST) / 2)
        drop(home, number)
        time.sleep(dice.uniform(0, LONGEST) / 2)
        kill(running)
    last, expected = daemon(home), sorted((f"late-{number}", 1) for number in range(KILLS))
    try:
        deadline = time.monotonic() + WITHIN
        while published(home) != expected and time.monotonic() < deadline:
            time.sleep(1)
    finally:
        end(last)
    assert published(home) == expected
