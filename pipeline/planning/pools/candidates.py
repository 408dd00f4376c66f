"""Pool sets under a budget: samples, or samples and model size, or compute with the best model size for each set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from pipeline.laws.engine.functions import UNION_FUNCTIONS
from pipeline.planning.budgets import budgets, declared
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array
from pipeline.planning.pools.pool_sets import PoolSets, all_sets
from pipeline.planning.pools.pool_terms import outer
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.minimum import minimise
from pipeline.schema import SIZES

CHUNK = 2_000_000
"""Values computed at once: 16 MB an array."""


@dataclass(frozen=True)
class Budget:
    """What is given: samples (and model size, where the law sees it), or compute."""

    data_seen: float | None = None
    params: float | None = None
    flops: float | None = None

    def of_sets(self, setting: Setting, sets: PoolSets) -> tuple[Array, Array]:
        """(params, data_seen) of each set's run: as given, or the best N at 6 N D = C for each set. NaN where N has no part."""
        if self.flops is None:
            seen = np.full(len(sets), self.data_seen, dtype=float)
            return np.full(len(sets), np.nan if self.params is None else self.params), seen
        params = best_params(setting, setting.estimate, sets, self.flops)[0]
        return params, self.flops / (TRAINING_FLOP * params)

    def times(self, factor: float) -> Budget:
        """A multiple of the budget: of its compute, or of its samples at the same model size."""
        if self.flops is not None:
            return Budget(flops=self.flops * factor)
        return Budget(data_seen=None if self.data_seen is None else self.data_seen * factor, params=self.params)

    def distance(self, setting: Setting, params: Array, seen: Array) -> Array:
        """log10 over the largest run's compute, or over its samples where the law has no model size."""
        if np.isnan(params).all():
            return setting.distance("data_seen", seen)
        return setting.distance("flops", TRAINING_FLOP * params * seen)


def pool_budgets(setting: Setting) -> list[Budget]:
    """The study's budgets: [plan] flops, or params x data_seen; by default data_seen from the largest run on."""
    if not has_size(setting):
        return [Budget(data_seen=float(n)) for n in budgets(setting, "data_seen")]
    flops = declared(setting, "flops")
    if flops is not None:
        return [Budget(flops=float(c)) for c in flops]
    sizes = declared(setting, "params")
    if sizes is None:
        sizes = np.array([setting.largest("params") or setting.typical(setting.size_column)])
    return [Budget(data_seen=float(d), params=float(n)) for n, d in product(sizes, budgets(setting, "data_seen"))]


def has_size(setting: Setting) -> bool:
    """Whether the law sees model size."""
    return bool(set(SIZES) & set(setting.law.columns))


def values_of_sets(setting: Setting, theta: Array, sets: PoolSets, params: Array, seen: Array) -> Array:
    """The law at one run on each set for each row of theta: (batch, S), in chunks of bounded size."""
    out = np.empty((len(theta), len(sets)))
    if setting.steps:
        for rows, values in values_by_union(setting, theta, sets, params, seen):
            out[:, rows] = values
        return out
    for part in _chunks(setting, len(theta), sets, seen):
        columns = {name: values[part] for name, values in columns_of_runs(sets, params, seen).items()}
        out[:, part] = setting.value(theta, sets.members(part), **columns)
    return out


def columns_of_runs(sets: PoolSets, params: Array, seen: Array) -> dict[str, Array]:
    """The columns of one run on each set; no size where the law has none."""
    return {"data_seen": seen, "data_unique": sets.unique} | ({} if np.isnan(params).all() else {"params": params})


def error_of_sets(setting: Setting, sets: PoolSets, params: Array, seen: Array) -> Array:
    """The sd of what the law itself may get wrong at one run on each set (S,)."""
    return setting.law_error(**columns_of_runs(sets, params, seen))


def values_by_union(
    setting: Setting, theta: Array, sets: PoolSets, params: Array, seen: Array
) -> Iterator[tuple[NDArray[np.int64], Array]]:
    """The same for laws of one recursion over epochs: rows of the same sets together, and their values (batch, rows)."""
    given = columns_of_runs(sets, params, seen)
    paths = [
        UNION_FUNCTIONS[name](sets.sizes, sets.inside, setting.column(column, given, seen.shape), *arguments)
        for name, column, arguments in setting.code.whole_arguments(theta, len(sets.pools))
    ]
    for parts in zip(*paths, strict=True):
        rows = parts[0][0]
        some = {name: values[rows] for name, values in given.items()}
        yield rows, outer(setting, theta, [path.T for _, path in parts], some.pop("data_unique"), **some)


def _chunks(setting: Setting, batch: int, sets: PoolSets, seen: Array) -> list[slice]:
    """Stretches of rows whose arrays stay within CHUNK; a law that walks over epochs holds an array for each of them."""
    cost = np.full(len(sets), float(batch * len(sets.pools)))
    if setting.walks:
        cost *= 1.0 + np.nan_to_num(seen / sets.unique) * sets.inside.sum(axis=1)
    group = np.floor(np.cumsum(cost) / CHUNK).astype(np.int64)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(group)) + 1, [len(sets)]])
    return [slice(int(a), int(b)) for a, b in pairwise(starts)]


def runs_of(setting: Setting, sets: PoolSets, budgets: list[Budget]) -> tuple[PoolSets, Array, Array]:
    """All sets at all budgets, flat: (sets repeated, params, data_seen), budgets slowest."""
    every = sets.take(np.tile(np.arange(len(sets)), len(budgets)))
    if any(budget.flops is None for budget in budgets):
        runs = [budget.of_sets(setting, sets) for budget in budgets]
        return every, np.concatenate([p for p, _ in runs]), np.concatenate([n for _, n in runs])
    flops = np.repeat(np.array([budget.flops for budget in budgets], dtype=float), len(sets))
    params = best_params(setting, setting.estimate, every, flops)[0]
    return every, params, flops / (TRAINING_FLOP * params)


def size_of_best_set(setting: Setting, flops: Array) -> Array:
    """The model size of the best set of pools at each compute budget (m,), as plan_filtering has it."""
    sets = all_sets(setting.pools, setting.sizes)
    every, *runs = runs_of(setting, sets, [Budget(flops=float(each)) for each in flops])
    value = setting.turned(values_of_sets(setting, setting.estimate, every, *runs)[0]).reshape(len(flops), -1)
    best = np.where(np.isfinite(value), value, np.inf).argmin(axis=1)
    return runs[0].reshape(value.shape)[np.arange(len(flops)), best]


def best_params(setting: Setting, theta: Array, sets: PoolSets, flops: float | Array) -> Array:
    """The model size that is best for each set at its compute budget, for each row of theta (batch = 1): (1, S)."""

    def loss(params: Array) -> Array:
        return setting.turned(values_of_sets(setting, theta, sets, params[0], flops / (TRAINING_FLOP * params[0])))

    return minimise(loss, np.broadcast_to(np.sqrt(np.asarray(flops) / TRAINING_FLOP), (len(sets),)))[0]
