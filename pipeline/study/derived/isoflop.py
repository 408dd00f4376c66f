"""IsoFLOP profiles: runs of one compute budget, the loss as a parabola or cubic in ln N, and where it is least (approach 2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray
SAME_BUDGET = 0.12
"""Runs whose budgets lie within this many natural units of ln C of the next one are one profile."""
WIDTH = np.log(10.0)
"""Points further than a factor of ten from the least one bend a parabola that is to describe the valley."""
MARGIN = 0.25
"""A minimum in the outer quarter of the sizes tried rests on one side of the valley."""


@dataclass(frozen=True)
class Profile:
    """Points of one budget: ln N and loss (m,), both in rising ln N; `flops` is their geometric mean budget."""

    flops: float
    size: Array
    loss: Array


def same_budget(flops: Array) -> Array:
    """A number for each run, the same for runs of one budget: neighbours in ln C within SAME_BUDGET of each other."""
    order = np.argsort(flops, kind="stable")
    group = np.empty(len(flops), dtype=int)
    if len(flops):
        group[order] = np.concatenate([[0], np.cumsum(np.diff(np.log(flops[order])) > SAME_BUDGET)])
    return group


def profiles(flops: Array, params: Array, loss: Array, least: int = 4) -> list[Profile]:
    """The budgets at which at least `least` distinct model sizes were trained."""
    good = np.isfinite(flops) & np.isfinite(params) & np.isfinite(loss)
    order = np.argsort(flops[good])
    c, n, y = np.log(flops[good][order]), np.log(params[good][order]), loss[good][order]
    group = same_budget(flops[good][order])
    found = []
    for g in np.unique(group):
        at = np.flatnonzero(group == g)
        at = at[np.argsort(n[at], kind="stable")]
        if len(np.unique(n[at])) >= least and c[at].max() - c[at].min() < 4 * SAME_BUDGET:
            found.append(Profile(float(np.exp(c[at].mean())), n[at], y[at]))
    return found


def valley(profile: Profile, degree: int) -> Profile:
    """The points around the least one that the polynomial is fitted to: within a factor of ten, and enough for its degree."""
    middle = profile.size[profile.loss.argmin()]
    near = np.abs(profile.size - middle) <= WIDTH
    if len(np.unique(profile.size[near])) < degree + 2:
        return profile
    return Profile(profile.flops, profile.size[near], profile.loss[near])


def least_size(profile: Profile, degree: int, weights: Array) -> tuple[Array, Array]:
    """(ln N, loss) at the minimum of the weighted polynomial in ln N, for each row of weights (batch, m); NaN for none."""
    x = profile.size - profile.size.mean()
    powers = np.vander(x, degree + 1, increasing=True)
    normal = np.einsum("bm,mi,mj->bij", weights, powers, powers)
    right = np.einsum("bm,mi,m->bi", weights, powers, profile.loss)
    ridge = 1e-12 * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(degree + 1)
    poly = np.linalg.solve(normal + ridge, right[..., None])[..., 0]
    at = _vertex(poly)
    value = (poly * at[:, None] ** np.arange(degree + 1)).sum(axis=1)
    return at + profile.size.mean(), value


def _vertex(poly: Array) -> Array:
    """Where a parabola or cubic (batch, degree + 1) has its minimum."""
    with np.errstate(all="ignore"):
        if poly.shape[1] == 3:
            return np.where(poly[:, 2] > 0, -poly[:, 1] / (2 * poly[:, 2]), np.nan)
        under = poly[:, 2] ** 2 - 3 * poly[:, 1] * poly[:, 3]
        return np.where(under > 0, -poly[:, 1] / (poly[:, 2] + np.sqrt(under)), np.nan)


def flaw(profile: Profile, at: float) -> str | None:
    """Why a profile's minimum at ln N = `at` is not to be trusted, or None."""
    low, high = profile.size.min(), profile.size.max()
    if not np.isfinite(at):
        return "concave"
    if not low < at < high:
        return "unbracketed"
    return "off-centre" if min(at - low, high - at) < MARGIN * (high - low) else None
