"""`dg dev` on a home: web server, sensors and automation in one process tree."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import dagster as dg
import psutil
import pytest

from pipeline.home import Home
from pipeline.places import SHIPPED

ENDED_WITHIN = 30.0
"""Seconds that the processes have to end by themselves when they are asked to."""


@contextmanager
def served(home: Home, patch: pytest.MonkeyPatch) -> Iterator[int]:
    """The daemon at work on `home`, its pages on a free port of 127.0.0.1: the port. All of it has ended after the block."""
    prepare(home, patch)
    port, program = free_port(), Path(sys.executable).with_name("dg")
    process = begin(home, [str(program), "dev", "--host", "127.0.0.1", "--port", str(port)])
    try:
        yield port
    finally:
        end(process)


def prepare(home: Home, patch: pytest.MonkeyPatch) -> None:
    """Gives the home its Dagster's settings and event log, before a daemon and the test would both make it at once."""
    folder = home.root / "dagster"
    folder.mkdir()
    shutil.copy(SHIPPED / "assets" / "dagster.yaml", folder)
    patch.setenv("DAGSTER_HOME", str(folder))
    runs()


def begin(home: Home, command: list[str]) -> subprocess.Popen[bytes]:
    """One of Dagster's programs at work on the home."""
    return subprocess.Popen(
        command, cwd=SHIPPED, start_new_session=True, env={**os.environ, "LAWBOOK_HOME": str(home.root)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a process and to all that it has started, at once."""
    family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    for one in family:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(family, timeout=ENDED_WITHIN)
    process.wait(ENDED_WITHIN)


def free_port() -> int:
    """A port that nobody listens on: two tests at once, or one after another that hangs, do not meet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end(process: subprocess.Popen[bytes]) -> None:
    """Asks a process to stop; it and those of its descendants that are still there after ENDED_WITHIN are killed."""
    try:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        family = []
    process.send_signal(signal.SIGINT)
    _, alive = psutil.wait_procs(family, timeout=ENDED_WITHIN)
    for one in alive:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(alive, timeout=ENDED_WITHIN)
    process.wait(ENDED_WITHIN)


def runs() -> list[dg.DagsterRun]:
    """All runs in the event log."""
    with dg.DagsterInstance.get() as instance:
        return list(instance.get_runs())


def steps_of(asset: str) -> int:
    """How often the asset was materialised: one event for each partition in the event log."""
    with dg.DagsterInstance.get() as instance:
        key = dg.AssetKey(asset)
        return len(instance.fetch_materializations(key, limit=10_000).records)


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
