"""After how many epochs does another one hurt: the best number of epochs over fixed unique data at a fixed model size.

A law of repeats that only fade never turns: there is no best number, and the row says so. Where a repeat costs P·(k − 1)·N/U,
the search finds k* = (B·β·U^(1−β) / (P·N))^(1/(1+β)). The search is global: where the first repeat has an infinite price (a
power of the repetitions below one), one epoch is always a local optimum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.planning.budgets import declared
from pipeline.planning.plan import Array, Plan, estimated, join_notes, table
from pipeline.planning.pools.candidates import has_size
from pipeline.planning.questions.data_worth.repetition import Source, answers, sources
from pipeline.planning.ranking import best as best_of
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.minimum import golden

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

MOST = 1000.0
GRID = np.geomspace(1.0, MOST, 241)
FLAT = 1e-6
"""A value that rises by less than this part of itself up to MOST epochs has levelled off: it has not turned."""
NEVER = f"Under this law another epoch never hurts, up to {MOST:g} of them: its repeats fade, or the runs show no cost."
ONCE = "Every repeat hurts: one epoch is best."
RECIPES = (
    'What a repeat costs belongs to a recipe: these runs are of {}, so fit each alone (group_by = ["recipe"]). Weight decay of '
    "about ten times the usual took 70 % off it in published runs."
)


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_epochs: one row an amount of unique data (or pool) and model size."""
    setting = Setting(fit, study, frame)
    asked = [source for size in _sizes(setting) for source in sources_of_size(setting, size)]
    recipes = _recipes(setting)
    return pl.concat([row_of_source(setting, source, recipes) for source in asked])


def sources_of_size(setting: Setting, size: float | None) -> list[Source]:
    """What may be repeated, seen by a model of that size."""
    return [Source(source.unique, source.pool, size) for source in sources(setting)]


def _sizes(setting: Setting) -> list[float | None]:
    """The study's model sizes, or the smallest and the largest of its runs; none where the law sees no size."""
    if not has_size(setting):
        return [None]
    own = declared(setting, "params")
    found = setting.logged("params") if own is None else own
    return [float(x) for x in (np.unique([found.min(), found.max()]) if own is None else own)]


def best_epochs(setting: Setting, source: Source, theta: Array) -> Array:
    """The best number of epochs for each row of theta (batch,): NaN where no further epoch hurts, up to MOST of them."""
    values = source.value(setting, theta, GRID * source.unique, np.array(source.unique))
    curve, least = setting.turned(values), best_of(values, setting.measured)[0]
    bottom = curve[np.arange(len(curve)), least]
    turned = np.isfinite(curve).all(axis=1) & (curve[:, -1] - bottom > FLAT * np.abs(bottom)) & (least < len(GRID) - 1)
    return np.where(turned, np.exp(_vertex(curve, least)), np.nan)


def _vertex(curve: Array, least: NDArray[np.int64]) -> Array:
    """ln of the least point of a parabola through the three points around the least of each row; an end stays where it is."""
    axis, inner = np.log(GRID), np.clip(least, 1, len(GRID) - 2)
    row = np.arange(len(curve))
    left, middle, right = (curve[row, inner + k] for k in (-1, 0, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.clip(np.nan_to_num(0.5 * (left - right) / (left - 2 * middle + right)), -1.0, 1.0)
    return np.where(inner == least, axis[inner] + shift * (axis[1] - axis[0]), axis[least])


def exact_epochs(setting: Setting, source: Source) -> float:
    """The estimate's best number of epochs, by golden section around the least point of the grid."""
    near = float(best_epochs(setting, source, setting.estimate)[0])
    if not np.isfinite(near) or near <= GRID[1]:
        return near

    def value(epochs: Array) -> Array:
        return setting.turned(source.value(setting, setting.estimate, epochs[0] * source.unique, np.array(source.unique)))

    step = GRID[1] ** 2
    return float(np.exp(golden(value, np.log([[max(near / step, 1.0)]]), np.log([[near * step]])))[0, 0])


def row_of_source(setting: Setting, source: Source, recipes: str | None) -> pl.DataFrame:
    """The row of one pool or amount of unique data at one model size."""
    found = exact_epochs(setting, source)
    drawn = None if setting.search_draws is None else best_epochs(setting, source, setting.search_draws)
    turns = None if drawn is None else float(np.isfinite(drawn).mean())
    at = np.array([1.0, found if np.isfinite(found) else MOST]) * source.unique
    distance = setting.distance("data_seen", at)

    def values(theta: Array) -> Array:
        return source.value(setting, theta, at, np.array(source.unique))

    value = values(setting.estimate)[0]
    draws = None if setting.draws is None else values(setting.draws)
    spread = setting.with_law_error(draws, source.law_error(setting, at))
    note = NEVER if not np.isfinite(found) else ONCE if found <= GRID[1] else None
    return table(
        {
            "distance": distance[1:],
            "pool": [None if source.pool is None else setting.pools[source.pool]],
            "params": [source.params],
            "data_unique": [source.unique],
            **estimated("epochs", np.array([found]), None if drawn is None else drawn[:, None]),
            "share_of_draws": [turns],
            "metric": [setting.metric],
            **estimated("value", value[1:], None if spread is None else spread[:, 1:]),
            **estimated("value_once", value[:1], None if spread is None else spread[:, :1]),
            "message": [join_notes(note, recipes)],
        },
        {"message": pl.String, "pool": pl.String, "params": pl.Float64},
    )


def _recipes(setting: Setting) -> str | None:
    """That the fit mixes recipes, where a parameter of the law belongs to one."""
    if not any(parameter.of_recipe for parameter in setting.law.parameters) or "recipe" not in setting.runs.columns:
        return None
    found = sorted(setting.runs["recipe"].drop_nulls().unique().to_list())
    return RECIPES.format(", ".join(found)) if len(found) > 1 else None


PLAN = Plan("plan_epochs", answers, build, "After how many epochs over the same data does another one hurt?")
