"""The same work gives the same numbers wherever it runs; the scheduler and its workers really start here."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.compute import mapper
from pipeline.errors import ComputeError


def tile(seed: int, size: int) -> np.ndarray:
    """A piece of work whose result depends on every bit of its arguments."""
    numbers = np.random.default_rng(seed).standard_normal(size)
    return np.sort(np.exp(numbers) / (1 + numbers**2))


SEEDS, SIZES = [3, 1, 4, 1, 5, 9, 2, 6], [100, 200, 300, 400, 500, 600, 700, 800]


@pytest.fixture(scope="module")
def dask_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler and two workers on loopback, as processes of their own."""
    where = tmp_path_factory.mktemp("dask")
    file = where / "scheduler.json"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}  # the workers import `tile` from this file
    common = {"cwd": where, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    flags = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
    started = [subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", *flags], **common)]
    flags = ["--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
    started += [subprocess.Popen([sys.executable, "-m", "distributed.cli.dask_worker", *flags], **common) for _ in range(2)]
    try:
        yield _address(file)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)


def _address(file: Path) -> str:
    deadline = time.monotonic() + 60
    while not file.exists() or not file.read_text().strip():
        assert time.monotonic() < deadline, "the scheduler did not start"
        time.sleep(0.05)
    return "dask://" + json.loads(file.read_text())["address"].removeprefix("tcp://")


def run(compute: str) -> list[bytes]:
    with mapper(compute) as over:
        return [result.tobytes() for result in over(tile, SEEDS, SIZES)]


def test_processes_give_the_bits_of_local() -> None:
    assert run("processes:2") == run("local")


def test_a_dask_cluster_gives_the_bits_of_local(dask_address: str) -> None:
    assert run(dask_address) == run("local")


def test_an_unknown_setting_is_refused_with_the_cure() -> None:
    with pytest.raises(ComputeError, match=r"config.toml: write .*processes:N"), mapper("spark"):
        pass


def test_a_silent_scheduler_is_named() -> None:
    with pytest.raises(ComputeError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"), mapper("dask://127.0.0.1:9"):
        pass
