"""What each pool adds to a law's pool sums, as a function of the unique samples of the whole set.

A run on a set draws from the union uniformly, so what pool k adds depends on the set only through its total U: share u_k/U,
unique and size u_k. Sets of equal total share their terms, and sums over pools are matrix products.
"""

from __future__ import annotations

import numpy as np

from pipeline.planning.plan import Array
from pipeline.planning.setting import Setting

HUGE = 1e300
"""In place of infinity, which times zero would be not-a-number for sets without the pool."""


def columns_of_run(params: float, seen: float) -> dict[str, float]:
    """The columns that one run on every set has in common."""
    return {"data_seen": seen} if np.isnan(params) else {"data_seen": seen, "params": params}


def terms(setting: Setting, theta: Array, totals: Array, sizes: Array, **columns: float) -> Array:
    """Terms (sums, batch, G, K) of each pool in sets of each total (G,), for runs of the given columns."""
    code, count, shape = setting.code, len(sizes), totals.shape
    given = {name: np.full(shape, x) for name, x in columns.items()} | {"data_unique": totals}
    values = [setting.column(name, given, shape) for name in code.columns]
    out = np.empty((code.layout["sums"], len(theta), len(totals), count))
    with np.errstate(all="ignore"):
        for k, size in enumerate(sizes):
            levels = [theta[:, i : i + 1] for i in code.columns_of_pool(k, count)]
            member = {"share": size / totals, "unique": np.full(shape, size), "size": np.full(shape, size)}
            shared = len(code.shared)
            parts = code.call["inner_value"](levels[:shared], levels[shared:], [member[m] for m in code.member_columns], values)
            for j, part in enumerate(parts):
                out[j, :, :, k] = part
    return out


def outer(setting: Setting, theta: Array, sums: list[Array], totals: Array, **columns: float | Array) -> Array:
    """The law (batch, n) where its pool sums and whole functions are `sums` and the sets' totals (n,)."""
    given = {name: np.broadcast_to(x, totals.shape) for name, x in columns.items()} | {"data_unique": totals}
    values = [setting.column(name, given, totals.shape) for name in setting.code.columns]
    shared = [theta[:, i : i + 1] for i in range(len(setting.code.shared))]
    with np.errstate(all="ignore"):
        (found,) = setting.code.call["outer_value"](shared, sums, values)
    return np.broadcast_to(found, (len(theta), len(totals)))


def sums_of_sets(terms_of_pools: Array, inside: Array) -> Array:
    """(batch, K) times (K, S), not-a-number only for sets with a pool whose term is."""
    if np.isfinite(terms_of_pools).all():
        return terms_of_pools @ inside
    lost = np.isnan(terms_of_pools)
    out = np.nan_to_num(terms_of_pools, posinf=HUGE, neginf=-HUGE) @ inside
    if lost.any():
        out[lost.astype(float) @ inside > 0] = np.nan
    return out
