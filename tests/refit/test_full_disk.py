"""A disk that fills up during a refit: the last published plan answers, and the next start with room completes."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_home import run_rows, write_runs
from test_kills import code_of, counted, start

from pipeline.home import Home
from pipeline.refit.refit import refit

SIZE = 64 << 20
ROOMS = (64 << 10, 256 << 10, 1 << 20, 2 << 20, 4 << 20, 8 << 20)
"""Bytes left when the refit begins: it fails at another step with each, or not at all."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a disk of its own cannot be mounted here (needs root)")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("room", [ROOMS[2], *(pytest.param(r, marks=pytest.mark.slow) for r in ROOMS if r != ROOMS[2])])
def test_full_disk_keeps_the_published_plan_and_the_next_start_completes(home: Home, small_disk: Path, room: int) -> None:
    shutil.copytree(home.root, small_disk / "home")
    moved = Home.open(small_disk / "home")
    before = counted(moved)
    write_runs(moved.inbox / "lab" / "new", [{**run_rows("first")[0], "run_id": "new"}])
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - room))
    code = code_of(start(moved))
    assert counted(moved) in ([before] if code else [(before[0] + 1, before[1] + 1, before[2])])
    ballast.unlink()
    report = refit(moved)
    assert not report.failed
    assert counted(moved) == (before[0] + 1, before[1] + 1, before[2])
