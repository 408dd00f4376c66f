"""Sums for laws of power terms: T = Σ s_k·exp(o_k + X_k u). One product and one GEMM for each pair of terms."""

from __future__ import annotations

import numpy as np

from pipeline.fitting.sums import Sums, factors
from pipeline.laws.compile import CompiledLaw
from pipeline.laws.law import Objective
from pipeline.laws.rows import Rows

Array = np.ndarray


class PowerTermContraction:
    """Laws that are sums of power terms: T = Σ s_k·exp(o_k + X_k u). One product and one GEMM for each pair of terms."""

    def __init__(self, law: CompiledLaw, rows: Rows) -> None:
        layout = law.layout["terms"]
        self.logs = tuple(layout["logs"])
        self.size = len(self.logs)
        with np.errstate(divide="ignore"):  # a column may be 0: its term is exp(-inf) = 0
            computed = law.call["features"]([rows.columns[c] for c in law.columns])
        values = [np.broadcast_to(np.asarray(v, float), (rows.n,)) for v in computed]
        self.terms = []
        for sign, places in zip(layout["signs"], layout["parameters"], strict=True):
            offset, features = values[0], np.stack(values[1 : 1 + len(places)] or [np.zeros(rows.n)], axis=1)
            values = values[1 + len(places) :]
            flat = bool(np.all(offset == offset[0]) and np.all(features == features[0])) if rows.n else False
            keep = slice(0, 1) if flat else slice(None)
            self.terms.append((float(sign), np.ascontiguousarray(offset[keep]), np.ascontiguousarray(features[keep]), places))
        self.pairs = [
            [(fk[:, :, None] * fl[:, None, :]).reshape(max(len(fk), len(fl)), -1) for _, _, fl, _ in self.terms[k:]]
            for k, (_, _, fk, _) in enumerate(self.terms)
        ]

    def _predicted(self, base: Array, n: int) -> tuple[list[Array], Array]:
        parts = []
        for sign, offset, features, places in self.terms:
            part = np.exp(base[:, places] @ features[:, : len(places)].T + offset)
            parts.append(part if sign > 0 else -part)
        wide = [p for p in parts if p.shape[1] == n]
        total = wide[0] + wide[1] if len(wide) > 1 else (wide[0] + 0.0 if wide else np.zeros((len(base), n)))
        for part in wide[2:]:
            total += part
        for part in parts:
            if part.shape[1] != n:
                total += part
        return parts, total

    def sums(self, base: Array, target: Array, weight: Array, objective: Objective, metric: bool = False) -> Sums:
        n = target.shape[-1]
        with np.errstate(all="ignore"):
            parts, total = self._predicted(base, n)
            found = factors(total, target, weight, objective, metric)
            if objective.space == "log":
                inverse = np.divide(1.0, total, out=total)
                parts = [part * inverse for part in parts]
        gradient = np.zeros((len(base), self.size))
        hessian = self._products(parts, found.c1, found.c2, gradient)
        above = None if found.above is None else self._products(parts, found.above, None, None)
        return found.value, gradient, hessian, above

    def _products(self, parts: list[Array], c1: Array, c2: Array | None, gradient: Array | None) -> Array:
        """Σ_n c1·∂T∂T + c2·∂²T (batch, P, P), and Σ_n c2·∂T into `gradient` on the way."""
        hessian = np.zeros((len(c1), self.size, self.size))
        for k, (_, _, fk, pk) in enumerate(self.terms):
            if not pk:
                continue
            scaled = c1 * parts[k]
            slope = None if c2 is None else c2 * parts[k]
            if gradient is not None and slope is not None:
                gradient[:, pk] += _contract(slope, fk)
            for step, (_, _, _, pl) in enumerate(self.terms[k:]):
                if not pl:
                    continue
                product = scaled * parts[k + step]
                if step == 0 and slope is not None:
                    product += slope
                block = _contract(product, self.pairs[k][step]).reshape(len(c1), len(pk), len(pl))
                hessian[:, np.array(pk)[:, None], np.array(pl)] += block
                if step:
                    hessian[:, np.array(pl)[:, None], np.array(pk)] += block.transpose(0, 2, 1)
        return hessian


def _contract(values: Array, features: Array) -> Array:
    """Σ_n values[b, n]·features[n, m]; one row of features stands for all."""
    if len(features) == 1 and values.shape[1] != 1:
        return values.sum(axis=1)[:, None] * features
    return values @ features
