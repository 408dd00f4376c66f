"""Runs whose number of parameters changes on the way: magnitude pruning by the cubic schedule."""

from __future__ import annotations

import torch
from torch import nn

START, END, EVERY = 0.25, 0.75, 0.01  # pruned between these shares of the run


def sparsity(done: float, target: float) -> float:
    """s(u) = target · (1 − (1 − u)³), u from 0 at START to 1 at END."""
    u = min(1.0, max(0.0, (done - START) / (END - START)))
    return target * (1 - (1 - u) ** 3)


def matrices(model: nn.Module) -> list[nn.Linear]:
    """What is pruned: the blocks' matrices, never embeddings or norms."""
    return [module for module in model.modules() if isinstance(module, nn.Linear)]


@torch.no_grad()
def prune(model: nn.Module, done: float, change: str) -> None:
    """Zeroes the smallest entries of each matrix to reach the schedule's sparsity; `prune50` ends at one half."""
    target = sparsity(done, int(change.removeprefix("prune")) / 100)
    for linear in matrices(model):
        mask = getattr(linear, "mask", None)
        if target > getattr(linear, "sparsity", 0.0) + EVERY or (done > END and target > linear.sparsity):
            threshold = linear.weight.abs().flatten().kthvalue(max(1, round(target * linear.weight.numel()))).values
            linear.mask, linear.sparsity = linear.weight.abs() > threshold, target
            mask = linear.mask
        if mask is not None:
            linear.weight.mul_(mask)


def pruned_parameters(model: nn.Module) -> int:
    """Parameters that are not held at zero by a mask."""
    masked = sum(int((~linear.mask).sum()) for linear in matrices(model) if hasattr(linear, "mask"))
    return sum(p.numel() for p in model.parameters()) - masked
