"""The optimizers of the two recipes, each as a function that takes one step at a learning rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

DECAY = 0.1  # decoupled weight decay, on matrices only


def build_optimizer(recipe: str, parameters: Iterable[nn.Parameter]) -> Callable[[float], None]:
    """AdamW, or Lion where the recipe's name says so."""
    held = list(parameters)
    groups = [
        {"params": [p for p in held if p.ndim > 1], "weight_decay": DECAY},
        {"params": [p for p in held if p.ndim < 2], "weight_decay": 0.0},
    ]
    return lion(groups) if recipe.endswith("lion") else adamw(groups)


def adamw(groups: list[dict]) -> Callable[[float], None]:
    """AdamW, betas 0.9 and 0.95."""
    optimizer = torch.optim.AdamW(groups, lr=1.0, betas=(0.9, 0.95), fused=True)

    def step(lr: float) -> None:
        for group in optimizer.param_groups:
            group["lr"] = lr
        optimizer.step()

    return step


def lion(groups: list[dict]) -> Callable[[float], None]:
    """Lion (Chen et al. 2023): the sign of an interpolated momentum, betas 0.9 and 0.99."""
    momenta = [[torch.zeros_like(p) for p in group["params"]] for group in groups]

    @torch.no_grad()
    def step(lr: float) -> None:
        for group, held in zip(groups, momenta, strict=True):
            for p, momentum in zip(group["params"], held, strict=True):
                p.mul_(1 - lr * group["weight_decay"] * 10)
                p.add_(torch.sign(momentum.lerp(p.grad, 0.1)), alpha=-lr)
                momentum.lerp_(p.grad, 0.01)

    return step
