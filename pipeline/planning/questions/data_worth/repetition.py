"""What a repeated sample is worth: the fresh data that n samples of U unique ones equal, and the worth of one more of them.

effective_data solves law(fresh n) = law(n samples of U unique ones); value_of_repeat is d effective_data / d n there: 1 is as
good as fresh, 0 is nothing. Defined by the law's values alone, so every law that sees unique data has it. Where the formula holds
a term for it (D' of Muennighoff et al. 2023, eff(n; U, R) of pooled effective data) the two agree, as long as model size is no
bottleneck: the smallest model of the runs is taken, unless [plan] params says else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.planning.budgets import declared
from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.pools.candidates import has_size
from pipeline.planning.questions.sizes.data_constrained import amounts
from pipeline.planning.setting import Members, Setting
from pipeline.planning.sizes.minimum import sections

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

EPOCHS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 16.0, 20.0, 40.0, 100.0)
STEP = 1e-4
"""Relative step of derivatives: second-order differences err by 1e-8, and rounding by less."""
GRID = 600
BETTER = 4.0
"""Fresh data is sought up to this multiple of the samples seen: a law may hold repeats to be better than fresh samples."""
NOTHING = 1e-9
"""Differences of values close to a floor are rounding below this worth."""
FLOOR = "No amount of fresh data is worth as much under this law: its repeats count for more than fresh samples."


HALF, MOST_EPOCHS, HALF_POINTS = 0.5, 1000.0, 49
"""Worth of a repeat at which repeating ends to pay, most epochs that are looked at, points of the grid."""
HALVINGS, PARTS = 30, 64
"""Between two points of it, one part of so many is kept until it is as near as so many halvings: in 5 calls of the law."""


@dataclass(frozen=True)
class Source:
    """What is repeated: a pool (its place among the law's pools), or the one data set of a law without pools."""

    unique: float
    pool: int | None = None
    params: float | None = None

    def value(self, setting: Setting, theta: Array, seen: Array, unique: Array) -> Array:
        """The law at runs that see `seen` samples of `unique` distinct ones: (batch, n)."""
        columns = self._columns(seen, unique)
        return setting.value(theta, self._members(setting, columns["data_unique"]), **columns)

    def law_error(self, setting: Setting, seen: Array) -> Array:
        """The sd (n,) of what the law itself may get wrong at runs that see `seen` samples of the source."""
        return setting.law_error(**self._columns(seen, np.array(self.unique)))

    def _columns(self, seen: Array, unique: Array) -> dict[str, Array]:
        size = {} if self.params is None else {"params": np.full(seen.shape, self.params)}
        return {"data_seen": seen, "data_unique": np.broadcast_to(unique, seen.shape)} | size

    def _members(self, setting: Setting, unique: Array) -> Members | None:
        if self.pool is None:
            return None
        one = np.zeros((len(unique), len(setting.pools)))
        one[:, self.pool] = 1.0
        return Members(one, one * unique[:, None], one * unique[:, None])


def answers(law: Law) -> bool:
    """Laws that tell repeated data from fresh: over pools, or by data_unique or epochs."""
    sees_repeats = "unique" in law.member_columns or bool({"data_unique", "epochs"} & set(law.columns))
    return sees_repeats and "data_seen" in law.columns


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_repetition: one row a pool (or amount of unique data) and number of epochs."""
    setting = Setting(fit, study, frame)
    epochs = declared(setting, "epochs")
    grid = np.array(EPOCHS) if epochs is None else epochs
    return pl.concat([rows_of_source(setting, source, grid) for source in sources(setting)])


def sources(setting: Setting) -> list[Source]:
    """Each atomic pool at its size, or each amount of unique data that the study or the runs name."""
    params = None
    if has_size(setting):
        own = declared(setting, "params")
        params = float(own[0]) if own is not None else float(setting.runs[setting.size_column].min())  # type: ignore[arg-type]  # sizes
    if setting.law.pooled:
        return [Source(float(size), k, params) for k, size in enumerate(setting.sizes)]
    return [Source(float(unique), None, params) for unique in amounts(setting)]


def rows_of_source(setting: Setting, source: Source, epochs: Array) -> pl.DataFrame:
    """The rows of one pool or amount of unique data."""
    seen, n = source.unique * epochs, len(epochs)
    value = source.value(setting, setting.estimate, seen, np.array(source.unique))[0]
    effective = exact_effective(setting, source, seen, value)
    worth = _worth(setting, source, seen, effective)
    distance = setting.distance("data_seen", seen)
    drawn = None if setting.draws is None else source.value(setting, setting.draws, seen, np.array(source.unique))
    drawn_effective, drawn_worth = (None, None) if drawn is None else draws_of_effective(setting, source, seen, drawn)
    return table(
        {
            "distance": distance,
            "pool": [None if source.pool is None else setting.pools[source.pool]] * n,
            "params": [source.params] * n,
            "data_unique": np.full(n, source.unique),
            "epochs": epochs,
            **estimated("effective_data", effective, drawn_effective),
            **estimated("value_of_repeat", _clean(worth), None if drawn_worth is None else _clean(drawn_worth)),
            "metric": [setting.metric] * n,
            **estimated("value", value, setting.with_law_error(drawn, source.law_error(setting, seen))),
            **half_worth(setting, source, n),
            "message": [None if np.isfinite(e) else FLOOR for e in effective],
        },
        {"message": pl.String, "pool": pl.String},
    )


def half_worth(setting: Setting, source: Source, count: int) -> dict[str, Any]:
    """Epochs from which on one more sample is worth less than half a fresh one, solved for, not read off the rows: the same for
    each of `count` rows. NULL where it is worth more at MOST_EPOCHS."""
    grid = np.geomspace(1.0, MOST_EPOCHS, HALF_POINTS)

    def worth(epochs: Array) -> Array:
        seen = source.unique * epochs
        value = source.value(setting, setting.estimate, seen, np.array(source.unique))[0]
        return _worth(setting, source, seen, exact_effective(setting, source, seen, value))

    low, high = _bracket(worth(grid)[None], grid)
    for _ in range(round(HALVINGS / np.log2(PARTS)) if np.isfinite(low).all() else 0):
        points = np.geomspace(low[0], high[0], PARTS + 1)
        above = int(np.logical_and.accumulate(worth(points[1:-1]) >= HALF).sum())
        low, high = points[above : above + 1], points[above + 1 : above + 2]
    drawn = None
    if setting.draws is not None:
        seen = source.unique * grid
        value = source.value(setting, setting.draws, seen, np.array(source.unique))
        ends = _bracket(draws_of_effective(setting, source, seen, value)[1], grid)
        drawn = np.sqrt(ends[0] * ends[1])[:, None]
    found = estimated("epochs_worth_half", low, drawn)
    return {name: [None if column[0] is None else float(column[0])] * count for name, column in found.items()}


def _bracket(worth: Array, grid: Array) -> tuple[Array, Array]:
    """The points of the grid (n,) between which each row of worth (batch, n) first falls below a half; both 1 where it starts
    there, not-a-number where it never does, or is unknown before."""
    below = worth < HALF
    at = below.argmax(axis=1)
    unknown = ~below.any(axis=1) | np.isnan(np.where(np.arange(worth.shape[1]) <= at[:, None], worth, 0.0)).any(axis=1)
    return np.where(unknown, np.nan, grid[np.maximum(at - 1, 0)]), np.where(unknown, np.nan, grid[at])


def exact_effective(setting: Setting, source: Source, seen: Array, value: Array) -> Array:
    """Fresh samples whose value is `value` at the estimate, by sections; data in the first epoch is its own worth."""

    def difference(fresh: Array) -> Array:
        points = fresh.ravel()
        return source.value(setting, setting.estimate, points, points)[0].reshape(fresh.shape) - value[:, None]

    found = sections(difference, 1e-3 * seen, BETTER * seen)
    return np.where(seen <= source.unique, seen, found)


def draws_of_effective(setting: Setting, source: Source, seen: Array, value: Array) -> tuple[Array, Array]:
    """effective_data and value_of_repeat (batch, n) of each draw, from its fresh curve on a fine grid in ln n."""
    assert setting.draws is not None
    grid = np.exp(np.linspace(np.log(1e-2 * min(source.unique, seen.min())), np.log(BETTER * seen.max()), GRID))
    curve = setting.turned(source.value(setting, setting.draws, grid, grid))
    slope = np.gradient(curve, np.log(grid), axis=1)
    at = np.array([_interpolate(v, c, np.log(grid)) for v, c in zip(setting.turned(value), curve, strict=True)])
    effective = np.where(seen <= source.unique, seen, np.exp(at))
    fresh = np.array([np.interp(x, np.log(grid), s) for x, s in zip(np.log(effective), slope, strict=True)]) / effective
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = setting.turned(_slope(setting, source, setting.draws, seen, source.unique)) / fresh
    return effective, np.where(seen < source.unique, 1.0, worth)


def _clean(worth: Array) -> Array:
    return np.where(np.abs(worth) < NOTHING, 0.0, worth)


def _interpolate(value: Array, curve: Array, axis: Array) -> Array:
    """Where a falling curve takes each value; NaN beyond its ends."""
    if not np.isfinite(curve).all():
        return np.full(value.shape, np.nan)
    return np.interp(-value, -curve, axis, left=np.nan, right=np.nan)


def _slope(setting: Setting, source: Source, theta: Array, seen: Array, unique: float) -> Array:
    """d value / d n of the next sample at fixed unique data: forward, because epochs are kinks."""
    points = np.concatenate([seen * (1 + k * STEP) for k in range(3)])
    y0, y1, y2 = np.split(source.value(setting, theta, points, np.array(unique)), 3, axis=1)
    return (-3 * y0 + 4 * y1 - y2) / (2 * STEP * seen)


def _worth(setting: Setting, source: Source, seen: Array, effective: Array) -> Array:
    """What one more sample is worth against a fresh one at the estimate; NaN where neither moves the prediction."""
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = _slope(setting, source, setting.estimate, seen, source.unique)[0]
        return np.asarray(slope / _fresh_slope(setting, source, effective))


def _fresh_slope(setting: Setting, source: Source, fresh: Array) -> Array:
    """d value / d n of fresh data at the estimate."""
    points = np.concatenate([fresh * (1 - STEP), fresh * (1 + STEP)])
    below, above = np.split(source.value(setting, setting.estimate, points, points)[0], 2)
    return (above - below) / (2 * STEP * fresh)


PLAN = Plan("plan_repetition", answers, build, "How often may data be repeated, and what is one more repeat worth?")
