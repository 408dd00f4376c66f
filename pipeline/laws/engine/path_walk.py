"""Rows that draw from the same number of pools, walked over the segments between the ends of their epochs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.laws.engine.path_segments import chains, distinct

Array = np.ndarray
LN2 = float(np.log(2.0))
NORMALISER = 1e5
NEVER_NIL = 1e-300
"""Added to D, so that β is a number where every weight has underflown: then nothing grows any more."""
CELLS = 4_000_000
"""Weights (batch × segments × pools) held at a time: some hundred megabytes with what is made of them."""


@dataclass(frozen=True)
class State:
    """Everything at one theta: B, D, E, growth = Δ ln E (batch, segments), weight = δ^k·w, rate = k·ln2·ρ (segments, K)."""

    B: Array
    D: Array
    E: Array
    growth: Array
    weight: Array


@dataclass(frozen=True)
class Slopes:
    """The state and its slopes: ∂B/D, ∂D, ∂ln E, β = B/D and ∂β, each (batch, 1 + 2K, segments), in the order a, b, τ."""

    at: State
    dD: Array
    dl: Array
    beta: Array
    slope: Array


class Walk:
    """Rows that all draw from the same K pools, `drawn`. Rows of the same mixture are ends along one chain of segments.

    Parameters of its pools are (batch, 1, K): the same for all of its segments.
    """

    def __init__(self, data_seen: Array, share: Array, unique: Array, size: Array, drawn: Array) -> None:
        self.drawn, self.pools = drawn, share.shape[1]
        self._cut(data_seen, *distinct(np.concatenate([share, unique, size], axis=1)))

    def _cut(self, data_seen: Array, mixtures: Array, chain: Array) -> None:
        """The segments of rows that each follow the chain of one mixture (share, unique and size of each pool)."""
        share, unique, size = np.split(mixtures, 3, axis=1)
        per_epoch, rho = unique / share, share * size / unique
        length, epoch, self.chain, self.end = chains(data_seen, chain, per_epoch)
        self.start = np.searchsorted(self.chain, np.arange(len(mixtures)))
        self.alike = len(set(np.diff(np.append(self.start, len(self.chain))).tolist())) == 1
        self.length = length / NORMALISER
        self.first = np.isin(np.arange(len(self.chain)), self.start)
        self.share = share[self.chain]
        self.rate = epoch * LN2 * rho[self.chain]

    def own(self, levels: Array) -> Array:
        """Of the levels (batch, pools) of a parameter those of the pools that are drawn from."""
        return levels[:, None, self.drawn]

    def place(self, pools: int) -> Array:
        """Where a slope's 1 + 2K entries stand among those of all pools."""
        return np.concatenate([[0], 1 + self.drawn, 1 + pools + self.drawn])[:, None]

    def _at_ends(self, values: Array) -> Array:
        """Sum of each row, over the segments of its chain up to its end."""
        if len(self.start) == len(self.end):
            return np.add.reduceat(values, self.start, axis=-1)[..., self.chain[self.end]]
        return self._running(values)[..., self.end]

    def _running(self, values: Array) -> Array:
        """Cumulative sum within each chain."""
        if len(self.start) == values.shape[-1]:
            return values
        if self.alike:
            return np.cumsum(values.reshape(*values.shape[:-1], len(self.start), -1), axis=-1).reshape(values.shape)
        return np.concatenate([np.cumsum(part, axis=-1) for part in np.split(values, self.start[1:], axis=-1)], axis=-1)

    def _remaining(self, values: Array) -> Array:
        """Sum from a segment to the end of its chain."""
        return np.add.reduceat(values, self.start, axis=-1)[..., self.chain] - self._running(values) + values

    def _steps(self, values: Array) -> Array:
        """Difference to the segment before; the first of a chain as it is."""
        out = values.copy()
        out[..., 1:] -= np.where(self.first[1:], 0.0, values[..., :-1])
        return out

    def _state(self, a: Array, b: Array, tau: Array) -> State:
        weight = self.share * np.exp(np.where(self.rate > 0, -self.rate / tau, 0.0))  # first epochs need no τ
        D = weight.sum(axis=2) + NEVER_NIL
        B = np.einsum("bsk,bk->bs", weight, b[:, 0]) if b.shape[1] == 1 else np.vecdot(weight, b)
        E = a * self._running(self.length * D)
        return State(B, D, E, self._steps(np.log(E)), weight)

    def value(self, a: Array, b: Array, tau: Array) -> Array:
        """L, (batch, rows), in parts of the batch whose weights stay within CELLS."""
        step = max(1, CELLS // self.share.size)
        parts = [slice(at, at + step) for at in range(0, len(a), step)]
        return np.concatenate([self._value(a[part], b[part], tau[part]) for part in parts or [slice(0)]])

    def _value(self, a: Array, b: Array, tau: Array) -> Array:
        at = self._state(a, b, tau)
        return self._at_ends(at.B / at.D * at.growth)

    def slopes(self, a: Array, b: Array, tau: Array) -> Slopes:
        """The state of the segments and its slopes."""
        at = self._state(a, b, tau)
        batch, segments, pools = at.weight.shape
        dB, dD = np.zeros((2, batch, 1 + 2 * pools, segments))
        decay = (at.weight * self.rate / tau**2).transpose(0, 2, 1)
        dD[:, 1 + pools :] = decay
        dB[:, 1 : 1 + pools] = at.weight.transpose(0, 2, 1)
        dB[:, 1 + pools :] = decay * b.transpose(0, 2, 1)
        dl = np.zeros_like(dD)
        dl[:, 1 + pools :] = a[:, :, None] * self._running(self.length * dD[:, 1 + pools :]) / at.E[:, None]
        dl[:, 0] = 1.0 / a
        beta = at.B / at.D
        return Slopes(at, dD, dl, beta, (dB - beta[:, None] * dD) / at.D[:, None])

    def gradient(self, found: Slopes) -> tuple[Array, Array]:
        """L (batch, rows) and its gradient (batch, 1 + 2K, rows)."""
        growth, beta = found.at.growth, found.beta
        slope = found.slope * growth[:, None] + beta[:, None] * self._steps(found.dl)
        return self._at_ends(beta * growth), self._at_ends(slope)

    def add_second(self, hessian: Array, found: Slopes, a: Array, b: Array, tau: Array, factor: Array) -> None:
        """Adds Σ_rows factor·∂²L to a Hessian over the parameters of all pools; factor is (batch, rows)."""
        place = self.place((hessian.shape[1] - 1) // 2)
        hessian[:, place, place.T] += self._second(found, a, b, tau, factor)

    def _second(self, found: Slopes, a: Array, b: Array, tau: Array, factor: Array) -> Array:
        at, beta, slope, dl = found.at, found.beta, found.slope, found.dl
        f = self._counting(factor)
        cross = _outer(slope * f[:, None], self._steps(dl)) - _outer(slope * (f * at.growth / at.D)[:, None], found.dD)
        own = f * beta
        change = self._change(own)
        bend = _outer(dl[:, 1:] * change[:, None], dl[:, 1:])
        total = cross + cross.transpose(0, 2, 1)
        total[:, 1:, 1:] -= bend
        total[:, 0, 0] -= (own * self.first).sum(axis=1) / a[:, 0] ** 2
        self._add_pure(total, at, a, b, tau, f, beta, change)
        return total

    def _counting(self, factor: Array) -> Array:
        """What each segment counts for (batch, S): the factors (batch, rows) of all rows that end with it or later."""
        ending = np.zeros((len(self.chain), len(factor)))
        np.add.at(ending, self.end, factor.T)
        return self._remaining(ending.T)

    def _change(self, values: Array) -> Array:
        """A segment's value less that of the next one; the last of a chain as it is."""
        return values - np.where(np.append(self.first[1:], True), 0.0, np.append(values[:, 1:], values[:, :1], axis=1))

    def _add_pure(self, total: Array, at: State, a: Array, b: Array, tau: Array, f: Array, beta: Array, change: Array) -> None:
        """Adds the terms with ∂²B, ∂²D and ∂²E: they join only b and τ of one pool."""
        pools = self.pools
        k = np.arange(1, 1 + pools)  # places of b; those of τ follow
        decay = at.weight * self.rate / tau**2
        curve = decay * (self.rate / tau**2 - 2 / tau)
        on_B = f * at.growth / at.D
        tail = self._remaining(change / at.E) * a * self.length
        mixed = np.einsum("bs,bsk->bk", on_B, decay)
        total[:, k, k + pools] += mixed
        total[:, k + pools, k] += mixed
        total[:, k + pools, k + pools] += np.einsum("bs,bsk->bk", on_B, curve) * b[:, 0]
        total[:, k + pools, k + pools] += np.einsum("bs,bsk->bk", tail - on_B * beta, curve)


def _outer(left: Array, right: Array) -> Array:
    return left @ right.transpose(0, 2, 1)
