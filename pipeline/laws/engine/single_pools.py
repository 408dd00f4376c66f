"""Rows that each draw from one pool, whichever it is: all are walked together, and a segment knows its own pool's parameters."""

from __future__ import annotations

import numpy as np

from pipeline.laws.engine.path_segments import distinct
from pipeline.laws.engine.path_walk import Array, Slopes, Walk


class SinglePools(Walk):
    """A walk of rows of one pool each; parameters of pools are (batch, S, 1), those of each segment's pool.

    The cost of a call is spread over all pools: walked one by one, four rows of each, a fit of thirty spends it thirty times.
    """

    def __init__(self, data_seen: Array, share: Array, unique: Array, size: Array, pool: Array) -> None:
        self.pools = 1
        chains, chain = distinct(np.stack([pool, share, unique, size], axis=1))
        self._cut(data_seen, chains[:, 1:], chain)
        self.drawn, self.of_row = chains[self.chain, 0].astype(int), pool
        self.present, self.begin = np.unique(self.drawn, return_index=True)
        self.even = len(set(np.diff(np.append(self.begin, len(self.chain))).tolist())) == 1

    def own(self, levels: Array) -> Array:
        """The level of each segment's pool."""
        return levels[:, self.drawn, None]

    def place(self, pools: int) -> Array:
        """Where the three entries of each row's slope stand: those of a, and of its pool's b and τ."""
        return _places(self.of_row, pools)

    def add_second(self, hessian: Array, found: Slopes, a: Array, b: Array, tau: Array, factor: Array) -> None:
        """Adds Σ_rows factor·∂²L, of which each pool's rows feel three parameters."""
        total = self._of_pools(found, a, b[..., 0], tau[..., 0], self._counting(factor))
        of_a, place = total[:, ::-1, 0, 0].copy(), _places(self.present, (hessian.shape[1] - 1) // 2).T
        total[:, :, 0, 0] = 0.0
        hessian[:, place[:, :, None], place[:, None]] += total
        hessian[:, 0, 0] += np.cumsum(of_a, axis=1)[:, -1]

    def _of_pools(self, found: Slopes, a: Array, b: Array, tau: Array, f: Array) -> Array:
        """Second derivatives by the three parameters of each pool, (batch, pools, 3, 3)."""
        at, beta, dl, own = found.at, found.beta, found.dl, f * found.beta
        change, on_B, steps = self._change(own), f * at.growth / at.D, self._steps(found.dl)
        cross = self._outer(found.slope * f[:, None], steps) - self._outer(found.slope * on_B[:, None], found.dD)
        total = cross + cross.swapaxes(2, 3)
        total[..., 1:, 1:] -= self._outer(dl[:, 1:] * change[:, None], dl[:, 1:])
        total[..., 0, 0] -= np.add.reduceat(own * self.first, self.begin, axis=1) / a**2
        curve = found.dD[:, 2] * (self.rate[:, 0] / tau**2 - 2 / tau)
        mixed = self._dot(on_B, found.dD[:, 2])
        total[..., 1, 2] += mixed
        total[..., 2, 1] += mixed
        total[..., 2, 2] += self._dot(on_B, curve) * b[:, self.begin]
        tail = self._remaining(change / at.E) * a * self.length
        total[..., 2, 2] += self._dot(tail - on_B * beta, curve)
        return total

    def _cut_by_pool(self, values: Array) -> list[Array]:
        """The segments of each pool; of pools with equally many, one array (pools, batch, …, segments)."""
        if self.even:
            return [np.moveaxis(values.reshape(*values.shape[:-1], len(self.begin), -1), -2, 0)]
        return [part[None] for part in np.split(values, self.begin[1:], axis=-1)]

    def _outer(self, left: Array, right: Array) -> Array:
        """Σ over a pool's segments of left·right, (batch, pools, i, j)."""
        parts = zip(self._cut_by_pool(left), self._cut_by_pool(right), strict=True)
        return np.concatenate([one @ other.swapaxes(-1, -2) for one, other in parts]).swapaxes(0, 1)

    def _dot(self, left: Array, right: Array) -> Array:
        """Σ over a pool's segments of left·right, (batch, pools)."""
        parts = zip(self._cut_by_pool(left), self._cut_by_pool(right), strict=True)
        return np.concatenate([np.einsum("pbs,pbs->pb", *pair) for pair in parts]).T


def _places(pool: Array, pools: int) -> Array:
    return np.stack([np.zeros_like(pool), 1 + pool, 1 + pools + pool])
