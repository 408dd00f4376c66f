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

    def gradient(self, a: Array, b: Array, tau: Array) -> tuple[Array, Array]:
        """L (batch, rows) and its gradient (batch, 1 + 2K, rows)."""
        value, slope = np.zeros((len(a), self.rows)), np.zeros((len(a), 1 + 2 * self.pools, self.rows))
        for at, drawn, walk in self.walks:
            value[:, at], part = walk.gradient(a, b[:, drawn], tau[:, drawn])
            slope[:, self._places(drawn)[:, None], at] = part
        return value, slope

    def second(self, a: Array, b: Array, tau: Array, factor: Array) -> Array:
        """Σ_rows factor·∂²L, (batch, 1 + 2K, 1 + 2K); factor is (batch, rows)."""
        size = 1 + 2 * self.pools
        total = np.zeros((len(a), size, size))
        for at, drawn, walk in self.walks:
            place = self._places(drawn)
            total[:, place[:, None], place] += walk.second(a, b[:, drawn], tau[:, drawn], factor[:, at])
        return total

    def _places(self, drawn: Array) -> Array:
        return np.concatenate([[0], 1 + drawn, 1 + self.pools + drawn])


class _Walk:
    """Rows that all draw from all of their K pools, cut into segments."""

    def __init__(self, data_seen: Array, share: Array, unique: Array, size: Array) -> None:
        self.pools = share.shape[1]
        per_epoch, rho = unique / share, share * size / unique
        parts = [_segments(n, lengths) for n, lengths in zip(data_seen, per_epoch, strict=True)]
        self.row = np.repeat(np.arange(len(parts)), [len(p[0]) for p in parts])
        self.start = np.concatenate([[0], np.cumsum([len(p[0]) for p in parts])[:-1]]).astype(int)
        self.length = np.concatenate([p[0] for p in parts]) / NORMALISER
        self.first = np.isin(np.arange(len(self.row)), self.start)
        self.share = share[self.row]
        self.rate = np.concatenate([p[1] for p in parts]) * LN2 * rho[self.row]

    def _sum_rows(self, values: Array) -> Array:
        return np.add.reduceat(values, self.start, axis=-1)

    def _running(self, values: Array) -> Array:
        """Cumulative sum within each row."""
        total = np.cumsum(values, axis=-1)
        before = np.concatenate([np.zeros((*total.shape[:-1], 1)), total[..., :-1]], axis=-1)
        return total - before[..., self.start][..., self.row]

    def _steps(self, values: Array) -> Array:
        """Difference to the segment before; the first of a row as it is."""
        before = np.concatenate([np.zeros((*values.shape[:-1], 1)), values[..., :-1]], axis=-1)
        return values - np.where(self.first, 0.0, before)

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
        return self._sum_rows(at.B / at.D * at.growth)

    def _slopes(self, at: _State, a: Array, b: Array, tau: Array) -> tuple[Array, Array, Array]:
        """∂B, ∂D, ∂ln E, each (batch, 1 + 2K, segments), the parameters in order a, b, τ."""
        batch, segments, pools = at.weight.shape
        dB, dD = np.zeros((2, batch, 1 + 2 * pools, segments))
        decay = (at.weight * self.rate / tau[:, None, :] ** 2).transpose(0, 2, 1)
        dD[:, 1 + pools :] = decay
        dB[:, 1 : 1 + pools] = at.weight.transpose(0, 2, 1)
        dB[:, 1 + pools :] = decay * b[:, :, None]
        dl = a[:, :, None] * self._running(self.length * dD) / at.E[:, None]
        dl[:, 0] = 1.0 / a
        return dB, dD, dl

    def gradient(self, a: Array, b: Array, tau: Array) -> tuple[Array, Array]:
        """L (batch, rows) and its gradient (batch, 1 + 2K, rows)."""
        at = self._state(a, b, tau)
        dB, dD, dl = self._slopes(at, a, b, tau)
        beta = at.B / at.D
        slope = (dB - beta[:, None] * dD) / at.D[:, None]
        return self._sum_rows(beta * at.growth), self._sum_rows(slope * at.growth[:, None] + beta[:, None] * self._steps(dl))

    def second(self, a: Array, b: Array, tau: Array, factor: Array) -> Array:
        """Σ_rows factor·∂²L, (batch, 1 + 2K, 1 + 2K); factor is (batch, rows)."""
        at = self._state(a, b, tau)
        dB, dD, dl = self._slopes(at, a, b, tau)
        f, beta = factor[:, self.row], at.B / at.D
        slope = (dB - beta[:, None] * dD) / at.D[:, None]
        cross = _outer(slope * f[:, None], self._steps(dl)) - _outer(slope * (f * at.growth / at.D)[:, None], dD)
        change = beta - np.where(np.append(self.first[1:], True), 0.0, np.append(beta[:, 1:], beta[:, :1], axis=1))
        bend = _outer(dl[:, 1:] * (f * change)[:, None], dl[:, 1:])
        total = cross + cross.transpose(0, 2, 1)
        total[:, 1:, 1:] -= bend
        total[:, 0, 0] -= (f * beta * self.first).sum(axis=1) / a[:, 0] ** 2
        self._add_pure(total, at, a, b, tau, f, beta, change)
        return total

    def _add_pure(self, total: Array, at: _State, a: Array, b: Array, tau: Array, f: Array, beta: Array, change: Array) -> None:
        """Adds the terms with ∂²B, ∂²D and ∂²E: they join only b and τ of one pool."""
        pools = self.pools
        k = np.arange(1, 1 + pools)  # places of b; those of τ follow
        decay = at.weight * self.rate / tau[:, None, :] ** 2
        curve = decay * (self.rate / tau[:, None, :] ** 2 - 2 / tau[:, None, :])
        on_B = f * at.growth / at.D
        tail = self._remaining(f * change / at.E) * a * self.length
        mixed = np.einsum("bs,bsk->bk", on_B, decay)
        total[:, k, k + pools] += mixed
        total[:, k + pools, k] += mixed
        total[:, k + pools, k + pools] += np.einsum("bs,bsk->bk", on_B, curve) * b
        total[:, k + pools, k + pools] += np.einsum("bs,bsk->bk", tail - on_B * beta, curve)

    def _remaining(self, values: Array) -> Array:
        """Sum from a segment to the end of its row."""
        return self._sum_rows(values)[..., self.row] - self._running(values) + values


def _outer(left: Array, right: Array) -> Array:
    return left @ right.transpose(0, 2, 1)


def _segments(n: float, per_epoch: Array) -> tuple[Array, Array]:
    """Lengths (S,) of the stretches between epoch ends up to n samples, and the epoch (S, K) that each pool is in."""
    ends = [np.arange(1, np.floor(n / length) + 1) * length for length in np.unique(per_epoch)]
    points = np.unique(np.concatenate([*ends, [n]]))
    points = points[points <= n]
    before = np.concatenate([[0.0], points[:-1]])
    return points - before, np.floor((before + points)[:, None] / 2 / per_epoch)


def effective_path_sql(data_seen: str, share: str, unique: str, size: str, a: str, b: str, tau: str) -> str:
    """L over lists; list_transform([x], lambda v: …)[1] names a value that is used more than once."""
    pools = f"range(1, len({share}) + 1)"
    length = f"(CAST({unique}[i] AS DOUBLE) / {share}[i])"
    passed = f"list_transform(range(1, CAST(floor({data_seen} / {length}) AS BIGINT) + 1), lambda k: k * {length})"
    ends = f"flatten(list_transform({pools}, lambda i: CASE WHEN {share}[i] > 0 THEN {passed} ELSE [] END))"
    points = (
        f"list_sort(list_distinct(list_filter(list_append({ends}, CAST({data_seen} AS DOUBLE)), lambda v: v <= {data_seen})))"
    )
    before = "(CASE WHEN s = 1 THEN 0e0 ELSE ends[s - 1] END)"
    rate = f"{LN2!r}e0 * {share}[i] * {size}[i] / {unique}[i] / {tau}[i]"
    weight = f"{share}[i] * exp(-floor((ends[s] + {before}) / 2e0 / {length}) * {rate})"
    total = "list_sum(list_transform({pools}, lambda i: CASE WHEN {share}[i] > 0 THEN {weight}{factor} ELSE 0e0 END))"
    D = total.format(pools=pools, share=share, weight=weight, factor="") + f" + {NEVER_NIL!r}"
    B = total.format(pools=pools, share=share, weight=weight, factor=f" * {b}[i]")
    segment = f"{{'length': ends[s] - {before}, 'D': {D}, 'B': {B}}}"
    segments = f"list_transform(range(1, len(ends) + 1), lambda s: {segment})"
    running = "list_transform(range(1, len(parts) + 1), lambda s: list_sum(list_transform(parts[1:s], lambda t: t.length * t.D)))"
    growth = f"ln({a} / 1e5 * so_far[s]) - CASE WHEN s = 1 THEN 0e0 ELSE ln({a} / 1e5 * so_far[s - 1]) END"
    value = f"list_sum(list_transform(range(1, len(parts) + 1), lambda s: parts[s].B / parts[s].D * ({growth})))"
    inner = f"list_transform([{running}], lambda so_far: {value})[1]"
    return f"list_transform([{points}], lambda ends: list_transform([{segments}], lambda parts: {inner})[1])[1]"
