"""Where a fit starts: exponents and the like from their start ranges, linear parameters from the data.

Half of the starts have their linear parameters projected out (non-negative least squares on relative residuals); in the other
half each linear term carries a random part of the response, so that no basin is left out because one projection missed it.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from pipeline.fitting.problem import Problem
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Law, Parameter

Array = np.ndarray
ROWS = 400
"""Rows that are enough to find a start on."""


def starts(law: Law, problem: Problem, observed: Array, count: int, seed: int, fixed: Array) -> Array:
    """Working vectors (count, P). `fixed` holds constants and NaN for free parameters."""
    rng = np.random.default_rng([seed, 77])
    index = problem.law.index(problem.rows.pools)
    theta = np.empty((count, len(index)))
    by_name = {p.name: p for p in law.parameters}
    for i, (name, _) in enumerate(index):
        theta[:, i] = _within(_start(by_name[name], problem.rows), by_name[name].bounds, _stratified(rng, count))
    theta = np.where(np.isfinite(fixed), fixed, theta)
    linear = np.array([i for i, (name, _) in enumerate(index) if name in law.linear and not np.isfinite(fixed[i])], dtype=int)
    if linear.size:
        keep = np.unique(np.linspace(0, problem.rows.n - 1, min(ROWS, problem.rows.n)).astype(int))
        positive = np.array([by_name[index[i][0]].domain != "real" for i in linear])
        ranges = np.array([by_name[index[i][0]].start for i in linear])
        theta = _linear(problem, theta, problem.rows.take(keep), observed[keep], linear, positive, ranges, rng)
    return problem.coordinates.working(_inside(problem, theta))


def _start(parameter: Parameter, rows: Rows) -> tuple[float, float]:
    """The start range of a parameter; of a place along a column, from parts of the range of ln values there, 0 its least."""
    values = rows.columns.get(parameter.along, np.empty(0)) if parameter.along else np.empty(0)
    values = values[values > 0]
    if not values.size:
        return parameter.start
    least, wide = float(values.min()), float(values.max() / values.min())
    low, high = parameter.start
    return least * wide**low, least * wide**high


def _inside(problem: Problem, theta: Array) -> Array:
    """Bounded parameters moved strictly inside their bounds; positive ones kept positive."""
    return problem.natural(np.nan_to_num(problem.coordinates.working(theta), nan=0.0, posinf=30.0, neginf=-30.0))


def _stratified(rng: np.random.Generator, count: int) -> Array:
    return (rng.permutation(count) + rng.uniform(size=count)) / count


def _within(span: tuple[float, float], bounds: tuple[float, float] | None, u: Array) -> Array:
    low, high = span
    if bounds is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    if low > 0 and high / low > 30:
        return low * (high / low) ** u
    return low + (high - low) * u


def _linear(
    problem: Problem,
    theta: Array,
    rows: Rows,
    observed: Array,
    linear: Array,
    positive: Array,
    ranges: Array,
    rng: np.random.Generator,
) -> Array:
    theta = theta.copy()
    theta[:, linear] = 1.0
    predicted, gradient = problem.law.gradient(theta, rows)
    features = gradient[..., linear]
    rest = predicted - features.sum(axis=-1)
    size = np.nanmean(np.abs(features), axis=1)
    typical = float(np.median(np.abs(observed)))
    constant = np.nanmax(np.ptp(features, axis=1) / np.maximum(size, 1e-300), axis=0) < 1e-9
    low = float(np.min(_sizes(observed)))
    part = rng.uniform(0.02, 1.0, size=(len(theta), len(linear)))
    inside = ranges[:, 0] + (ranges[:, 1] - ranges[:, 0]) * rng.uniform(size=part.shape)
    amount = np.where(constant, np.clip(inside, 0.0, 1.0) * low, part * max(typical / 2, low / 4))
    amount = np.where(positive, amount, amount * rng.choice([-1.0, 1.0], size=amount.shape))
    theta[:, linear] = amount / np.maximum(size, 1e-300)
    if len(linear) <= 5:
        half = np.arange(len(theta)) % 2 == 0
        solved = _projected(features[half], (observed - rest)[half], _sizes(observed), positive)
        floor = np.where(positive, 0.01 * typical / np.maximum(size[half], 1e-300), -np.inf)
        theta[np.ix_(half, linear)] = np.where(np.isfinite(solved), np.maximum(solved, floor), theta[np.ix_(half, linear)])
    return theta


def _sizes(observed: Array) -> Array:
    """|observed|; a value of 0, which a score may have, counts as the least that is not."""
    size = np.abs(observed)
    return np.where(size > 0, size, size[size > 0].min(initial=np.inf) if (size > 0).any() else 1.0)


def _projected(features: Array, target: Array, observed: Array, positive: Array) -> Array:
    """Least squares of target (batch, n) on features (batch, n, k), relative to `observed`; the best non-negative active set."""
    x = np.nan_to_num(features / observed[None, :, None])
    y = np.nan_to_num(target / observed)
    scale = np.maximum(np.sqrt(np.einsum("bnk,bnk->bk", x, x)), 1e-300)
    x = x / scale[:, None, :]
    gram, moment = np.einsum("bnk,bnl->bkl", x, x), np.einsum("bnk,bn->bk", x, y)
    size = gram.shape[1]
    best, best_loss = np.full(moment.shape, np.nan), np.full(len(x), np.inf)
    for active in product((True, False), repeat=size):
        use = np.array(active)
        full = gram * np.outer(use, use) + np.diag(np.where(use, 1e-12, 1.0))
        solution = np.linalg.solve(full, (moment * use)[..., None])[..., 0]
        loss = np.einsum("bk,bkl,bl->b", solution, gram, solution) - 2 * np.einsum("bk,bk->b", solution, moment)
        better = (loss < best_loss) & ((solution >= 0) | ~positive).all(axis=1)
        best[better], best_loss[better] = solution[better], loss[better]
    return best / scale
