"""`dg dev` on a home: web server, sensors and automation in one process tree."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from pipeline.home import PROJECT, Home


@contextmanager
def served(home: Home, port: int, patch: pytest.MonkeyPatch) -> Iterator[Home]:
    """The daemon at work on `home`, its pages on 127.0.0.1:`port`; all of it has ended after the block."""
    folder = home.root / "dagster"
    folder.mkdir()
    shutil.copy(PROJECT / "assets" / "dagster.yaml", folder)
    patch.setenv("DAGSTER_HOME", str(folder))
    program = Path(sys.executable).with_name("dg")
    process = subprocess.Popen(
        [str(program), "dev", "--host", "127.0.0.1", "--port", str(port)], cwd=PROJECT, start_new_session=True,
        env={**os.environ, "LAWBOOK_HOME": str(home.root)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield home
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def runs() -> list[dg.DagsterRun]:
    """All runs in the event log."""
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
