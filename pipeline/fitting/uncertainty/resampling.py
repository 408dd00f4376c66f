"""Resampling by run, in tiles of draws that are solved together.

Each draw gives every run a weight: exponential ones (Bayesian bootstrap: no draw is degenerate) or counts (classic bootstrap).
A tile is seeded by (seed, tile) and always solved whole, so that draws are the same to the bit for any number of tiles a task
and any map.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from pipeline.fitting.numerics.near_starts import near_starts
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.problem import Problem

Array = np.ndarray
TILE, LARGEST = 1024, 4096
SMALLEST = 64
SLOPES = 5_000_000
"""Draws × observations × parameters that a tile of more than TILE draws may hold: it takes a fraction of a second."""
HELD = 10_000_000
"""Draws × observations that are solved at once: a tile of more is solved in parts, and memory does not grow with the points."""
TASK_SECONDS = 0.5
"""A task for another process is about this long; how many tiles that is, is measured on the first tile."""
Kind = Literal["bayesian", "classic"]
Mapper = Callable[..., Iterable[Any]]


def run_weights(kind: Kind, runs: int, seed: int, tile: int, size: int = TILE) -> Array:
    """Weights (size, runs) with mean 1 over runs; a smaller tile has the first ones of a larger."""
    rng = np.random.default_rng([seed, 1, tile])
    if kind == "classic":
        drawn = rng.integers(runs, size=(size, runs)) + runs * np.arange(size)[:, None]
        return np.bincount(drawn.ravel(), minlength=size * runs).reshape(size, runs).astype(float)
    weight = rng.standard_exponential((size, runs))
    return weight / weight.mean(axis=1, keepdims=True)


def tile_for(draws: int, slopes: int, largest: int = LARGEST) -> int:
    """The size of the tiles of so many draws with so many slopes (observations × parameters) each.

    A power of two that holds them, at most the largest, and at most TILE where there is much to sum. Few tiles have few tails.
    """
    wanted = min(max(1 << max(draws - 1, 0).bit_length(), SMALLEST), largest)
    while wanted > TILE and wanted * slopes > SLOPES:
        wanted //= 2
    return wanted


@dataclass
class Resampler:
    """Solves tiles of draws. Picklable, so that a process pool or a cluster may call it."""

    problem: Problem
    minima: Array
    run: Array
    weight: Array
    kind: Kind
    seed: int
    noise: Any = None
    size: int = TILE
    runs: int = field(init=False)

    def __post_init__(self) -> None:
        self.runs = int(self.run.max()) + 1

    def __call__(self, tiles: list[int]) -> list[tuple[Array, Array, Array]]:
        """(working draws (size, P), converged, objective) of each tile."""
        return [self.tile(tile) for tile in tiles]

    def tile(self, tile: int, minima: list[int] | None = None) -> tuple[Array, Array, Array]:
        """Every draw is started from each known minimum (or those named) and keeps the best end."""
        by_run = run_weights(self.kind, self.runs, self.seed, tile, self.size)
        target = None if self.noise is None else self.noise.targets(self.seed, tile, self.size)
        starts = self.minima if minima is None else self.minima[minima]
        step = max(SMALLEST, HELD // len(self.run))
        parts = [slice(begin, begin + step) for begin in range(0, self.size, step)]
        solved = [self._solved(by_run[part], None if target is None else target[part], starts) for part in parts]
        w, converged, value = (np.concatenate(each) for each in zip(*solved, strict=True))
        return w, converged, value

    def _solved(self, by_run: Array, target: Array | None, starts: Array) -> tuple[Array, Array, Array]:
        weight = by_run[:, self.run]
        weight *= self.weight
        best = None
        for start in starts:
            begin, metric = near_starts(self.problem, start, self.weight, weight, target)
            found = minimise(self.problem, begin, weight, target, iterations=50, patient=False, metric=metric)
            if best is None:
                best = (found.w, found.converged, found.value)
                continue
            better = found.value < best[2]
            for old, new in zip(best, (found.w, found.converged, found.value), strict=True):
                old[better] = new[better]
        if best is None:
            raise ValueError("a resampler needs at least one start")
        return best


def resample(task: Resampler, draws: int, mapper: Mapper = map) -> tuple[Array, Array]:
    """Working draws (draws, P) and which of them converged."""
    tiles = list(range(-(-draws // task.size)))
    if not tiles:
        return np.empty((0, task.minima.shape[1])), np.empty(0, bool)
    begun = time.perf_counter()
    first, useful = _audit(task)
    size = max(1, round(TASK_SECONDS / max(time.perf_counter() - begun, 1e-4)))
    chunks = [tiles[i : i + size] for i in range(1, len(tiles), size)]
    results = [first]
    for chunk in mapper(replace(task, minima=task.minima[useful]), chunks):
        results += chunk
    return np.concatenate([r[0] for r in results])[:draws], np.concatenate([r[1] for r in results])[:draws]


def _audit(task: Resampler) -> tuple[tuple[Array, Array, Array], list[int]]:
    """The first tile, and the minima that any of its draws preferred to those before them: only they start later tiles."""
    best, useful = task.tile(0, [0]), [0]
    for k in range(1, len(task.minima)):
        found = task.tile(0, [k])
        better = found[2] < best[2] - 1e-9 * np.abs(best[2])
        if better.any():
            useful.append(k)
            for old, new in zip(best, found, strict=True):
                old[better] = new[better]
    return best, useful
