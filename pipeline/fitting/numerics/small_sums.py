"""Sums for laws of power terms over small batches: few, fused array operations, whose number no longer grows with the terms.

A search near its end, an audit and a held-out fit step a handful of parameter vectors: what costs there is the number of array
operations, not their length. Large batches go by the GEMMs of `power_term_sums`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.fitting.numerics.sums import Sums, weights
from pipeline.laws.law import Objective

Array = np.ndarray


class SmallBatches:
    """One block of rows of a law of power terms; its slots are the (term, parameter) pairs.

    signs (terms,), offsets and features: of each term (rows,) and (m, rows); places: the columns of theta that they belong to.
    """

    def __init__(
        self, signs: Sequence[float], offsets: Sequence[Array], features: Sequence[Array], places: Sequence[list[int]], size: int
    ) -> None:
        self.size, n, terms = size, offsets[0].shape[-1], len(signs)
        self.owner = np.repeat(np.arange(terms), [len(p) for p in places])
        slot = np.concatenate([np.asarray(p, int) for p in places])
        self.features = np.concatenate(list(features))
        exponents = np.zeros((size, terms, n))
        for k, i, row in zip(self.owner, slot, self.features, strict=True):
            exponents[i, k] += row
        self.exponents = exponents.reshape(size, -1)
        offset = np.concatenate(list(offsets))
        self.offset = offset if offset.any() else None
        self.sign = None if min(signs) > 0 else np.array(signs)[:, None]
        self.slots = np.eye(size)[slot]
        self.pairs = np.einsum("ap,bq->abpq", self.slots, self.slots).reshape(-1, size * size)
        same = (self.owner[:, None] == self.owner[None, :]).reshape(-1)
        self.curved = self.pairs * same[:, None]
        self.moments = np.ascontiguousarray(self.features.T)

    def sums(self, base: Array, target: Array, weight: Array, objective: Objective, metric: bool = False) -> Sums:
        """What `Contraction.sums` says."""
        batch, n = len(base), target.shape[-1]
        with np.errstate(all="ignore"):
            parts = base @ self.exponents
            if self.offset is not None:
                parts += self.offset
            parts = np.exp(parts, out=parts).reshape(batch, -1, n)
            if self.sign is not None:
                parts *= self.sign
            total = parts.sum(axis=1)
            value, c1, c2, above = weights(total, target, weight, objective, metric)
            slopes = parts.take(self.owner, axis=1)
            slopes *= self.features
            sloped = slopes * c2[:, None]
            gradient = sloped.sum(axis=-1) @ self.slots
            across = slopes.transpose(0, 2, 1)
            hessian = ((slopes * c1[:, None]) @ across).reshape(batch, -1) @ self.pairs
            hessian += (sloped @ self.moments).reshape(batch, -1) @ self.curved
            hull = None if above is None else ((slopes * above[:, None]) @ across).reshape(batch, -1) @ self.pairs
        square = (batch, self.size, self.size)
        return value, gradient, hessian.reshape(square), None if hull is None else hull.reshape(square)
