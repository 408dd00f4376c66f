"""Growth of a mixture's effective data, and the utility that each part of it had: the whole function of `effective_data`.

A run passes a pool of u_i unique samples every L_i = u_i/w_i samples. In the epoch k_i of pool i a sample of it is worth
δ_i^k_i = 2^(−k_i·ρ_i/τ_i), ρ_i = w_i·size_i/u_i. Between two epoch ends of any pool all weights are constant; such a segment s
of ℓ_s samples has D_s = Σ w_i·δ_i^k_i, B_s = Σ w_i·b_i·δ_i^k_i, E_s = (a/1e5)·Σ_{t≤s} ℓ_t·D_t, and the function is
    L = Σ_s (B_s/D_s)·(ln E_s − ln E_{s−1}), the first segment counting ln E_0 itself.
For p equal pools drawn uniformly this is the authors' aggregation, for one pool ln y = b·ln n_eff.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.laws.engine.path_segments import chains
from pipeline.laws.law import pool_function

Array = np.ndarray
LN2 = float(np.log(2.0))
NORMALISER = 1e5
NEVER_NIL = 1e-300
"""Added to D, so that β is a number where every weight has underflown: then nothing grows any more."""
CELLS = 4_000_000
"""Weights (batch × segments × pools) held at a time: some hundred megabytes with what is made of them."""


class effective_path(pool_function):
    """L(data_seen, share, unique, size, a, b, tau): ln of the reducible error after `data_seen` samples of a mixture."""

    nargs = (7,)

    def _latex(self, printer: object, exp: str | None = None) -> str:  # noqa: ARG002 - SymPy's signature
        text = (
            r"\sum_s \frac{\sum_i w_i b_i \delta_i^{k_{is}}}{\sum_i w_i \delta_i^{k_{is}}} \ln\frac{E_s}{E_{s-1}},\ "
            r"E_s = \frac{a}{10^5}\sum_{t \le s} \ell_t \sum_i w_i \delta_i^{k_{it}}"
        )
        return text if exp is None else rf"\left({text}\right)^{{{exp}}}"


@dataclass(frozen=True)
class _State:
    """Everything at one theta: B, D, E, growth = Δ ln E (batch, segments), weight = δ^k·w, rate = k·ln2·ρ (segments, K)."""

    B: Array
    D: Array
    E: Array
    growth: Array
    weight: Array


@dataclass(frozen=True)
class _Slopes:
    """The state and its slopes: ∂B/D, ∂D, ∂ln E, β = B/D and ∂β, each (batch, 1 + 2K, segments), in the order a, b, τ."""

    at: _State
    dD: Array
    dl: Array
    beta: Array
    slope: Array


class EffectivePath:
    """L with its derivatives in (a, b, τ), a (batch, 1), b and τ (batch, K): rows that draw from the same pools go together."""

    def __init__(self, data_seen: Array, share: Array, unique: Array, size: Array) -> None:
        self.rows, self.pools = share.shape
        patterns, pattern = np.unique(share > 0, axis=0, return_inverse=True)
        self.walks = []
        for i, present in enumerate(patterns):
            at, drawn = np.flatnonzero(pattern.ravel() == i), np.flatnonzero(present)
            cut = np.ix_(at, drawn)
            if len(drawn):
                self.walks.append((at, drawn, _Walk(data_seen[at], share[cut], unique[cut], size[cut])))

    def value(self, a: Array, b: Array, tau: Array) -> Array:
        """L, (batch, rows)."""
        out = np.zeros((len(a), self.rows))
        for at, drawn, walk in self.walks:
            out[:, at] = walk.value(a, b[:, drawn], tau[:, drawn])
        return out

    def at(self, a: Array, b: Array, tau: Array) -> PathAt:
        """L and its derivatives at these parameters."""
        return PathAt(self, a, b, tau)


class PathAt:
    """L (batch, rows) at some parameters, its slope (batch, 1 + 2K, rows), and what its second derivatives are made from."""

    def __init__(self, path: EffectivePath, a: Array, b: Array, tau: Array) -> None:
        size = 1 + 2 * path.pools
        self.value, self.slope, self.parts = np.zeros((len(a), path.rows)), np.zeros((len(a), size, path.rows)), []
        for at, drawn, walk in path.walks:
            place = np.concatenate([[0], 1 + drawn, 1 + path.pools + drawn])
            levels = a, b[:, drawn], tau[:, drawn]
            slopes = walk.slopes(*levels)
            self.value[:, at], self.slope[:, place[:, None], at] = walk.gradient(slopes)
            self.parts.append((at, place, walk, slopes, levels))

    def second(self, factor: Array) -> Array:
        """Σ_rows factor·∂²L, (batch, 1 + 2K, 1 + 2K); factor is (batch, rows)."""
        total = np.zeros((len(self.value), self.slope.shape[1], self.slope.shape[1]))
        for at, place, walk, slopes, levels in self.parts:
            total[:, place[:, None], place] += walk.second(slopes, *levels, factor[:, at])
        return total


class _Walk:
    """Rows that all draw from all of their K pools. Rows of the same mixture are ends along one chain of segments."""

    def __init__(self, data_seen: Array, share: Array, unique: Array, size: Array) -> None:
        self.pools = share.shape[1]
        mixtures, chain = np.unique(np.concatenate([share, unique, size], axis=1), axis=0, return_inverse=True)
        share, unique, size = np.split(mixtures, 3, axis=1)
        per_epoch, rho = unique / share, share * size / unique
        length, epoch, self.chain, self.end = chains(data_seen, chain.ravel(), per_epoch)
        self.start = np.searchsorted(self.chain, np.arange(len(mixtures)))
        self.length = length / NORMALISER
        self.first = np.isin(np.arange(len(self.chain)), self.start)
        self.share = share[self.chain]
        self.rate = epoch * LN2 * rho[self.chain]

    def _at_ends(self, values: Array) -> Array:
        """Sum of each row, over the segments of its chain up to its end."""
        if len(self.start) == len(self.end):
            return np.add.reduceat(values, self.start, axis=-1)[..., self.chain[self.end]]
        return self._running(values)[..., self.end]

    def _running(self, values: Array) -> Array:
        """Cumulative sum within each chain."""
        if len(self.start) == values.shape[-1]:
            return values
        return np.concatenate([np.cumsum(part, axis=-1) for part in np.split(values, self.start[1:], axis=-1)], axis=-1)

    def _remaining(self, values: Array) -> Array:
        """Sum from a segment to the end of its chain."""
        return np.add.reduceat(values, self.start, axis=-1)[..., self.chain] - self._running(values) + values

    def _steps(self, values: Array) -> Array:
        """Difference to the segment before; the first of a chain as it is."""
        out = values.copy()
        out[..., 1:] -= np.where(self.first[1:], 0.0, values[..., :-1])
        return out

    def _state(self, a: Array, b: Array, tau: Array) -> _State:
        weight = self.share * np.exp(np.where(self.rate > 0, -self.rate / tau[:, None, :], 0.0))  # first epochs need no τ
        D = weight.sum(axis=2) + NEVER_NIL
        B = np.einsum("bsk,bk->bs", weight, b)
        E = a * self._running(self.length * D)
        return _State(B, D, E, self._steps(np.log(E)), weight)

    def value(self, a: Array, b: Array, tau: Array) -> Array:
        """L, (batch, rows), in parts of the batch whose weights stay within CELLS."""
        step = max(1, CELLS // self.share.size)
        parts = [slice(at, at + step) for at in range(0, len(a), step)]
        return np.concatenate([self._value(a[part], b[part], tau[part]) for part in parts or [slice(0)]])

    def _value(self, a: Array, b: Array, tau: Array) -> Array:
        at = self._state(a, b, tau)
        return self._at_ends(at.B / at.D * at.growth)

    def slopes(self, a: Array, b: Array, tau: Array) -> _Slopes:
        """The state of the segments and its slopes."""
        at = self._state(a, b, tau)
        batch, segments, pools = at.weight.shape
        dB, dD = np.zeros((2, batch, 1 + 2 * pools, segments))
        decay = (at.weight * self.rate / tau[:, None, :] ** 2).transpose(0, 2, 1)
        dD[:, 1 + pools :] = decay
        dB[:, 1 : 1 + pools] = at.weight.transpose(0, 2, 1)
        dB[:, 1 + pools :] = decay * b[:, :, None]
        dl = np.zeros_like(dD)
        dl[:, 1 + pools :] = a[:, :, None] * self._running(self.length * dD[:, 1 + pools :]) / at.E[:, None]
        dl[:, 0] = 1.0 / a
        beta = at.B / at.D
        return _Slopes(at, dD, dl, beta, (dB - beta[:, None] * dD) / at.D[:, None])

    def gradient(self, found: _Slopes) -> tuple[Array, Array]:
        """L (batch, rows) and its gradient (batch, 1 + 2K, rows)."""
        growth, beta = found.at.growth, found.beta
        slope = found.slope * growth[:, None] + beta[:, None] * self._steps(found.dl)
        return self._at_ends(beta * growth), self._at_ends(slope)

    def second(self, found: _Slopes, a: Array, b: Array, tau: Array, factor: Array) -> Array:
        """Σ_rows factor·∂²L, (batch, 1 + 2K, 1 + 2K); factor is (batch, rows)."""
        at, beta, slope, dl = found.at, found.beta, found.slope, found.dl
        ending = np.zeros((len(self.chain), len(a)))
        np.add.at(ending, self.end, factor.T)
        f = self._remaining(ending.T)  # a segment counts for all rows that end with it or later
        cross = _outer(slope * f[:, None], self._steps(dl)) - _outer(slope * (f * at.growth / at.D)[:, None], found.dD)
        own = f * beta
        change = own - np.where(np.append(self.first[1:], True), 0.0, np.append(own[:, 1:], own[:, :1], axis=1))
        bend = _outer(dl[:, 1:] * change[:, None], dl[:, 1:])
        total = cross + cross.transpose(0, 2, 1)
        total[:, 1:, 1:] -= bend
        total[:, 0, 0] -= (own * self.first).sum(axis=1) / a[:, 0] ** 2
        self._add_pure(total, at, a, b, tau, f, beta, change)
        return total

    def _add_pure(self, total: Array, at: _State, a: Array, b: Array, tau: Array, f: Array, beta: Array, change: Array) -> None:
        """Adds the terms with ∂²B, ∂²D and ∂²E: they join only b and τ of one pool."""
        pools = self.pools
        k = np.arange(1, 1 + pools)  # places of b; those of τ follow
        decay = at.weight * self.rate / tau[:, None, :] ** 2
        curve = decay * (self.rate / tau[:, None, :] ** 2 - 2 / tau[:, None, :])
        on_B = f * at.growth / at.D
        tail = self._remaining(change / at.E) * a * self.length
        mixed = np.einsum("bs,bsk->bk", on_B, decay)
        total[:, k, k + pools] += mixed
        total[:, k + pools, k] += mixed
        total[:, k + pools, k + pools] += np.einsum("bs,bsk->bk", on_B, curve) * b
        total[:, k + pools, k + pools] += np.einsum("bs,bsk->bk", tail - on_B * beta, curve)


def _outer(left: Array, right: Array) -> Array:
    return left @ right.transpose(0, 2, 1)
