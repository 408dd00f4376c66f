"""Bits of knowledge in a synthetic biography set, and bits that a model is measured to hold (Allen-Zhu and Li 2024).

N persons with six attributes; losses are summed over the knowledge tokens, in nats.
"""

from __future__ import annotations

from math import exp, log2

NAMES = 400 * 400 * 1000
ATTRIBUTES = 2 * (12 * 28 * 200) * 200 * 300 * 100 * 263


def biography_bits(people: float) -> float:
    """N log2(N0/N) + N log2 S0: everything that the set says."""
    return people * (log2(NAMES / people) + log2(ATTRIBUTES))


def measured_bits(people: float, name_loss: float, value_loss: float) -> float:
    """N log2(N0/e^p1) + N log2(S0/e^p2): what a model with these summed losses a person knows."""
    return people * (log2(NAMES / exp(name_loss)) + log2(ATTRIBUTES / exp(value_loss)))


def capacity_ratio(people: float, params: float, name_loss: float, value_loss: float) -> float:
    """R: measured bits a parameter. 2 at 1000 exposures is full; at most 2.3."""
    return measured_bits(people, name_loss, value_loss) / params


def synthetic_bits(
    names: float, each: float, distinct: float, length: float, tokens: float, attributes: float, all_names: float
) -> float:
    """bioD(N, K, C, D, L, T) with no loss: N log2 N0 + N K log2 D^C + K D log2(T^L/D)."""
    return (
        names * log2(all_names)
        + names * attributes * each * log2(distinct)
        + attributes * distinct * (length * log2(tokens) - log2(distinct))
    )


def params_for_bits(bits: float, bits_each: float) -> float:
    """Parameters that hold so many bits at a capacity (law knowledge_capacity, inverted)."""
    return bits / bits_each
