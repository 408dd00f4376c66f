"""Streams: a scarce clean text, repeated as often as its share asks, inside fresh generic text; and their tables of pools.

At share 1 the stream is the clean text alone. Needs no torch and, for the tables, no corpus.
"""

from __future__ import annotations

import numpy as np

from .corpus import WINDOW, Corpus, windows
from .design import Run, expand
from .pools import damage


def parts(run: Run) -> tuple[int, int]:
    """Windows of clean and of generic text in the whole stream."""
    total = run.tokens // WINDOW
    clean = round(run.share * total)
    return clean, total - clean


def unique_tokens(run: Run) -> int:
    """Distinct tokens that the run sees: of the clean text no more than it has, generic text is always fresh."""
    clean, generic = parts(run)
    return min(run.unique, clean * WINDOW) + generic * WINDOW


def stream(run: Run, design: dict, corpus: Corpus) -> np.ndarray:
    """Every window of the run once, in no order: training shuffles them, so that repeats lie anywhere."""
    order = np.random.default_rng([run.seed, 7]).permutation(len(corpus.train))
    clean, generic = parts(run)
    supply = np.sort(order[-design["streams"]["generic_tokens"] // WINDOW :])
    if generic > len(supply):
        raise ValueError(f"{run.run_id}: {generic * WINDOW} generic tokens asked, design.toml has {len(supply) * WINDOW}")
    scarce = corpus.train[np.sort(order[: run.unique // WINDOW])]
    shuffled = scarce[np.random.default_rng([run.seed, 8]).permutation(len(scarce))]
    return np.concatenate([shuffled[np.resize(np.arange(len(scarce)), clean)], _generic(run, design, corpus, supply)[:generic]])


def _generic(run: Run, design: dict, corpus: Corpus, supply: np.ndarray) -> np.ndarray:
    """The supply of generic text, damaged as its level says; in an order of its own, so that a part of it is a sample."""
    part, level = corpus.train[supply], design["streams"]["levels"][run.generic]
    rng = np.random.default_rng([run.seed, 9])
    text = np.append(part[:, :WINDOW].ravel(), part[-1, WINDOW])
    made = windows(damage(level["kind"], text, corpus, rng, level))[: len(part)]
    return made[rng.permutation(len(made))]


def pool_of(run: Run) -> str:
    """The stream as a pool. Pools are known by their names alone, so that each names what no other dataset has."""
    return f"{run.generic}-h{run.share:g}-u{run.unique // 1024}k-t{run.tokens // 1024}k"


def members(run: Run, design: dict) -> dict[str, tuple[float, float]]:
    """The atomic pools of a stream: its share of the tokens, and how many distinct ones of it the run sees."""
    level, (clean, generic) = design["streams"]["levels"][run.generic], parts(run)
    held = {level["clean_pool"]: (run.share, float(min(run.unique, clean * WINDOW)))}
    return held | ({level["pool"]: (1 - run.share, float(generic * WINDOW))} if generic else {})


def atoms(generic: str, design: dict) -> dict[str, float]:
    """Unique tokens of the two atomic pools of all streams with this generic text, the better one first."""
    level = design["streams"]["levels"][generic]
    scarce = max(run.unique for run in expand(design) if run.generic == generic)
    return {level["clean_pool"]: float(scarce), level["pool"]: float(design["streams"]["generic_tokens"])}


def stream_tables(runs: list[Run], design: dict) -> tuple[list[dict], list[dict]]:
    """Pools: clean and generic text are atomic; each stream is a union of a part of the one and a part of the other."""
    held = {pool_of(run): members(run, design) for run in runs}
    amounts = {name: (n, k) for k, (name, n) in enumerate(atoms(runs[0].generic, design).items(), 1)}
    amounts |= {pool: (sum(n for _, n in own.values()), None) for pool, own in held.items()}
    rows = [{"pool": pool, "dataset": runs[0].dataset, "data_unique": n, "quality_rank": k} for pool, (n, k) in amounts.items()]
    unions = [
        {"pool": pool, "member": name, "share": share, "data_unique": n}
        for pool, own in held.items()
        for name, (share, n) in own.items()
    ]
    return rows, unions
