"""A piece of work for a worker: it keeps a core busy and returns one number."""

import numpy as np


def spin(seed: int, rounds: int) -> float:
    """`rounds` sorts of ten thousand numbers, about half a millisecond each."""
    generator, total = np.random.default_rng(seed), 0.0
    for _ in range(rounds):
        total += float(np.sort(generator.standard_normal(10_000))[0])
    return total
