"""Sums for any law: derivatives as (batch, P, n) arrays, pools chained in numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.fitting.numerics.sums import Sums, weights
from pipeline.laws.engine.compile import CompiledLaw
from pipeline.laws.engine.rows import Rows, filled
from pipeline.laws.law import Objective

Array = np.ndarray
FORMULA, SUMS = 4096, 8192
"""Entries that are summed at once, as measured: a formula of fifty intermediate arrays has them all in the cache then, and the
system is not asked for their memory anew at each call. Sums over pools have fewer arrays, and more calls."""


class DenseContraction:
    """Any law: derivatives as (batch, P, n) arrays, pools chained in numbers."""

    def __init__(self, law: CompiledLaw, rows: Rows) -> None:
        self.law, self.rows = law, rows
        self.piece = SUMS if law.pooled else FORMULA
        self.size = len(law.index(rows.pools))
        self.logs = (False,) * self.size
        self.columns = [rows.columns[c] for c in law.columns]
        self.evaluators = law.whole_evaluators(rows)
        self.pools = law.pool_rows(rows)

    def _inner(self, base: Array) -> tuple[list[Array], Array, list[tuple[Array, list[int], list[Array]]]]:
        """S_j (batch, n), ∂S_j (sums, batch, P, n), and the second derivatives of each pool where they are."""
        pool_sums, n = self.law.layout["sums"], self.rows.n
        count = pool_sums + len(self.law.layout["wholes"])
        totals = [np.zeros((len(base), n)) for _ in range(pool_sums)]
        slopes = np.zeros((count, len(base), self.size, n)) if count else np.zeros((0, 1, 1, 1))
        seconds = []
        for at, place, given in self.pools:
            values, first, second = self.law.call["inner_all"](*self.law.inner_arguments(base, place, given))
            for total, part in zip(totals, values, strict=True):
                total[:, at] += part
            for (j, i), part in zip(self.law.layout["inner"]["first"], first, strict=True):
                slopes[j][:, place[i], at] += part
            seconds.append((at, place, second))
        return totals, slopes, seconds

    def _wholes(self, base: Array, totals: list[Array], slopes: Array) -> list[tuple[int, Any, list[int]]]:
        """Adds value and slopes of the whole functions of the pools, which stand after the pool sums."""
        found = []
        parts = self.law.whole_parts(base, self.rows, self.evaluators)
        for j, (part, levels, place) in enumerate(parts, self.law.layout["sums"]):
            at = part.at(*levels)
            totals.append(at.value)
            slopes[j][:, place] = at.slope
            found.append((j, at, place))
        return found

    def sums(self, base: Array, target: Array, weight: Array, objective: Objective, metric: bool = False) -> Sums:
        batch, n, shared = len(base), self.rows.n, len(self.law.shared)
        levels = [base[:, i : i + 1] for i in range(shared)]
        with np.errstate(all="ignore"):
            totals, slopes, seconds = self._inner(base)
            wholes = self._wholes(base, totals, slopes)
            (predicted,), first, second = self.law.call["outer_all"](levels, totals, self.columns)
            predicted = filled(predicted, (batch, n))
            value, c1, c2, above = weights(predicted, target, weight, objective, metric)
            jacobian = np.zeros((batch, self.size, n))
            chain: dict[int, Array] = {}
            for (_, i), part in zip(self.law.layout["outer"]["first"], first, strict=True):
                if i < shared:
                    jacobian[:, i] += part
                else:
                    chain[i - shared] = filled(part, (batch, n))
                    jacobian += chain[i - shared][:, None] * slopes[i - shared]
            gradient = (jacobian @ c2[:, :, None])[..., 0]
            hessian = (jacobian * c1[:, None]) @ jacobian.transpose(0, 2, 1)
            hull = None if above is None else self._metric(hessian, jacobian, above, objective)
            self._outer_second(hessian, slopes, c2, second)
            self._inner_second(hessian, chain, c2, seconds)
            for j, at, place in wholes:
                if j in chain:
                    hessian[:, np.array(place)[:, None], place] += at.second(c2 * chain[j])
        return value, gradient, hessian, hull

    @staticmethod
    def _metric(gauss_newton: Array, jacobian: Array, above: Array, objective: Objective) -> Array:
        """Σ_n above·∂T∂T: the Gauss-Newton part of the Hessian itself, where the loss is quadratic."""
        if objective.loss == "l2" and objective.space == "linear":
            return gauss_newton.copy()
        return (jacobian * above[:, None]) @ jacobian.transpose(0, 2, 1)

    def _outer_second(self, hessian: Array, slopes: Array, c2: Array, second: list[Array]) -> None:
        """Adds Σ_n c2·∂²outer, through the shared parameters and through the pool sums."""
        shared, whole = len(self.law.shared), c2.sum(axis=1)
        for (_, i, j), part in zip(self.law.layout["outer"]["second"], second, strict=True):
            if j < shared:
                total = np.vecdot(c2, part) if np.shape(part)[-1:] == c2.shape[1:] else whole * np.reshape(part, -1)
                hessian[:, i, j] += total
                if i != j:
                    hessian[:, j, i] += total
                continue
            factor = c2 * part
            if i < shared:
                total = (slopes[j - shared] @ factor[:, :, None])[..., 0]
                hessian[:, i, :] += total
                hessian[:, :, i] += total
            else:
                block = (slopes[i - shared] * factor[:, None]) @ slopes[j - shared].transpose(0, 2, 1)
                hessian += block if i == j else block + block.transpose(0, 2, 1)

    def _inner_second(self, hessian: Array, chain: dict[int, Array], c2: Array, seconds: list[Any]) -> None:
        """Adds Σ_n c2·∂outer/∂S_j·∂²S_j, pool by pool."""
        for at, place, second in seconds:
            factors = {j: c2[:, at] * part[:, at] for j, part in chain.items()}
            for (j, i, m), part in zip(self.law.layout["inner"]["second"], second, strict=True):
                if j not in factors:
                    continue
                total = np.vecdot(factors[j], filled(part, factors[j].shape))
                hessian[:, place[i], place[m]] += total
                if i != m:
                    hessian[:, place[m], place[i]] += total
