"""Growth of a mixture's effective data, and the utility that each part of it had: the whole function of `effective_data`.

A run passes a pool of u_i unique samples every L_i = u_i/w_i samples. In the epoch k_i of pool i a sample of it is worth
δ_i^k_i = 2^(−k_i·ρ_i/τ_i), ρ_i = w_i·size_i/u_i. Between two epoch ends of any pool all weights are constant; such a segment s
of ℓ_s samples has D_s = Σ w_i·δ_i^k_i, B_s = Σ w_i·b_i·δ_i^k_i, E_s = (a/1e5)·Σ_{t≤s} ℓ_t·D_t, and the function is
    L = Σ_s (B_s/D_s)·(ln E_s − ln E_{s−1}), the first segment counting ln E_0 itself.
For p equal pools drawn uniformly this is the authors' aggregation, for one pool ln y = b·ln n_eff.
"""

from __future__ import annotations

import numpy as np

from pipeline.laws.engine.path_segments import distinct
from pipeline.laws.engine.path_walk import Array, Walk
from pipeline.laws.engine.single_pools import SinglePools
from pipeline.laws.law import pool_function


class effective_path(pool_function):
    """L(data_seen, share, unique, size, a, b, tau): ln of the reducible error after `data_seen` samples of a mixture."""

    nargs = (7,)

    def _latex(self, printer: object, exp: str | None = None) -> str:  # noqa: ARG002 - SymPy's signature
        text = (
            r"\sum_s \frac{\sum_i w_i b_i \delta_i^{k_{is}}}{\sum_i w_i \delta_i^{k_{is}}} \ln\frac{E_s}{E_{s-1}},\ "
            r"E_s = \frac{a}{10^5}\sum_{t \le s} \ell_t \sum_i w_i \delta_i^{k_{it}}"
        )
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"


class EffectivePath:
    """L with its derivatives in (a, b, τ), a (batch, 1), b and τ (batch, K): rows that draw from the same pools go together.

    So do all rows that draw from one pool each.
    """

    def __init__(self, data_seen: Array, share: Array, unique: Array, size: Array) -> None:
        self.rows, self.pools = share.shape
        patterns, pattern = distinct(share > 0)
        self.walks: list[tuple[Array, Walk]] = []
        single = np.flatnonzero(patterns.sum(axis=1) == 1)
        if len(single) > 1:
            at = np.flatnonzero(np.isin(pattern, single))
            pool = (share[at] > 0).argmax(axis=1)
            self.walks.append((at, SinglePools(data_seen[at], share[at, pool], unique[at, pool], size[at, pool], pool)))
        for i, present in enumerate(patterns):
            at, drawn = np.flatnonzero(pattern == i), np.flatnonzero(present)
            cut = np.ix_(at, drawn)
            if len(drawn) > (len(single) > 1):
                self.walks.append((at, Walk(data_seen[at], share[cut], unique[cut], size[cut], drawn)))

    def value(self, a: Array, b: Array, tau: Array) -> Array:
        """L, (batch, rows)."""
        out = np.zeros((len(a), self.rows))
        for at, walk in self.walks:
            out[:, at] = walk.value(a, walk.own(b), walk.own(tau))
        return out

    def at(self, a: Array, b: Array, tau: Array) -> PathAt:
        """L and its derivatives at these parameters."""
        return PathAt(self, a, b, tau)


class PathAt:
    """L (batch, rows) at some parameters, its slope (batch, 1 + 2K, rows), and what its second derivatives are made from."""

    def __init__(self, path: EffectivePath, a: Array, b: Array, tau: Array) -> None:
        size = 1 + 2 * path.pools
        self.value, self.slope, self.parts = np.zeros((len(a), path.rows)), np.zeros((len(a), size, path.rows)), []
        for at, walk in path.walks:
            levels = a, walk.own(b), walk.own(tau)
            slopes = walk.slopes(*levels)
            self.value[:, at], self.slope[:, walk.place(path.pools), at] = walk.gradient(slopes)
            self.parts.append((at, walk, slopes, levels))

    def second(self, factor: Array) -> Array:
        """Σ_rows factor·∂²L, (batch, 1 + 2K, 1 + 2K); factor is (batch, rows)."""
        total = np.zeros((len(self.value), self.slope.shape[1], self.slope.shape[1]))
        for at, walk, slopes, levels in self.parts:
            walk.add_second(total, slopes, *levels, factor[:, at])
        return total
