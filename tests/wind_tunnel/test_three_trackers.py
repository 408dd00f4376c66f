"""One run, logged natively, to TensorBoard and as a W&B history, is the same run after ingest. samples/ holds two of each."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.ingest.conftest import Dropbox

ROOT = Path(__file__).parents[2] / "data"
LOGGED = {"grid-d48-t165k-s0": "grid", "pools-d32-t192k-best2-s0": "pools"}
Point = tuple[object, ...]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Dropbox:
    """A home whose inbox holds the logs of both runs, a namespace a format."""
    box = Dropbox(tmp_path_factory.mktemp("three") / "home")
    for name in ("tensorboard", "wandb"):
        shutil.copytree(ROOT / "wind_tunnel" / "samples" / name, box.home.inbox / name)
    native = box.home.inbox / "native"
    native.mkdir()
    for group in LOGGED.values():
        for path in (ROOT / "runs").glob(f"{group}.*.parquet"):
            shutil.copy(path, native)
    assert box.ingest().quarantined == 0
    return box


def points(box: Dropbox, log: str, run_id: str, columns: str = "") -> dict[Point, list[float]]:
    """(metric, split, task, step) to the value and further columns, without TensorBoard's scalar of the learning rate."""
    rows = box.rows(
        f"SELECT metric, split, task, step, value {columns} FROM measurements JOIN runs USING (run_key)"
        f" WHERE namespace = '{log}' AND run_id = '{run_id}' AND metric <> 'lr'"
    )
    return {row[:4]: [float(str(value)) for value in row[4:]] for row in rows}


@pytest.mark.parametrize("run_id", LOGGED)
def test_a_wandb_history_gives_the_native_measurements_to_the_bit(three: Dropbox, run_id: str) -> None:
    columns = ", measurements.data_seen, measurements.lr, measurements.flops"
    native = points(three, "native", run_id, columns)
    assert len(native) == 28
    assert points(three, "wandb", run_id, columns) == native


@pytest.mark.parametrize("run_id", LOGGED)
def test_a_tensorboard_log_gives_the_native_measurements_in_its_single_precision(three: Dropbox, run_id: str) -> None:
    native = points(three, "native", run_id)
    single = {key: [float(np.float32(value)) for value in values] for key, values in native.items()}
    assert points(three, "tensorboard", run_id) == single
