"""Up to how many tokens a parameter does a pool help beside the best one, and from when does it harm?

A run on the best pool once through (T·N samples of it) is compared with the same run and the other pool added in proportion to
the pools' sizes. Where the change of the value crosses zero as T grows, the pool's value changes its sign (Russell et al. 2026,
arXiv:2609.40295). The threshold's interval is over the draws, with the law's own error; laws of effective data never change
sign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.plan import Array, Plan, around, interval, table
from pipeline.planning.pools.candidates import has_size
from pipeline.planning.setting import Members, Setting
from pipeline.schema import SIZES

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

GRID = np.geomspace(0.05, 2000.0, 241)
"""Tokens of the best pool a parameter."""
FEW_DRAWS = 0.5
DIRECTIONS = {1: "helps then harms", -1: "harms then helps", 0: "always helps", 2: "always harms"}


def answers(law: Law) -> bool:
    """Laws over pools that see model size and how much data a run draws."""
    return law.pooled and "data_seen" in law.columns and bool(set(SIZES) & set(law.columns))


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_pool_signs: one row a pool other than the best."""
    setting = Setting(fit, study, frame)
    if len(setting.pools) < 2 or not has_size(setting):
        return pl.DataFrame()
    return pl.concat([row_of_pool(setting, pool) for pool in range(1, len(setting.pools))])


def change(setting: Setting, theta: Array, pool: int, *, with_error: bool = False) -> Array:
    """What adding the pool does at each T of the grid, below 0 where it helps: (batch, T)."""
    first, added = setting.sizes[0], setting.sizes[pool]
    amounts = np.zeros((2, len(setting.pools)))
    amounts[:, 0], amounts[1, pool] = first, added
    values = []
    for row in amounts:
        parts = np.tile(row, (len(GRID), 1))
        share = parts / parts.sum(axis=1, keepdims=True)
        run = {"params": first / GRID, "data_seen": np.full(len(GRID), row.sum()), "data_unique": np.full(len(GRID), row.sum())}
        value = setting.value(theta, Members(share, parts, np.where(parts > 0, setting.sizes, 0.0)), **run)
        values.append(setting.with_law_error_of_sets(value, share, setting.law_error(**run)) if with_error else value)
    return setting.turned(values[1]) - setting.turned(values[0])


def threshold(change: Array) -> tuple[Array, Array]:
    """(T, direction) of the last change of sign of each row, linear in ln T; T is NaN where the sign never changes.

    direction: 1 helps then harms, -1 harms then helps, 0 always helps, 2 always harms; NaN where the law has no value.
    """
    sign, axis = np.sign(change), np.log(GRID)
    flips = sign[:, :-1] * sign[:, 1:] < 0
    last = flips.shape[1] - 1 - flips[:, ::-1].argmax(axis=1)
    row, any_flip = np.arange(len(change)), flips.any(axis=1)
    left, right = change[row, last], change[row, last + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.clip(np.nan_to_num(left / (left - right)), 0.0, 1.0)
    at = np.exp(axis[last] + part * (axis[last + 1] - axis[last]))
    direction = np.where(any_flip, np.where(right > left, 1.0, -1.0), np.where(change[:, -1] < 0, 0.0, 2.0))
    known = np.isfinite(change).all(axis=1)
    return np.where(any_flip & known, at, np.nan), np.where(known, direction, np.nan)


def row_of_pool(setting: Setting, pool: int) -> pl.DataFrame:
    """The row of one pool beside the best."""
    found, way = (x[0] for x in threshold(change(setting, setting.estimate, pool)))
    share, low, high = _over_draws(setting, pool, way)
    size = setting.sizes[0]
    smallest, largest = (float(end(setting.logged("params"))) for end in (np.min, np.max))
    return table(
        {
            "distance": [
                0.0 if not np.isfinite(found) else float(np.log10(max(smallest * found / size, size / found / largest)))
            ],
            "pool": [setting.pools[pool]],
            "beside": [setting.pools[0]],
            "share": [setting.sizes[pool] / (size + setting.sizes[pool])],
            "data_unique": [setting.sizes[pool]],
            "direction": [DIRECTIONS.get(int(way)) if np.isfinite(way) else None],
            **around("data_per_param", np.array([found]), low, high),
            "params": [size / found],
            "share_of_draws": [share],
            "metric": [setting.metric],
            "message": [_message(setting, pool, found, way)],
        },
        {"message": pl.String, "direction": pl.String, "data_per_param_low": pl.Float64, "data_per_param_high": pl.Float64},
    )


def _over_draws(setting: Setting, pool: int, way: float) -> tuple[float | None, Array | None, Array | None]:
    """The share of the draws of the same direction, and the ends of the threshold among them."""
    if setting.search_draws is None:
        return None, None, None
    at, ways = threshold(change(setting, setting.search_draws, pool, with_error=True))
    if np.isnan(ways).any():
        return None, None, None
    alike = ways == way
    low, high = interval(at[alike & np.isfinite(at), None]) if alike.mean() >= FEW_DRAWS else (None, None)
    return float(alike.mean()), low, high


def _message(setting: Setting, pool: int, found: float, way: float) -> str | None:
    if np.isnan(way):
        return f"The law has no value for {setting.pools[pool]} beside {setting.pools[0]} at every size; see where it is not for."
    if np.isfinite(found):
        return None
    ratio = f"{setting.counted_in} of {setting.pools[0]} a parameter"
    return f"Its sign changes nowhere between {GRID[0]:g} and {GRID[-1]:g} {ratio}."


PLAN = Plan("plan_pool_signs", answers, build, "Up to how many tokens a parameter does a pool help, and from when does it harm?")
