"""A Dask cluster on loopback, and fits to be done on it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from pipeline.laws import laws
from pipeline.study.jobs import Job
from tests.fitting.fitting_cases import sweep

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def cluster(where: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler on loopback, and its two workers: processes of their own."""
    file = where / "scheduler.json"
    environment = os.environ | {
        "PYTHONPATH": f"{Path(__file__).parent}:{ROOT / 'tests'}:{ROOT}"
    }  # the workers import what the tests beside this file send
    common = {"cwd": where, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    flags = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(file)]
    scheduler = subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", *flags], **common)
    flags = ["--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", "--no-nanny"]
    workers = [subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_worker", *flags], **common) for _ in range(2)]
    try:
        yield _address(file), workers
    finally:
        for process in (*workers, scheduler):
            process.kill()  # a worker that is asked to end waits for its scheduler
        for process in (*workers, scheduler):
            process.wait(30)


def _address(file: Path) -> str:
    deadline = time.monotonic() + 60
    while not file.exists() or not file.read_text().strip():
        assert time.monotonic() < deadline, "the scheduler did not start"
        time.sleep(0.05)
    return "dask://" + json.loads(file.read_text())["address"].removeprefix("tcp://")


def jobs(count: int) -> list[Job]:
    """Fits of simulated sweeps, as a refit asks for them."""
    options = (200, 0, laws["chinchilla"].objective, {}, {}, Path("no-laws"))
    return [Job("chinchilla", str(seed), sweep(16, seed).with_columns(used=pl.lit(True)), (), *options) for seed in range(count)]
