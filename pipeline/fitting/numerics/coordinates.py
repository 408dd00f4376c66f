"""Natural parameters and the working ones in which Newton steps: ln (positive), logit (unit), identity (real).

A bound is a change of coordinates, so that the solver itself knows no bounds: θ = low + (high − low)·(1 − cos w)/2, in ln θ
where low > 0. A parameter that wants to cross its bound has its minimum there, with positive curvature: Newton ends on the bound
exactly, where a logistic would creep towards it for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pipeline.laws.law import Law, Parameter

Array = np.ndarray
INSIDE = 1e-4
"""Starts on a bound are moved inside by this part of the range: on the bound itself the gradient in w is zero."""
LEAVE = 0.2
EDGE = 1e-6
"""A parameter within this part of its range of a bound is at the bound."""


def _sigmoid(w: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-np.clip(w, -700, 700)))


@dataclass(frozen=True)
class _One:
    """The coordinates of one parameter: base is θ or ln θ; base = low + width·turn(w) where it has limits, else w."""

    log: bool
    low: float | None
    width: float
    closed: bool = True

    def base(self, w: Array) -> tuple[Array, Array, Array]:
        """base and its first and second derivative in w."""
        if self.low is None:
            return w, np.ones_like(w), np.zeros_like(w)
        if self.closed:
            half = 0.5 * self.width
            return self.low + half * (1 - np.cos(w)), half * np.sin(w), half * np.cos(w)
        s = _sigmoid(w)
        slope = self.width * s * (1 - s)
        return self.low + self.width * s, slope, slope * (1 - 2 * s)

    def working(self, theta: Array) -> Array:
        base = np.log(theta) if self.log else theta
        if self.low is None:
            return base
        if self.closed:
            return np.arccos(1 - 2 * np.clip((base - self.low) / self.width, INSIDE, 1 - INSIDE))
        part = np.clip((base - self.low) / self.width, 1e-12, 1 - 1e-12)
        return np.log(part) - np.log1p(-part)


def _one(parameter: Parameter) -> _One:
    if parameter.domain == "unit" and parameter.bounds is None:
        return _One(False, 0.0, 1.0, closed=False)
    bounds = parameter.bounds
    if bounds is None:
        return _One(parameter.domain == "positive", None, 0.0)
    low, high = bounds
    if low > 0 and parameter.domain == "positive":
        return _One(True, float(np.log(low)), float(np.log(high / low)))
    return _One(False, float(low), float(high - low))


@dataclass(frozen=True)
class Coordinates:
    """Working coordinates of a law's flat parameter vector."""

    ones: tuple[_One, ...]
    kinds: dict[tuple[bool, ...], tuple[list[int], list[int]]] = field(default_factory=dict, compare=False, repr=False)

    def natural(self, w: Array) -> Array:
        """theta (batch, P) of w (batch, P)."""
        out = np.empty_like(w)
        for i, one in enumerate(self.ones):
            base = one.base(w[:, i])[0]
            out[:, i] = np.exp(base) if one.log else base
        return out

    def working(self, theta: Array) -> Array:
        """w of theta; values on a bound land just inside."""
        theta = np.atleast_2d(np.asarray(theta, float))
        return np.stack([one.working(theta[:, i]) for i, one in enumerate(self.ones)], axis=1)

    def in_base(self, w: Array, logs: Sequence[bool]) -> tuple[Array, Array, Array]:
        """u, du/dw, d²u/dw², where u is ln θ for the parameters that `logs` marks and θ for the others."""
        plain, bent = self.kinds.get(tuple(logs)) or self._apart(tuple(logs))
        u, first, second = w.copy(), np.ones_like(w), np.zeros_like(w)
        if plain:
            u[:, plain] = first[:, plain] = second[:, plain] = np.exp(w[:, plain])
        for i in bent:
            one, log = self.ones[i], logs[i]
            base, d1, d2 = one.base(w[:, i])
            if one.log and not log:
                base = np.exp(base)
                d1, d2 = base * d1, base * (d1 * d1 + d2)
            elif log and not one.log:
                base, d1, d2 = np.log(base), d1 / base, d2 / base - (d1 / base) ** 2
            u[:, i], first[:, i], second[:, i] = base, d1, d2
        return u, first, second

    def _apart(self, logs: tuple[bool, ...]) -> tuple[list[int], list[int]]:
        """The columns whose u is e^w, and those that have another u than w, which go one by one; remembered."""
        free = [(one.low is None, one.log, log) for one, log in zip(self.ones, logs, strict=True)]
        plain = [i for i, (unbounded, known, wanted) in enumerate(free) if unbounded and known and not wanted]
        bent = [i for i, (unbounded, known, wanted) in enumerate(free) if not unbounded or wanted > known]
        return self.kinds.setdefault(logs, (plain, bent))

    def off_bounds(self, w: Array) -> Array:
        """w (P,) with parameters that lie on a bound moved inside by a fifth of the range: a start that can leave it."""
        theta = w.copy()
        for i in np.flatnonzero(self.at_bound(w)):
            low = 1 - np.cos(w[i]) < 1
            theta[i] = np.arccos(1 - 2 * (LEAVE if low else 1 - LEAVE))
        return theta

    def at_bound(self, w: Array) -> Array:
        """Which parameters of one working vector (P,) lie on a bound."""
        out = np.zeros(len(self.ones), bool)
        for i, one in enumerate(self.ones):
            if one.low is not None and one.closed:
                part = 0.5 * (1 - np.cos(w[i]))
                out[i] = min(part, 1 - part) < EDGE
        return out


def coordinates(law: Law, pools: Sequence[str]) -> Coordinates:
    """The coordinates of every column of theta."""
    shared = [_one(p) for p in law.parameters if p.per is None]
    levels = [_one(p) for p in law.parameters if p.per is not None for _ in pools]
    return Coordinates(tuple(shared + levels))
