"""Pruned-data runs: a pool of mixed quality, of which a share is kept by its perplexity under a small trained model."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from .corpus import WINDOW, Corpus, windows
from .design import Run, expand, kept, load
from .pools import damage
from .train import train, window_losses


def mixed_pool(design: dict, corpus: Corpus) -> np.ndarray:
    """Consecutive windows of the train region's end, some of them damaged, at `levels` with their shares."""
    rng = np.random.default_rng(design["seed"])
    part = corpus.train[-design["tokens"] // WINDOW :]
    made, kinds = part.copy(), rng.choice(len(design["levels"]), len(part), p=[level["share"] for level in design["levels"]])
    for index, level in enumerate(design["levels"]):
        chosen = np.flatnonzero(kinds == index)
        stream = np.append(part[chosen, :WINDOW].ravel(), part[-1, WINDOW])
        made[chosen] = windows(damage(level["kind"], stream, corpus, rng, level))[: len(chosen)]
    return made


def scores(design: dict, corpus: Corpus, pool: np.ndarray, work: Path) -> np.ndarray:
    """Loss of each window under the scorer, which is trained on clean text that no pruned run sees; kept in `work`."""
    path = work / "pruning_scores.npy"
    if not path.exists():
        scorer = next(run for run in expand(load()) if run.run_id == design["scorer"])
        scorer = dataclasses.replace(scorer, points=2)
        clean = corpus.train[: scorer.tokens // WINDOW]
        model = train(scorer, clean, corpus.validation[:64], None, lambda _: None)["model"]
        np.save(path, window_losses(model, pool))
    return np.load(path)


def keep_windows(run: Run, design: dict, corpus: Corpus, work: Path) -> np.ndarray:
    """`easy50` keeps the half with the lowest loss, `hard50` with the highest, `any50` a random half."""
    pool, (kind, share) = mixed_pool(design, corpus), kept(run.keep)
    order = np.argsort(scores(design, corpus, pool, work), kind="stable")
    if kind == "any":
        order = np.random.default_rng([design["seed"], run.seed]).permutation(len(pool))
    order = order[::-1] if kind == "hard" else order
    return pool[np.sort(order[: round(share * len(pool))])]
