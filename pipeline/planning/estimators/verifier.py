"""How many attempts to buy when a verifier is imperfect: best K and ceilings (Stroebl et al. 2024).

Values come from the laws in laws/inference_flaws.py; nothing is typed twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.laws.catalogue.inference.inference_flaws import verifier_accuracy, verifier_flukes, verifier_reward
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Law

Array = np.ndarray


def _curve(law: Law, attempts: Array, constants: Mapping[str, float], **columns: float) -> Array:
    theta = np.array([[constants[p.name] for p in law.parameters]])
    given = {"attempts": attempts.astype(float)} | {name: np.full(len(attempts), value) for name, value in columns.items()}
    return compiled(law).value(theta, Rows({name: given[name] for name in law.columns}))[0]


@dataclass(frozen=True)
class Attempts:
    """The number of attempts with the largest reward, 0 where none pays; that reward and those of 1..most attempts."""

    best: int
    reward: float
    rewards: Array


def best_attempts(constants: Mapping[str, float], right: float, wrong: float, cost: float = 0.0, most: int = 1000) -> Attempts:
    """argmax over K of the expected reward V_c Acc(K) + V_f FP(K) - cost E(attempts)."""
    rewards = _curve(verifier_reward, np.arange(1, most + 1), constants, value_right=right, value_wrong=wrong, cost_attempt=cost)
    best = int(np.argmax(rewards)) + 1
    return Attempts(0, 0.0, rewards) if rewards[best - 1] <= 0 else Attempts(best, float(rewards[best - 1]), rewards)


def ceiling(constants: Mapping[str, float]) -> tuple[float, float]:
    """Accuracy and false positives after unlimited attempts: what no number of samples exceeds."""
    many = np.array([1e9])
    return float(_curve(verifier_accuracy, many, constants)[0]), float(_curve(verifier_flukes, many, constants)[0])
