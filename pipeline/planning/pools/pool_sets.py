"""Candidate pool sets: nested in order of quality, and all subsets where there are at most twelve pools."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import PlanError
from pipeline.planning.plan import Array
from pipeline.planning.setting import Members

MOST_POOLS = 12
"""Up to here all 2^K - 1 subsets are candidates; beyond, the nested sets and the single pools."""


@dataclass(frozen=True)
class PoolSets:
    """Sets of atomic pools. A run on a set draws from their union uniformly: each pool is seen equally often.

    pools and sizes (K,) in order of quality, best first; inside (S, K) says which pool is in which set.
    """

    pools: tuple[str, ...]
    sizes: Array
    inside: NDArray[np.bool_]

    def __post_init__(self) -> None:
        bad = [p for p, u in zip(self.pools, self.sizes, strict=True) if not (np.isfinite(u) and u > 0)]
        if bad:
            raise PlanError(
                f"pool {bad[0]!r} has size {self.sizes[self.pools.index(bad[0])]}",
                fix="give its unique samples, a positive count",
            )

    def __len__(self) -> int:
        return len(self.inside)

    @cached_property
    def unique(self) -> Array:
        """Unique samples of each set (S,)."""
        return self.inside @ self.sizes

    @cached_property
    def nested(self) -> NDArray[np.bool_]:
        """Whether a set holds the best pools and no worse one than it leaves out (S,)."""
        counts = self.inside.sum(axis=1)
        return (self.inside == (np.arange(len(self.pools)) < counts[:, None])).all(axis=1)

    def names(self, row: int) -> list[str]:
        """The pools of a set, best quality first."""
        return [pool for pool, used in zip(self.pools, self.inside[row], strict=True) if used]

    def members(self, rows: NDArray[np.int64] | slice = slice(None)) -> Members:
        """Shares in proportion to size, for the sets in `rows`."""
        inside = self.inside[rows]
        amounts = inside * self.sizes
        return Members(amounts / amounts.sum(axis=1, keepdims=True), amounts, np.where(inside, self.sizes, 0.0))

    def take(self, rows: NDArray[np.int64]) -> PoolSets:
        """Only the sets in `rows`."""
        return PoolSets(self.pools, self.sizes, self.inside[rows])


def nested_sets(pools: tuple[str, ...], sizes: Array) -> PoolSets:
    """The best pool, the best two, ... all of them."""
    return PoolSets(pools, sizes, np.tri(len(pools), dtype=bool))


def all_sets(pools: tuple[str, ...], sizes: Array) -> PoolSets:
    """Every set: nested ones first, then the other subsets (single pools only, beyond twelve pools)."""
    count = len(pools)
    if count <= MOST_POOLS:
        codes = np.arange(1, 2**count)
        every = (codes[:, None] >> np.arange(count)) & 1 == 1
    else:
        every = np.eye(count, dtype=bool)
    nested = np.tri(count, dtype=bool)
    known = {row.tobytes() for row in nested}
    others = [row for row in every if row.tobytes() not in known]
    return PoolSets(pools, sizes, np.array([*nested, *others], dtype=bool))
