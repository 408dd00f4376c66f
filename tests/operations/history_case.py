"""Homes whose measurements move to the history at every compaction, and what they hold."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import WarehouseError
from pipeline.operations.doctor import examine
from pipeline.store.history import disk_state
from pipeline.store.maintenance import compact
from pipeline.store.warehouse import Warehouse
from tests.ingest.conftest import Dropbox

ROOT = Path(__file__).parents[2]
ALWAYS = "[retention]\nhistory_rows = 1\n"
PROGRAM = "import sys; from pipeline.home import Home; from pipeline.refit.stages import audit_stage; "
PROGRAM += "home = Home.open(sys.argv[1]); print('ready', flush=True); audit_stage(home, map)"


def moving_box(folder: Path, settings: str = "") -> Dropbox:
    """A home whose measurements move at every compaction."""
    made = Dropbox(folder)
    (made.home.root / "config.toml").write_text(settings + ALWAYS, encoding="utf-8")
    return Dropbox(folder)


def curve(run: str, steps: range, shift: float = 0.0) -> str:
    return "run_id,step,metric:loss\n" + "".join(f"{run},{step},{5 - step / 100 + shift}\n" for step in steps)


def move(box: Dropbox) -> int:
    with Warehouse(box.home) as warehouse:
        return compact(box.home, warehouse.connection)["measurements moved to the history"]


def state(box: Dropbox) -> list[list[tuple[object, ...]]]:
    """What the store holds, without times."""
    return [
        box.rows("SELECT run_id, params, status, version FROM runs ORDER BY 1"),
        box.rows("SELECT run_key, metric, step, value, version, final FROM measurements ORDER BY ALL"),
        box.rows("SELECT run_key, metric, step, value, version, valid_to IS NULL FROM measurements_history ORDER BY ALL"),
        box.rows("SELECT row_number, reason FROM quarantine ORDER BY ALL"),
        box.rows("SELECT content_hash, rows, ingested, duplicates, quarantined FROM ingest_log ORDER BY ALL"),
    ]


def an_older_store_moves_nothing(box: Dropbox) -> None:
    """A store that is put back from before its last move is refused, the doctor says what to do, and that loses nothing."""
    box.drop("a.measurements.csv", curve("a", range(50)))
    box.ingest()
    old = box.home.work_db.read_bytes()
    move(box)
    box.home.work_db.write_bytes(old)
    with pytest.raises(WarehouseError, match="older than its history"):
        move(box)
    assert {finding.check for finding in examine(box.home) if "move work.duckdb away" in finding.fix} == {"history"}
    box.home.work_db.unlink()
    assert box.rows("SELECT count(*) FROM measurements") == [(50,)]


def both(make_box: Callable[[str], Dropbox], *deliveries: dict[str, str]) -> list[Dropbox]:
    """A box that moved its measurements after each delivery, and one that never did."""
    boxes = [make_box("moved"), make_box("kept")]
    for files in deliveries:
        for box in boxes:
            for name, text in files.items():
                box.drop(name, text)
            box.ingest()
        assert move(boxes[0]) > 0
    return boxes


def hunt(make_box: Callable[[str], Dropbox], kills: int) -> None:
    """Kills compactions at random moments; after each, and after the last that is let live, the store is what it was."""
    hunted, kept = make_box("hunted"), make_box("kept")
    dice, environment = random.Random(0), {**os.environ, "PYTHONPATH": str(ROOT)}
    for number in range(kills):
        for box in (hunted, kept):
            box.drop(
                f"f{number}.measurements.csv", curve(f"r{number % 3}", range(200 * number, 200 * number + 400), number / 1000)
            )
            box.ingest()
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(hunted.home.root)], env=environment, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(dice.uniform(0, 0.6))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert state(hunted) == state(kept)
    move(hunted)
    assert state(hunted) == state(kept)
    assert disk_state(hunted.home) > 0
