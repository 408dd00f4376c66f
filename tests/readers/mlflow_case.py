"""An MLflow server on this machine, with runs of which some are still running."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlflow.entities import Metric, Param, RunTag
from mlflow.tracking import MlflowClient

RUNS, RUNNING, STEPS = 20, 5, 10


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The address of a server with an SQLite store in `folder`; it is ended at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = f"sqlite:///{folder / 'mlflow.db'}"
    command = [sys.executable, "-W", "ignore", "-m", "mlflow", "server", "--backend-store-uri", store, "--workers", "1"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--artifacts-destination", str(folder / "artifacts")]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (folder / "server.txt").open("w") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True)
        try:
            _wait(f"http://127.0.0.1:{port}/health", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, 15)
            process.wait(30)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert process.poll() is None, "the server ended by itself"
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"{address} did not answer within a minute")


def losses(client: MlflowClient, run_id: str, steps: range) -> None:
    """Logs a training loss at each step."""
    moment = int(time.time() * 1000)
    client.log_batch(run_id, metrics=[Metric("train/loss", 4 - step / 100, moment + step, step) for step in steps])


def log_runs(client: MlflowClient) -> list[str]:
    """Twenty runs of ten steps, of which five are left running; returns these."""
    experiment = client.create_experiment("sweep")
    running = []
    for number in range(RUNS):
        run = client.create_run(experiment, run_name=f"run-{number}").info.run_id
        values = [Param("n_params", str(1_000_000 * (number + 1))), Param("lr", "0.001"), Param("note", "dense")]
        client.log_batch(run, params=values, tags=[RunTag("team", "a"), RunTag("mlflow.user", "somebody")])
        losses(client, run, range(STEPS))
        client.log_metric(run, "val_accuracy", 0.25, step=STEPS - 1)
        if number < RUNNING:
            running.append(run)
        else:
            client.set_terminated(run)
    return running
