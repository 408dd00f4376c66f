"""Streams: a scarce clean text, repeated as often as its share asks, inside fresh generic text; and their tables of pools.

At share 1 the stream is the clean text alone. Needs no torch and, for the tables, no corpus.
"""

from __future__ import annotations

import numpy as np

from .corpus import WINDOW, Corpus, windows
from .design import Run
from .pools import damage

CLEAN = "clean"


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
    """The stream as a pool: what it is made of, its share, and how much clean text there is."""
    return f"{run.generic}-h{run.share:g}-u{run.unique // 1024}k"


def stream_tables(runs: list[Run], design: dict) -> tuple[list[dict], list[dict]]:
    """Pools: clean and generic text are atomic; each stream is a union of a subsample of the one and all of the other."""
    supply, dataset = float(design["streams"]["generic_tokens"]), runs[0].dataset
    atoms = {CLEAN: float(max(run.unique for run in runs))} | dict.fromkeys((run.generic for run in runs), supply)
    rows = [
        {"pool": name, "dataset": dataset, "data_unique": n, "quality_rank": k} for k, (name, n) in enumerate(atoms.items(), 1)
    ]
    members = []
    for run in {pool_of(run): run for run in runs}.values():
        held = {CLEAN: (run.share, float(run.unique))} | ({run.generic: (1 - run.share, supply)} if run.share < 1 else {})
        total = sum(n for _, n in held.values())
        rows.append({"pool": pool_of(run), "dataset": dataset, "data_unique": total, "quality_rank": None})
        members += [{"pool": pool_of(run), "member": name, "share": h, "data_unique": n} for name, (h, n) in held.items()]
    return rows, members
