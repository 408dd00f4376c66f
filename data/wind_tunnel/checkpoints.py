"""Checkpoints: a run that is stopped goes on from its last one, and becomes the run that it would have been, to the last bit."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch

from .model import Transformer

EVERY = 60.0  # seconds of training between two checkpoints


@dataclass
class State:
    """Where a run stands: all that its next step depends on, and what it has logged. Data and order follow from the step."""

    model: Transformer
    rate: Callable[[float], None]
    step: int = 0
    flops: float = 0.0
    recent: list[float] = field(default_factory=list)
    points: list[dict] = field(default_factory=list)
    seconds: float = 0.0


class Checkpoint:
    """One file a run; replaced as a whole, so that a kill leaves the old or the new one."""

    def __init__(self, path: Path, every: float = EVERY) -> None:
        self.path, self.every, self.saved_at = path, every, time.time()

    def load(self) -> State | None:
        """The stored state, or None where the run has not begun."""
        return torch.load(self.path, weights_only=False) if self.path.exists() else None

    def offer(self, state: State) -> None:
        """Stores the state if the last one was stored long enough ago."""
        if time.time() - self.saved_at < self.every:
            return
        partial = self.path.with_suffix(".partial-checkpoint")
        torch.save(state, partial)
        partial.replace(self.path)
        self.saved_at = time.time()

    def clear(self) -> None:
        """Removes the file: the run is finished."""
        self.path.unlink(missing_ok=True)
