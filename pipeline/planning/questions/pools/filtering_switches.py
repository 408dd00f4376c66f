"""At which budgets the best pool set changes, and in which share of the draws it changes there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.errors import PlanError
from pipeline.planning.budgets import budgets, declared
from pipeline.planning.plan import FINITE_SHARE, Array, Plan, around, interval, table
from pipeline.planning.pools.candidates import error_of_sets, has_size, values_of_sets
from pipeline.planning.pools.pool_sets import PoolSets, all_sets
from pipeline.planning.questions.pools.filtering import answers
from pipeline.planning.ranking import best as best_of
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.minimum import sections

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

NAMED, ALL = "named", "all"
"""The candidates that [plan] pool_sets names, and its word for the set of all pools."""
BEYOND = 10.0
"""No switch is claimed at more than ten times the largest budget of study and runs."""
POINTS, DRAW_POINTS = 161, 41
FEW_DRAWS = 0.1
"""A switch that fewer of the draws have gets no interval: its percentiles would be of a remnant."""


@dataclass(frozen=True)
class Switch:
    """Below `seen` samples the set `before` is best, above it the set `after` (places among the candidates)."""

    seen: float
    before: int
    after: int


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_filtering_switches: one row a switch and model size, among nested sets, all subsets and those that [plan] names."""
    setting = Setting(fit, study, frame)
    every, named = all_sets(setting.pools, setting.sizes), named_sets(setting)
    parts = []
    for params in sizes_of(setting):
        parts.append(rows(setting, every.take(np.flatnonzero(every.nested)), params, "nested"))
        parts.append(rows(setting, every, params, "subsets"))
        if named is not None:
            parts.append(rows(setting, named, params, NAMED))
    return pl.concat(parts)


def named_sets(setting: Setting) -> PoolSets | None:
    """The sets of [plan] pool_sets, "all" being that of every pool; None where the study names none.

    Raises PlanError for a pool that the fit does not know.
    """
    wanted = (setting.study.plan or {}).get("pool_sets")
    if wanted is None:
        return None
    lists = [list(setting.pools) if each == ALL else each for each in wanted]
    strange = [pool for each in lists for pool in each if pool not in setting.pools]
    if strange:
        known = ", ".join(setting.pools)
        raise PlanError(f"there is no pool {strange[0]!r} in the fit", place="[plan] pool_sets", fix=f"the pools are {known}")
    return PoolSets(setting.pools, setting.sizes, np.array([[pool in each for pool in setting.pools] for each in lists]))


def sizes_of(setting: Setting) -> list[float]:
    """Model sizes for which switches are sought; NaN for a law that sees none."""
    if not has_size(setting):
        return [np.nan]
    own = declared(setting, "params")
    return [setting.largest("params") or np.nan] if own is None else [float(n) for n in own]


def search_range(setting: Setting, column: str = "data_seen") -> tuple[float, float]:
    """Budgets (data_seen or flops) between which plans search: from the smallest of study and runs to ten times their largest."""
    own = declared(setting, column)
    known = np.concatenate([x for x in (own, setting.logged(column)) if x is not None])
    if not known.size:
        known = budgets(setting, column)
    return float(known.min()), float(known.max()) * BEYOND


def values_on(setting: Setting, theta: Array, sets: PoolSets, seen: Array, params: float) -> Array:
    """The law at every budget and set: (batch, budgets, S)."""
    rows_ = np.tile(np.arange(len(sets)), len(seen))
    flat = values_of_sets(setting, theta, sets.take(rows_), np.full(len(rows_), params), np.repeat(seen, len(sets)))
    return flat.reshape(len(theta), len(seen), len(sets))


def with_law_error_on(setting: Setting, values: Array, sets: PoolSets, seen: Array, params: float) -> Array:
    """Values (batch, budgets, S) of draws with what the law may get wrong about each set."""
    every = sets.take(np.tile(np.arange(len(sets)), len(seen)))
    error = error_of_sets(setting, every, np.full(len(every), params), np.repeat(seen, len(sets)))
    return setting.with_law_error_of_sets(values.reshape(len(values), -1), every.members().share, error).reshape(values.shape)


def find(setting: Setting, sets: PoolSets, params: float) -> list[Switch]:
    """The switches of the estimate, by a grid in ln n and ever smaller sections between its points."""
    low, high = search_range(setting)
    grid = np.geomspace(low, high, POINTS)
    best = best_of(values_on(setting, setting.estimate, sets, grid, params)[0], setting.measured)[0]
    changes = np.flatnonzero(np.diff(best))
    return [_refine(setting, sets, params, grid[i : i + 2], int(best[i]), int(best[i + 1])) for i in changes]


def _refine(setting: Setting, sets: PoolSets, params: float, bracket: Array, before: int, after: int) -> Switch:
    pair = sets.take(np.array([before, after]))

    def difference(seen: Array) -> Array:
        values = values_on(setting, setting.estimate, pair, seen.ravel(), params)[0]
        return (values[:, 1] - values[:, 0]).reshape(seen.shape)

    at = sections(difference, bracket[:1], bracket[1:])[0]
    return Switch(float(at), before, after)


def rows(setting: Setting, sets: PoolSets, params: float, candidates: str) -> pl.DataFrame:
    """The rows of one family of candidates at one model size."""
    switches = find(setting, sets, params)
    contenders = sorted({place for s in switches for place in (s.before, s.after)})
    drawn = _in_draws(setting, sets, params, switches, contenders)
    low, high, share = drawn if drawn is not None else (None, None, [None] * len(switches))
    seen = np.array([s.seen for s in switches])
    return table(
        {
            "distance": setting.distance("data_seen", seen),
            "candidates": [candidates] * len(switches),
            "params": [params] * len(switches),
            **around("data_seen", seen, low, high),
            "from_pools": [sets.names(s.before) for s in switches],
            "to_pools": [sets.names(s.after) for s in switches],
            "share_of_draws": share,
            "message": [None] * len(switches),
        },
        {
            "message": pl.String,
            "candidates": pl.String,
            "from_pools": pl.List(pl.String),
            "to_pools": pl.List(pl.String),
            **dict.fromkeys(("params", "data_seen", "data_seen_low", "data_seen_high", "share_of_draws"), pl.Float64),
        },
    )


def _in_draws(
    setting: Setting, sets: PoolSets, params: float, switches: list[Switch], contenders: list[int]
) -> tuple[Array, Array, list[float | None]] | None:
    """Interval and share of each switch over the draws, among the sets that are best somewhere at the estimate."""
    if setting.search_draws is None or not switches:
        return None
    grid = np.geomspace(*search_range(setting), DRAW_POINTS)
    some = sets.take(np.array(contenders))
    values = with_law_error_on(setting, values_on(setting, setting.search_draws, some, grid, params), some, grid, params)
    unknown = np.isnan(values).any(axis=2)
    best = np.where(unknown, -1, best_of(values, setting.measured)[0])
    if unknown.mean() > 1 - FINITE_SHARE:
        return np.full(len(switches), np.nan), np.full(len(switches), np.nan), [None] * len(switches)
    lows: list[float] = []
    highs: list[float] = []
    shares: list[float | None] = []
    for switch in switches:
        at = draw_switches(values, best, np.log(grid), contenders.index(switch.before), contenders.index(switch.after))
        found = at[np.isfinite(at)]
        low, high = interval(found[:, None]) if len(found) >= FEW_DRAWS * len(at) else (None, None)
        lows.append(np.nan if low is None else float(low[0]))
        highs.append(np.nan if high is None else float(high[0]))
        shares.append(float(np.isfinite(at).mean()))
    return np.array(lows), np.array(highs), shares


def draw_switches(values: Array, best: np.ndarray, axis: Array, before: int, after: int) -> Array:
    """Where each draw's best set changes from `before` to `after`, NaN where it does not: linear between grid points."""
    hits = (best[:, :-1] == before) & (best[:, 1:] == after)
    at = hits.argmax(axis=1)
    row = np.arange(len(best))
    gap = values[:, :, after] - values[:, :, before]
    left, right = gap[row, at], gap[row, at + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.clip(np.nan_to_num(left / (left - right)), 0.0, 1.0)
    place = axis[at] + (axis[at + 1] - axis[at]) * part
    return np.where(hits.any(axis=1), np.exp(place), np.nan)


PLAN = Plan("plan_filtering_switches", answers, build, "At which budget does the best pool set change?")
