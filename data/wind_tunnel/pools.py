"""Quality pools: disjoint parts of the corpus, each damaged in its own way, and unions of them.

An atomic pool is small on purpose: repeating the best one must at some budget lose to adding a worse one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .corpus import ALPHABET, WINDOW, Corpus, windows

SPACE = ALPHABET.index(" ")


def replace_symbols(tokens: np.ndarray, rate: float, rng: np.random.Generator) -> np.ndarray:
    """A share `rate` of the symbols becomes any other symbol, uniformly."""
    hit = rng.random(len(tokens)) < rate
    return np.where(hit, rng.integers(0, len(ALPHABET), len(tokens), dtype=np.uint8), tokens)


def shuffle_words(tokens: np.ndarray, span: int, rng: np.random.Generator) -> np.ndarray:
    """Words keep their letters and lose their order within `span` words."""
    words = np.split(tokens, np.flatnonzero(tokens == SPACE) + 1)
    for start in range(0, len(words), span):
        part = words[start : start + span]
        words[start : start + span] = [part[i] for i in rng.permutation(len(part))]
    return np.concatenate(words)


def mix_markup(tokens: np.ndarray, share: float, markup: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A share of the windows is replaced by index records of the package (headwords and encoded offsets)."""
    cut = windows(np.append(tokens, tokens[:1])).copy()
    hit = np.flatnonzero(rng.random(len(cut)) < share)
    cut[hit] = markup[rng.choice(len(markup), len(hit), replace=False)]
    return np.append(cut[:, :WINDOW].ravel(), cut[-1, WINDOW])


def damage(kind: str, tokens: np.ndarray, corpus: Corpus, rng: np.random.Generator, level: dict) -> np.ndarray:
    """The damaged copy of a part of the corpus."""
    kinds: dict[str, Callable[[], np.ndarray]] = {
        "none": lambda: tokens,
        "replace": lambda: replace_symbols(tokens, level["rate"], rng),
        "shuffle": lambda: shuffle_words(tokens, level["span"], rng),
        "markup": lambda: mix_markup(tokens, level["rate"], corpus.markup, rng),
    }
    return kinds[kind]()


def atomic_pools(levels: list[dict], tokens: int, corpus: Corpus, seed: int) -> dict[str, np.ndarray]:
    """One array of windows a level, from consecutive, disjoint parts of the pool region."""
    count = tokens // WINDOW
    made = {}
    for level in levels:
        part = corpus.pools[level["part"] * (count + 32) :][:count]
        stream = np.append(part[:, :WINDOW].ravel(), part[-1, WINDOW])
        rng = np.random.default_rng([seed, level["part"]])
        made[level["pool"]] = windows(damage(level["kind"], stream, corpus, rng, level))[:count]
    return made


def compose(members: dict[str, float], atoms: dict[str, np.ndarray], seed: int) -> np.ndarray:
    """A union or mixture: of each member pool the first part, after a seeded shuffle, that its fraction names."""
    parts = []
    for name, fraction in members.items():
        order = np.random.default_rng([seed, *name.encode()]).permutation(len(atoms[name]))
        parts.append(atoms[name][order[: round(fraction * len(order))]])
    return np.concatenate(parts)
