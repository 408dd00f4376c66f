"""Trains one run and returns its curve. A run is a function of its declaration and of the corpus, nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .changes import prune, pruned_parameters
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


def train(run: Run, data: np.ndarray, validation: np.ndarray, probes: Probes | None, log: Callable[[dict], None]) -> dict:
    """Trains on `data`, passes each point of the curve to `log`, returns the run's summary and the model."""
    torch.manual_seed(run.seed)
    context = data.shape[1] - 1
    activation = "relu2" if run.recipe.startswith("relu2") else "gelu"
    model = Transformer(64, context, run.width, run.layers, run.heads, activation)
    rate = build_optimizer(run.recipe, model.parameters())
    steps, stream = run.tokens // run.batch, batches(data, run.batch // context, run.seed)
    points, flops, recent, started = log_points(steps, run.points), 0.0, [], time.time()
    for step in range(steps):
        if run.change.startswith("stack") and step == steps // 2:
            model.stack()
            rate = build_optimizer(run.recipe, model.parameters())
        lr = run.lr * schedule(run.schedule, step, steps)
        recent.append(update(model, next(stream), rate, lr))
        if run.change.startswith("prune"):
            prune(model, step / steps, run.change)
        active = pruned_parameters(model) if run.change else model.counts()[0]
        flops += 6.0 * active * run.batch
        if step + 1 in points:
            at = {"step": step + 1, "data_seen": (step + 1) * run.batch, "flops": flops, "lr": lr}
            log({**at, "metric": "loss", "split": "train", "task": "", "value": float(np.mean(recent))})
            value = float(window_losses(model, validation).mean())
            log({**at, "metric": "loss", "split": "validation", "task": "clean", "value": value})
            if run.change:
                log({**at, "metric": "params_active", "split": "", "task": "", "value": float(active)})
            for task, error in (probes.errors(model) if probes and step + 1 == steps else {}).items():
                log({**at, "metric": "error", "split": "validation", "task": task, "value": error})
            recent = []
    params, inner = model.counts()
    return {
        "params": params, "params_nonembedding": inner, "flops": flops, "final_lr": lr,
        "warmup": warmup_steps(steps), "seconds": time.time() - started, "model": model,
    }  # fmt: skip


def update(model: nn.Module, batch: Tensor, rate: Callable[[float], None], lr: float) -> float:
    """One step: gradient, clipped at norm 1, and the optimizer's update."""
    loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
    model.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    rate(lr)
    return loss.item()
