"""Bits of knowledge in a synthetic biography set, and bits that a model is measured to hold (Allen-Zhu and Li 2024).

N persons with six attributes; losses are summed over the knowledge tokens, in nats.
"""

from __future__ import annotations

from math import exp, log2

NAMES = 400 * 400 * 1000
ATTRIBUTES = 2 * (12 * 28 * 200) * 200 * 300 * 100 * 263


def measured_bits(people: float, name_loss: float, value_loss: float) -> float:
    """N log2(N0/e^p1) + N log2(S0/e^p2): what a model with these summed losses a person knows."""
    return people * (log2(NAMES / exp(name_loss)) + log2(ATTRIBUTES / exp(value_loss)))
