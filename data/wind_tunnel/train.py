"""Trains one run and returns its curve. A run is a function of its declaration and of the corpus, nothing else."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .changes import prune, pruned_parameters
from .checkpoints import Checkpoint, State
from .design import Run
from .model import Transformer
from .optimizers import build_optimizer
from .probes import Probes
from .schedules import schedule, warmup_steps


def log_points(steps: int, points: int, first: int = 16) -> set[int]:
    """Steps after which the run is evaluated: about evenly spaced in the logarithm, the last among them."""
    return {round(x) for x in np.geomspace(min(first, steps), steps, points)}


def batches(data: np.ndarray, size: int, seed: int) -> Iterator[Tensor]:
    """Batches without end: every epoch is a new order of the same windows, and none is left out."""
    rng = np.random.default_rng([seed, 2])
    queue = np.empty(0, dtype=np.int64)
    while True:
        while len(queue) < size:
            queue = np.concatenate([queue, rng.permutation(len(data))])
        yield torch.from_numpy(data[queue[:size]].astype(np.int64))
        queue = queue[size:]


def window_losses(model: nn.Module, data: np.ndarray) -> np.ndarray:
    """Mean loss of each window, nats a token."""
    losses = []
    with torch.no_grad():
        for start in range(0, len(data), 256):
            part = torch.from_numpy(data[start : start + 256].astype(np.int64))
            logits = model(part[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), part[:, 1:].flatten(), reduction="none")
            losses.append(loss.view(len(part), -1).double().mean(1).numpy())
    return np.concatenate(losses)


def train(
    run: Run,
    data: np.ndarray,
    validation: np.ndarray,
    probes: Probes | None,
    log: Callable[[dict], None],
    checkpoint: Checkpoint | None = None,
) -> dict:
    """Trains on `data`, passes each point of the curve to `log`, returns the run's summary and the model.

    Goes on from `checkpoint` where it holds one, with the points logged before; the curve is that of a run never stopped.
    """
    state = (checkpoint.load() if checkpoint else None) or beginning(run, data)
    for point in state.points:
        log(point)
    steps, context, before, started = run.tokens // run.batch, data.shape[1] - 1, state.seconds, time.time()
    stream = itertools.islice(batches(data, run.batch // context, run.seed), state.step, None)
    points = log_points(steps, run.points)
    while state.step < steps:
        advance(state, run, steps, next(stream))
        state.seconds = before + time.time() - started
        if state.step in points:
            for point in curve_points(state, run, validation, probes if state.step == steps else None):
                state.points.append(point)
                log(point)
        if checkpoint:
            checkpoint.offer(state)
    params, inner = state.model.counts()
    return {
        "params": params, "params_nonembedding": inner, "flops": state.flops, "final_lr": rate_at(run, steps - 1, steps),
        "warmup": warmup_steps(steps), "seconds": state.seconds, "model": state.model,
    }  # fmt: skip


def beginning(run: Run, data: np.ndarray) -> State:
    """The run before its first step."""
    torch.manual_seed(run.seed)
    activation = "relu2" if run.recipe.startswith("relu2") else "gelu"
    model = Transformer(64, data.shape[1] - 1, run.width, run.layers, run.heads, activation)
    return State(model, build_optimizer(run.recipe, model.parameters(), run.decay))


def rate_at(run: Run, step: int, steps: int) -> float:
    """The learning rate of a step."""
    return run.lr * schedule(run.schedule, step, steps)


def advance(state: State, run: Run, steps: int, batch: Tensor) -> None:
    """One step, and what changes the model on the way."""
    if run.change.startswith("stack") and state.step == steps // 2:
        state.model.stack()
        state.rate = build_optimizer(run.recipe, state.model.parameters(), run.decay)
    state.recent.append(update(state.model, batch, state.rate, rate_at(run, state.step, steps)))
    if run.change.startswith("prune"):
        prune(state.model, state.step / steps, run.change)
    state.flops += 6.0 * active_parameters(state, run) * run.batch
    state.step += 1


def active_parameters(state: State, run: Run) -> int:
    """Parameters that are not held at zero."""
    return pruned_parameters(state.model) if run.change else state.model.counts()[0]


def curve_points(state: State, run: Run, validation: np.ndarray, probes: Probes | None) -> Iterator[dict]:
    """What is logged after a step: mean training loss since the last point, validation loss, and at the end the probes."""
    steps = run.tokens // run.batch
    at = {
        "step": state.step,
        "data_seen": state.step * run.batch,
        "flops": state.flops,
        "lr": rate_at(run, state.step - 1, steps),
    }
    recent, state.recent = state.recent, []
    yield {**at, "metric": "loss", "split": "train", "task": "", "value": float(np.mean(recent))}
    value = float(window_losses(state.model, validation).mean())
    yield {**at, "metric": "loss", "split": "validation", "task": "clean", "value": value}
    if run.change:
        yield {**at, "metric": "params_active", "split": "", "task": "", "value": float(active_parameters(state, run))}
    for task, error in (probes.errors(state.model) if probes else {}).items():
        yield {**at, "metric": "error", "split": "validation", "task": task, "value": error}


def update(model: nn.Module, batch: Tensor, rate: Callable[[float], None], lr: float) -> float:
    """One step: gradient, clipped at norm 1, and the optimizer's update."""
    loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
    model.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    rate(lr)
    return loss.item()
