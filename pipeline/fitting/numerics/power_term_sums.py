"""Sums for laws of power terms: T = Σ s_k·exp(o_k + X_k u). A product and a small GEMM for each pair of terms.

A gradient entry of such a law is a (theta × row) term times a row-only feature, so no derivative array is ever built. Terms
without a row (the irreducible loss) stay one number a theta and cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.fitting.numerics.small_sums import SmallBatches
from pipeline.fitting.numerics.sums import Sums, weights
from pipeline.laws.engine.compile import CompiledLaw
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Objective

Array = np.ndarray
FEW = 4
SMALL = 4096
"""Entries (batch × rows) up to which fused operations are faster than a GEMM a pair of terms, as measured."""


@dataclass(frozen=True)
class _Term:
    """One term: sign, offset (rows,), features (m, rows) of the parameters at `places`; flat where no row differs."""

    sign: float
    offset: Array
    features: Array
    places: list[int]
    flat: bool

    def value(self, base: Array) -> Array:
        """(batch, n), or (batch, 1) for a flat term."""
        if not self.places:
            return np.broadcast_to(self.sign * np.exp(self.offset), (len(base), len(self.offset)))
        part = base[:, self.places] @ self.features
        if self.offset.any():
            part += self.offset
        np.exp(part, out=part)
        return part if self.sign > 0 else np.negative(part, out=part)


class PowerTermContraction:
    """One block of rows of a law of power terms."""

    piece = 32768

    def __init__(self, law: CompiledLaw, rows: Rows) -> None:
        layout = law.layout["terms"]
        self.logs = tuple(layout["logs"])
        self.size = len(self.logs)
        values = [
            np.broadcast_to(np.asarray(v, float), (rows.n,)) for v in law.call["features"]([rows.columns[c] for c in law.columns])
        ]
        self.terms: list[_Term] = []
        for sign, places in zip(layout["signs"], layout["parameters"], strict=True):
            offset, features = values[0], np.array(values[1 : 1 + len(places)]).reshape(len(places), rows.n)
            values = values[1 + len(places) :]
            flat = rows.n > 0 and bool(np.ptp(offset) == 0 and (not places or np.all(np.ptp(features, axis=1) == 0)))
            keep = slice(0, 1) if flat else slice(None)
            self.terms.append(_Term(float(sign), offset[keep].copy(), np.ascontiguousarray(features[:, keep]), places, flat))
        self.gradient_map = np.zeros((sum(len(t.places) for t in self.terms), self.size))
        self.gradient_map[np.arange(len(self.gradient_map)), [p for t in self.terms for p in t.places]] = 1.0
        self.pairs = [(k, m) for k in range(len(self.terms)) for m in range(k, len(self.terms))]
        self.products, self.hessian_map = self._monomials()
        signs, places = [t.sign for t in self.terms], [t.places for t in self.terms]
        offsets = [np.broadcast_to(t.offset, (rows.n,)) for t in self.terms]
        wide = [np.broadcast_to(t.features, (len(t.places), rows.n)) for t in self.terms]
        self.small = SmallBatches(signs, offsets, wide, places, self.size)

    def _monomials(self) -> tuple[dict[tuple[int, int], Array], Array]:
        """Feature products (entries, rows) of each pair of terms, and the map (entries, P·P) of where they belong."""
        products: dict[tuple[int, int], Array] = {}
        targets: list[Array] = []
        for k, m in self.pairs:
            one, other, columns = self.terms[k], self.terms[m], []
            for i, p in enumerate(one.places):
                for j, q in enumerate(other.places):
                    if k == m and j < i:
                        continue
                    columns.append(one.features[i] * other.features[j])
                    target = np.zeros((self.size, self.size))
                    target[p, q] += 1.0
                    if not (k == m and i == j):
                        target[q, p] += 1.0
                    targets.append(target.reshape(-1))
            products[k, m] = np.array(columns) if columns else np.zeros((0, 1))
        return products, np.array(targets).reshape(-1, self.size * self.size)

    def sums(self, base: Array, target: Array, weight: Array, objective: Objective, metric: bool = False) -> Sums:
        n = target.shape[-1]
        if len(base) * n <= SMALL:
            return self.small.sums(base, target, weight, objective, metric)
        with np.errstate(all="ignore"):
            parts = [t.value(base) for t in self.terms]
            total = _total(parts, len(base), n)
            value, c1, c2, above = weights(total, target, weight, objective, metric)
            sloped = [None if t.flat else c2 * part for part, t in zip(parts, self.terms, strict=True)]
            gradient = self._gradient(parts, sloped, c2)
            hessian = self._hessian(parts, sloped, c1, c2)
            hull = None if above is None else self._hessian(parts, sloped, above, None)
        return value, gradient, hessian, hull

    def _gradient(self, parts: list[Array], sloped: list[Array | None], c2: Array) -> Array:
        """Σ_n c2·∂T (batch, P)."""
        pieces = [_contract(c2, part, slope, term) for part, slope, term in zip(parts, sloped, self.terms, strict=True)]
        return np.hstack(pieces) @ self.gradient_map

    def _hessian(self, parts: list[Array], sloped: list[Array | None], c1: Array, c2: Array | None) -> Array:
        """Σ_n c1·∂T∂T + c2·∂²T (batch, P, P)."""
        scaled = [None if t.flat else c1 * part for part, t in zip(parts, self.terms, strict=True)]
        pieces = [self._pair(k, m, parts, scaled, sloped, c1, c2) for k, m in self.pairs]
        return (np.hstack(pieces) @ self.hessian_map).reshape(len(c1), self.size, self.size)

    def _pair(
        self,
        k: int,
        m: int,
        parts: list[Array],
        scaled: list[Array | None],
        sloped: list[Array | None],
        c1: Array,
        c2: Array | None,
    ) -> Array:
        """Σ_n (c1·T_k·T_m, + c2·T_k where k = m) × feature products, (batch, entries)."""
        features, one, other, slope = self.products[k, m], scaled[k], scaled[m], sloped[k]
        if not len(features):
            return np.zeros((len(c1), 0))
        if one is not None and other is not None:
            product = one * parts[m]
            if k == m and c2 is not None:
                product += slope
            return _moments(product, features)
        if one is not None:
            return _moments(one, features) * parts[m]
        if other is not None:
            return _moments(other, features) * parts[k]
        number = c1.sum(axis=1, keepdims=True) * parts[k] * parts[m]
        if k == m and c2 is not None:
            number += c2.sum(axis=1, keepdims=True) * parts[k]
        return number * features[:, 0]


def _total(parts: list[Array], batch: int, n: int) -> Array:
    """The sum of the terms (batch, n), flat ones first: they cost nothing."""
    first, *rest = sorted(parts, key=lambda p: p.shape[1])
    if not rest:
        return np.array(np.broadcast_to(first, (batch, n)))
    total = np.array(np.broadcast_to(first + rest[0], (batch, n)))
    for part in rest[1:]:
        total += part
    return total


def _contract(c2: Array, part: Array, slope: Array | None, term: _Term) -> Array:
    """Σ_n c2·T·features (batch, m)."""
    if not term.places:
        return np.zeros((len(c2), 0))
    if slope is None:
        return c2.sum(axis=1, keepdims=True) * part * term.features[:, 0]
    return _moments(slope, term.features)


def _moments(array: Array, features: Array) -> Array:
    """Σ_n array·features (batch, m) of (batch, n) and (m, n); for few features dot products, which no GEMM packs first."""
    return np.vecdot(array[:, None], features) if len(features) < FEW else array @ features.T
