"""The optimizers of the two recipes, each called with a learning rate to take one step. A checkpoint holds them as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

DECAY = 0.1  # decoupled weight decay, on matrices only


def build_optimizer(recipe: str, parameters: Iterable[nn.Parameter], decay: float = DECAY) -> Callable[[float], None]:
    """AdamW, or Lion where the recipe's name says so."""
    held = list(parameters)
    groups = [
        {"params": [p for p in held if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in held if p.ndim < 2], "weight_decay": 0.0},
    ]
    return Lion(groups) if recipe.endswith("lion") else AdamW(groups)


class AdamW:
    """AdamW, betas 0.9 and 0.95."""

    def __init__(self, groups: list[dict]) -> None:
        self.optimizer = torch.optim.AdamW(groups, lr=1.0, betas=(0.9, 0.95), fused=True)

    def __call__(self, lr: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()


class Lion:
    """Lion (Chen et al. 2023): the sign of an interpolated momentum, betas 0.9 and 0.99."""

    def __init__(self, groups: list[dict]) -> None:
        self.groups = groups
        self.momenta = [[torch.zeros_like(p) for p in group["params"]] for group in groups]

    @torch.no_grad()
    def __call__(self, lr: float) -> None:
        for group, held in zip(self.groups, self.momenta, strict=True):
            for p, momentum in zip(group["params"], held, strict=True):
                p.mul_(1 - lr * group["weight_decay"] * 10)
                p.add_(torch.sign(momentum.lerp(p.grad, 0.1)), alpha=-lr)
                momentum.lerp_(p.grad, 0.01)
