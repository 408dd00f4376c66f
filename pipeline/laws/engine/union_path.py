"""`effective_path` of runs that draw from whole pools uniformly, where it is one recursion over epochs.

Pool i of a union of U = Σ u_i samples has the share w_i = u_i/U, so that all pools end their epochs together, every U samples,
and ρ_i = w_i, δ_i = 2^(−w_i/τ_i). With D_k = Σ w_i·δ_i^k, β_k = Σ w_i·b_i·δ_i^k/D_k and E_k = E_{k−1} + (a/1e5)·U·D_k,
    L(n) = L_{k−1} + β_k·ln((E_{k−1} + (a/1e5)·(n − k·U)·D_k)/E_{k−1}), k = ⌊n/U⌋; L = β_0·ln((a/1e5)·n) in the first pass.
A walk over the epochs of a union meets all its budgets, and weights decay by one product an epoch, without an exponential.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipeline.laws.engine.path_walk import LN2, NEVER_NIL, NORMALISER, Array

CELLS = 24_000
"""Weights (pools × unions × batch) walked together: some hundred kilobytes, which stay in the processor's cache."""
LOOKS, REST = 32, 1e-17
"""Epochs between two looks whether anything grows any more, and the part of E that counts as nothing."""


def union_path(sizes: Array, inside: Array, data_seen: Array, a: Array, b: Array, tau: Array) -> Iterator[tuple[Array, Array]]:
    """Places of rows and L there (rows, batch), unions of as many pools and similar size together; each row once.

    sizes (K,), inside (rows, K), data_seen (rows,); a (batch, 1), b and tau (batch, K). Rows of one union share its walk.
    """
    unions, union = np.unique(inside, axis=0, return_inverse=True)
    order = np.argsort(union.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(union.ravel()))
    for some in _alike(unions, unions @ sizes, len(a)):
        rows = [order[ends[i - 1] if i else 0 : ends[i]] for i in some]
        at = np.concatenate(rows)
        walk = _Walk(sizes, unions[some], a, b, tau)
        yield at, walk.path(data_seen[at], np.repeat(np.arange(len(some)), [len(r) for r in rows]))


def _alike(unions: Array, total: Array, batch: int) -> Iterator[Array]:
    """Unions that are walked together: of as many pools, next to each other in size."""
    count = unions.sum(axis=1)
    for pools in np.unique(count):
        alike = np.flatnonzero(count == pools)
        alike = alike[np.argsort(total[alike], kind="stable")]
        width = max(1, CELLS // (int(pools) * batch))
        yield from np.split(alike, range(width, len(alike), width))


class _Walk:
    """Unions (m,) of c pools each, at the start of an epoch: weight and decay (c, m, batch), E, ln E and L (m, batch)."""

    def __init__(self, sizes: Array, unions: Array, a: Array, b: Array, tau: Array) -> None:
        members = np.nonzero(unions)[1].reshape(len(unions), -1).T
        self.total = unions @ sizes
        share = (sizes[members] / self.total)[:, :, None]
        self.utility = b.T[members]
        self.decay = np.exp(-LN2 * share / tau.T[members])
        self.weight = np.broadcast_to(share, self.decay.shape).copy()
        self.fresh = self.total[:, None] * a.T / NORMALISER
        self.E, self.log, self.L = np.zeros((3, *self.fresh.shape))

    def path(self, data_seen: Array, union: Array) -> Array:
        """L (rows, batch) of rows that each belong to a union."""
        passes = data_seen / self.total[union]
        order = np.argsort(passes, kind="stable")
        epochs = np.maximum(np.ceil(passes[order]) - 1, 0)  # the end of an epoch is in it: the next one's weights may be unknown
        out = np.empty((len(passes), self.L.shape[1]))
        for epoch in range(int(epochs[-1]) + 1):
            if epoch % LOOKS == LOOKS - 1 and self._at_rest():
                rows = order[np.searchsorted(epochs, epoch) :]
                out[rows] = self.L[union[rows]]
                break
            beta, growth = self._epoch()
            rows = order[slice(*np.searchsorted(epochs, [epoch, epoch + 1]))]
            if len(rows):
                out[rows] = self._within(union[rows], (passes[rows] - epoch)[:, None], beta, growth)
            self._pass_on(beta, growth)
        return out

    def _at_rest(self) -> bool:
        """Whether all epochs to come, Σ w·δ^k = w/(1 − δ) of each pool, add less to every E than a digit of it."""
        with np.errstate(divide="ignore", invalid="ignore"):
            still = (self.weight / (1.0 - self.decay)).sum(axis=0) * self.fresh
        return not ((still > REST * self.E) | (still < 0)).any()

    def _epoch(self) -> tuple[Array, Array]:
        """β and the growth of E over the whole epoch that begins, (m, batch)."""
        worth = self.weight.sum(axis=0) + NEVER_NIL
        return (self.weight * self.utility).sum(axis=0) / worth, worth * self.fresh

    def _within(self, union: Array, part: Array, beta: Array, growth: Array) -> Array:
        """L after a part of the epoch."""
        return self.L[union] + beta[union] * (np.log(self.E[union] + part * growth[union]) - self.log[union])

    def _pass_on(self, beta: Array, growth: Array) -> None:
        """To the start of the next epoch."""
        self.E += growth
        log = np.log(self.E)
        self.L += beta * (log - self.log)
        self.log = log
        self.weight *= self.decay
