"""Which rows are summed together, over which parameters, and by which backend."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.fitting.numerics.dense_sums import DenseContraction
from pipeline.fitting.numerics.power_term_sums import PowerTermContraction
from pipeline.fitting.numerics.sums import Contraction, Sums
from pipeline.laws.engine.compile import CompiledLaw
from pipeline.laws.engine.rows import Rows

Array = np.ndarray
BLOCK = 512
"""Rows that are summed at once. Fixed, because the order of summation is part of a draw's last bit; memory follows it."""
ALIKE = 8
"""Rows from which those that draw from the same pools are summed apart; the fewer go together."""
MANY = 48
"""Parameter vectors from which arrays cost more than calls, so that blocks by pools are the faster ones, as measured."""
LEAST = 8
"""Parameter vectors that are always summed together."""


@dataclass(frozen=True)
class Block:
    """Rows that are summed at once: which they are, the backend, and the columns of theta that they feel where not all."""

    rows: slice | Array
    backend: Contraction
    feels: Array | None = None

    def pieces(self, batch: int) -> list[slice]:
        """A batch cut into pieces of which the backend holds no more than serves it."""
        rows = self.rows.stop - self.rows.start if isinstance(self.rows, slice) else len(self.rows)
        step = max(self.backend.piece // max(rows, 1), LEAST)
        return [slice(at, at + step) for at in range(0, batch, step)]

    def felt(self, base: Array) -> Array:
        """The columns of theta that the backend reads."""
        return base if self.feels is None else base[:, self.feels]

    def add(self, total: Sums, piece: slice, sums: Sums) -> None:
        """Adds what was found for a piece of the batch to the totals, in place."""
        for k, (whole, part) in enumerate(zip(total, sums, strict=True)):
            if whole is None or part is None:
                continue
            if self.feels is None or k == 0:
                whole[piece] += part
            elif k == 1:
                whole[piece, self.feels] += part
            else:
                whole[piece, self.feels[:, None], self.feels] += part


def blocks(law: CompiledLaw, rows: Rows) -> list[Block]:
    """The rows in blocks, in their order."""
    parts = [slice(i, min(i + BLOCK, rows.n)) for i in range(0, rows.n, BLOCK)]
    return [Block(part, contraction(law, rows.take(np.arange(part.start, part.stop)))) for part in parts]


def blocks_by_pools(law: CompiledLaw, rows: Rows) -> list[Block]:
    """The rows of a law over pools by the pools that they draw from, so that each block feels few parameters."""
    if rows.members is None or not law.pooled:
        return []
    alike = _alike(rows.members["share"] > 0)
    return [_of_pools(law, rows, at[i : i + BLOCK], drawn) for at, drawn in alike for i in range(0, len(at), BLOCK)]


def _alike(present: Array) -> list[tuple[Array, Array]]:
    """Rows (indices) that draw from the same pools, and those pools; rows of rare sets of pools go together."""
    patterns, pattern, count = np.unique(present, axis=0, return_inverse=True, return_counts=True)
    pattern = np.where(count >= ALIKE, np.arange(len(patterns)), -1)[pattern.ravel()]
    groups = [np.flatnonzero(pattern == k) for k in np.unique(pattern)]
    return [(at, np.flatnonzero(present[at].any(axis=0))) for at in groups]


def _of_pools(law: CompiledLaw, rows: Rows, at: Array, drawn: Array) -> Block:
    """The block of some rows, which draw from some pools alone."""
    some = rows.take(at)
    members = {name: values[:, drawn] for name, values in (some.members or {}).items()}
    few = Rows(some.columns, members, tuple(rows.pools[k] for k in drawn), some.n)
    shared = len(law.shared)
    feels = [shared + j * len(rows.pools) + drawn for j in range(len(law.pooled))]
    return Block(at, contraction(law, few), np.concatenate([np.arange(shared), *feels]))


def contraction(law: CompiledLaw, rows: Rows) -> Contraction:
    """The fastest backend that the law allows; power terms are exponentials of logarithms: every column of theirs is positive."""
    signed = any((values <= 0).any() for values in rows.columns.values())
    return PowerTermContraction(law, rows) if "terms" in law.layout and not signed else DenseContraction(law, rows)
