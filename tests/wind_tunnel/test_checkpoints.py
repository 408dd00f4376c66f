"""A run that is stopped and started again is the run that was never stopped. Needs torch (`pip install .[wind-tunnel]`)."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from data.wind_tunnel.design import declared

pytest.importorskip("torch", reason="training needs torch: pip install .[wind-tunnel]")
from data.wind_tunnel.checkpoints import Checkpoint, State
from data.wind_tunnel.train import train

DATA = np.random.default_rng(0).integers(0, 64, (300, 65), dtype=np.uint8)
STEPS = 64


class Stopped(Exception):
    """The run was killed."""


class Killed(Checkpoint):
    """Stores every step, and stops the run after one of them."""

    def __init__(self, path: Path, at: int) -> None:
        super().__init__(path, every=0.0)
        self.at = at

    def offer(self, state: State) -> None:
        super().offer(state)
        if state.step == self.at:
            raise Stopped


def curve(run_id: str, checkpoint: Checkpoint | None = None) -> list[dict]:
    """What a short run with the recipe and changes of a declared one logs."""
    points: list[dict] = []
    run = declared(run_id)
    train(dataclasses.replace(run, tokens=STEPS * run.batch), DATA, DATA[:32], None, points.append, checkpoint)
    return points


@pytest.mark.parametrize("at", [STEPS // 2, STEPS - 1])
@pytest.mark.parametrize(
    "run_id",
    ["grid-d24-t598k-s0", "recipe-d24-t1196k-relu2-lion-s0", "growth-d48-t1024k-prune50-s0", "growth-d48-t1024k-stack-s0"],
)
def test_a_run_stopped_anywhere_becomes_the_run_that_was_never_stopped(run_id: str, at: int, tmp_path: Path) -> None:
    """Optimizer, masks, stacked blocks, order of the data and the points logged before: all are in the checkpoint."""
    path = tmp_path / "run.checkpoint"
    with pytest.raises(Stopped):
        curve(run_id, Killed(path, at))
    assert curve(run_id, Checkpoint(path)) == curve(run_id)


def test_a_checkpoint_is_stored_only_when_it_is_due(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "run.checkpoint", every=3600.0)
    curve("grid-d24-t598k-s0", checkpoint)
    assert not checkpoint.path.exists()
