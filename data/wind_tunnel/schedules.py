"""The learning rate of every step of a run. Needs no torch: laws of schedules are fitted to these histories."""

from __future__ import annotations

import math

import numpy as np

LAST = 0.1  # share of the peak learning rate at which every decaying schedule ends


def warmup_steps(steps: int) -> int:
    """5 % of the run, at least ten steps."""
    return min(steps // 2, max(10, round(0.05 * steps)))


def schedule(name: str, step: int, steps: int) -> float:
    """The learning rate of a step as a share of the peak: cosine, linear, constant, wsd20 (decays over the last 20 %)."""
    warmup = warmup_steps(steps)
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, steps - 1 - warmup)
    if name == "cosine":
        return LAST + (1 - LAST) * 0.5 * (1 + math.cos(math.pi * done))
    if name == "linear":
        return 1 - (1 - LAST) * done
    if name.startswith("wsd"):
        decay = int(name[3:]) / 100
        return 1 - (1 - LAST) * max(0.0, (done - 1 + decay) / decay)
    return 1.0


def history(name: str, peak: float, steps: int) -> np.ndarray:
    """One learning rate a step, (steps,)."""
    return np.array([peak * schedule(name, step, steps) for step in range(steps)])
