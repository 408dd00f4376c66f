"""Sums over observations of a misfit's value, gradient and Hessian, for a batch of parameter vectors at once.

With T the prediction, r its residual and slope, curvature those of the misfit, all sums have the form
Σ_n weight·(c1·∂_i T·∂_j T + c2·∂_i∂_j T). Three backends give them: power terms (small GEMMs), dense derivatives, and pools.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from pipeline.fitting import objective as misfit
from pipeline.laws.compile import CompiledLaw
from pipeline.laws.law import Objective
from pipeline.laws.rows import Rows

Array = np.ndarray
Sums = tuple[Array, Array, Array, Array | None]


def residuals(predicted: Array, target: Array, objective: Objective) -> Array:
    """ln predicted − target (log space, target = ln observed) or predicted − target; impossible predictions are infinite."""
    with np.errstate(all="ignore"):
        out = np.log(predicted) - target if objective.space == "log" else predicted - target
    return np.where(np.isfinite(out), out, np.inf)


@dataclass
class _Factors:
    """value (batch,); c1, c2 (batch, n) of ∂T∂T and ∂²T; above (batch, n) of ∂T∂T in the metric, where that is wanted.

    T is the prediction, or in log space the prediction divided by itself.
    """

    value: Array
    c1: Array
    c2: Array
    above: Array | None


def _factors(predicted: Array, target: Array, weight: Array, objective: Objective, metric: bool) -> _Factors:
    residual = residuals(predicted, target, objective)
    value, slope, curvature = misfit.derivatives(residual, objective)
    weight = weight * misfit.side(residual, objective)
    value = np.einsum("bn,bn->b", *np.broadcast_arrays(value, weight))
    if objective.space == "log":
        curvature -= slope
    slope *= weight
    curvature *= weight
    return _Factors(value, curvature, slope, misfit.majorant(residual, objective) * weight if metric else None)


class Contraction(Protocol):
    """One backend over one block of rows."""

    logs: tuple[bool, ...]

    def sums(self, base: Array, target: Array, weight: Array, objective: Objective, metric: bool = False) -> Sums:
        """value (batch,), gradient (batch, P), Hessian and, where wanted, metric (batch, P, P) in base coordinates."""
        ...


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
            factors = _factors(total, target, weight, objective, metric)
            if objective.space == "log":
                inverse = np.divide(1.0, total, out=total)
                parts = [part * inverse for part in parts]
        gradient = np.zeros((len(base), self.size))
        hessian = self._products(parts, factors.c1, factors.c2, gradient)
        above = None if factors.above is None else self._products(parts, factors.above, None, None)
        return factors.value, gradient, hessian, above

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


class DenseContraction:
    """Any law: derivatives as (batch, P, n) arrays, pools chained in numbers."""

    def __init__(self, law: CompiledLaw, rows: Rows) -> None:
        self.law, self.rows = law, rows
        self.size = len(law.index(rows.pools))
        self.logs = (False,) * self.size
        self.columns = [rows.columns[c] for c in law.columns]
        self.evaluators = law.whole_evaluators(rows)

    def _inner(self, base: Array) -> tuple[list[Array], Array, list[tuple[Array, list[int], list[Array]]]]:
        """S_j (batch, n), ∂S_j (sums, batch, P, n), and the second derivatives of each pool where they are."""
        pool_sums, n = self.law.layout["sums"], self.rows.n
        count = pool_sums + len(self.law.layout["wholes"])
        totals = [np.zeros((len(base), n)) for _ in range(pool_sums)]
        slopes = np.zeros((count, len(base), self.size, n)) if count else np.zeros((0, 1, 1, 1))
        seconds = []
        for k, (at, arguments) in enumerate(self.law.pool_parts(base, self.rows)):
            values, first, second = self.law.call["inner_all"](*arguments)
            place = self.law.columns_of_pool(k, len(self.rows.pools))
            for total, part in zip(totals, values, strict=True):
                total[:, at] += part
            for (j, i), part in zip(self.law.layout["inner"]["first"], first, strict=True):
                slopes[j][:, place[i], at] += part
            seconds.append((at, place, second))
        return totals, slopes, seconds

    def _wholes(self, base: Array, totals: list[Array], slopes: Array) -> list[tuple[int, Any, list[Array], list[int]]]:
        """Adds value and slopes of the whole functions of the pools, which stand after the pool sums."""
        found = []
        parts = self.law.whole_parts(base, self.rows, self.evaluators)
        for j, (part, levels, place) in enumerate(parts, self.law.layout["sums"]):
            total, slope = part.gradient(*levels)
            totals.append(total)
            slopes[j][:, place] = slope
            found.append((j, part, levels, place))
        return found

    def sums(self, base: Array, target: Array, weight: Array, objective: Objective, metric: bool = False) -> Sums:
        batch, n, shared = len(base), self.rows.n, len(self.law.shared)
        levels = [base[:, i : i + 1] for i in range(shared)]
        with np.errstate(all="ignore"):
            totals, slopes, seconds = self._inner(base)
            wholes = self._wholes(base, totals, slopes)
            (predicted,), first, second = self.law.call["outer_all"](levels, totals, self.columns)
            predicted = np.broadcast_to(predicted, (batch, n))
            factors = _factors(predicted, target, weight, objective, metric)
            c1, c2, above = factors.c1, factors.c2, factors.above
            if objective.space == "log":
                c1, c2 = c1 / predicted**2, c2 / predicted
                above = None if above is None else above / predicted**2
            jacobian = np.zeros((batch, self.size, n))
            chain: dict[int, Array] = {}
            for (_, i), part in zip(self.law.layout["outer"]["first"], first, strict=True):
                if i < shared:
                    jacobian[:, i] += part
                else:
                    chain[i - shared] = np.broadcast_to(part, (batch, n))
                    jacobian += chain[i - shared][:, None] * slopes[i - shared]
            gradient = (jacobian @ c2[:, :, None])[..., 0]
            hessian = (jacobian * c1[:, None]) @ jacobian.transpose(0, 2, 1)
            hull = None if above is None else self._metric(hessian, jacobian, above, objective)
            self._outer_second(hessian, slopes, c2, second)
            self._inner_second(hessian, chain, c2, seconds)
            for j, part, levels, place in wholes:
                if j in chain:
                    hessian[:, np.array(place)[:, None], place] += part.second(*levels, c2 * chain[j])
        return factors.value, gradient, hessian, hull

    @staticmethod
    def _metric(gauss_newton: Array, jacobian: Array, above: Array, objective: Objective) -> Array:
        """Σ_n above·∂T∂T: the Gauss-Newton part of the Hessian itself, where the loss is quadratic."""
        if objective.loss == "l2" and objective.space == "linear":
            return gauss_newton.copy()
        return (jacobian * above[:, None]) @ jacobian.transpose(0, 2, 1)

    def _outer_second(self, hessian: Array, slopes: Array, c2: Array, second: list[Array]) -> None:
        """Adds Σ_n c2·∂²outer, through the shared parameters and through the pool sums."""
        shared = len(self.law.shared)
        for (_, i, j), part in zip(self.law.layout["outer"]["second"], second, strict=True):
            factor = c2 * part
            if j < shared:
                total = factor.sum(axis=1)
                hessian[:, i, j] += total
                if i != j:
                    hessian[:, j, i] += total
            elif i < shared:
                total = (slopes[j - shared] @ factor[:, :, None])[..., 0]
                hessian[:, i, :] += total
                hessian[:, :, i] += total
            else:
                block = (slopes[i - shared] * factor[:, None]) @ slopes[j - shared].transpose(0, 2, 1)
                hessian += block if i == j else block + block.transpose(0, 2, 1)

    def _inner_second(self, hessian: Array, chain: dict[int, Array], c2: Array, seconds: list) -> None:
        """Adds Σ_n c2·∂outer/∂S_j·∂²S_j, pool by pool."""
        for at, place, second in seconds:
            factors = {j: c2[:, at] * part[:, at] for j, part in chain.items()}
            for (j, i, m), part in zip(self.law.layout["inner"]["second"], second, strict=True):
                if j not in factors:
                    continue
                total = (factors[j] * part).sum(axis=1)
                hessian[:, place[i], place[m]] += total
                if i != m:
                    hessian[:, place[m], place[i]] += total


def contraction(law: CompiledLaw, rows: Rows) -> Contraction:
    """The fastest backend that the law allows; power terms are exponentials of logarithms, so their columns may not be negative."""
    signed = any((values < 0).any() for values in rows.columns.values())
    return PowerTermContraction(law, rows) if "terms" in law.layout and not signed else DenseContraction(law, rows)
