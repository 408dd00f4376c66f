"""Killed at any moment and started again: no run lost, none twice."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.ingest.conftest import Dropbox

PROGRAM = "import sys; from pathlib import Path; from pipeline.home import Home; from pipeline.ingest.ingest import ingest; "
PROGRAM += "home = Home.open(sys.argv[1]); ingest(home, sources=sorted(home.inbox.iterdir()))"


def fill(box: Dropbox, files: int, rows: int) -> None:
    for number in range(files):
        lines = "".join(f"r{number},{step},{5 - step / rows}\n" for step in range(rows))
        box.drop(f"f{number}.measurements.csv", "run_id,step,metric:loss\n" + lines + f"r{number},bad,1\n")
        extra = ",x" if number % 2 else ""  # another shape: the files are taken in several transactions
        box.drop(f"f{number}.runs.csv", f"run_id,params{',c' * (number % 2)}\nr{number},{1e6 + number}{extra}\n")


def state(box: Dropbox) -> list[list[tuple[object, ...]]]:
    """What the store holds, without times."""
    return [
        box.rows("SELECT run_id, params, status FROM runs ORDER BY 1"),
        box.rows("SELECT run_key, metric, step, value, version FROM measurements_history ORDER BY ALL"),
        box.rows("SELECT source_uri.parse_filename(), row_number, reason FROM quarantine ORDER BY ALL"),
        box.rows("SELECT content_hash, rows, ingested, duplicates, quarantined FROM ingest_log ORDER BY ALL"),
    ]


def kill_and_resume(make_box: Callable[[str], Dropbox], kills: int, files: int, rows: int) -> None:
    calm, hunted = make_box("calm"), make_box("hunted")
    for box in (calm, hunted):
        fill(box, files, rows)
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", PROGRAM, str(calm.home.root)], check=True)
    whole, dice = time.monotonic() - started, random.Random(0)
    for _ in range(kills):
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(hunted.home.root)])
        time.sleep(dice.uniform(0.3 * whole, whole))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert hunted.unaccounted() == []
    hunted.ingest()
    assert state(hunted) == state(calm)


def test_three_kills_lose_nothing_and_double_nothing(make_box: Callable[[str], Dropbox]) -> None:
    kill_and_resume(make_box, kills=3, files=6, rows=2000)


@pytest.mark.slow
def test_fifty_kills_lose_nothing_and_double_nothing(make_box: Callable[[str], Dropbox]) -> None:
    kill_and_resume(make_box, kills=50, files=20, rows=5000)
