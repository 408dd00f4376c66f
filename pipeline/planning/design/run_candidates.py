"""Small runs that somebody could do next, about a thousand: sizes x data, or pool sets x data for a law of pools."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.planning.design.floors import floors_of
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array
from pipeline.planning.pools.candidates import error_of_sets, has_size, values_of_sets
from pipeline.planning.pools.pool_sets import PoolSets, all_sets
from pipeline.planning.questions.costs.money import cost_of_a_sample
from pipeline.planning.setting import Setting

SIZES_TRIED, RATIOS_TRIED = 25, 40
SETS_TRIED = 24
BELOW, ABOVE = 0.5, 3.0
"""Sizes from half the smallest to three times the largest run's; data per parameter, from half the least to twice the most."""


@dataclass(frozen=True)
class Candidates:
    """Runs that can be done: `cost` in FLOPs (in samples where the study knows no FLOPs), where they lie, and their pool sets."""

    params: Array
    data_seen: Array
    cost: Array
    costs_flops: bool
    sets: PoolSets | None = None

    def __len__(self) -> int:
        return len(self.cost)

    @property
    def place(self) -> Array:
        """Where a run lies, in decades: of size and data (J, 2), of data where pool sets tell runs apart (J, 1)."""
        data = np.log10(self.data_seen)
        return np.column_stack([np.log10(self.params), data]) if self.sets is None else data[:, None]

    def value(self, setting: Setting, theta: Array) -> Array:
        """What the law says that the runs will show, for each row of theta: (batch, J)."""
        if self.sets is None:
            return setting.value(theta, params=self.params, data_seen=self.data_seen)
        return values_of_sets(setting, theta, self.sets, self.params, self.data_seen)

    def law_error(self, setting: Setting) -> Array:
        """The sd (J,) of what the law itself may get wrong at the runs."""
        if self.sets is None:
            return setting.law_error(params=self.params, data_seen=self.data_seen)
        return error_of_sets(setting, self.sets, self.params, self.data_seen)


def sized(setting: Setting, most: float) -> Candidates:
    """Sizes x data amounts of at most `most` FLOPs each, as round numbers, within the reach of the fitted runs."""
    params = np.asarray(setting.runs[setting.size_column].drop_nulls().to_numpy(), dtype=float)
    ratio = np.asarray((setting.runs["data_seen"] / setting.runs[setting.size_column]).drop_nulls().to_numpy(), dtype=float)
    sizes = two_digits(np.geomspace(params.min() * BELOW, params.max() * ABOVE, SIZES_TRIED))
    ratios = np.geomspace(ratio.min() * BELOW, ratio.max() / BELOW, RATIOS_TRIED)
    each, per = (x.ravel() for x in np.meshgrid(np.unique(sizes), ratios))
    seen = two_digits(each * per)
    cost = TRAINING_FLOP * each * seen
    keep = (cost <= most) & floors_of(setting).allow(each, seen)
    return Candidates(each[keep], seen[keep], cost[keep], True)


def pooled(setting: Setting, most: float, contenders: PoolSets | None = None) -> Candidates:
    """Pool sets x amounts of data of at most `most` each, with the model size that the runs have. Sets are the contenders, nested
    sets and single pools."""
    sets = all_sets(setting.pools, setting.sizes)
    first = np.zeros(len(sets), dtype=bool) if contenders is None else _among(sets, contenders)
    plain = (sets.nested | (sets.inside.sum(axis=1) == 1)) & ~first
    tried = sets.take(np.concatenate([np.flatnonzero(first), np.flatnonzero(plain)])[:SETS_TRIED])
    seen = np.asarray(setting.runs["data_seen"].drop_nulls().to_numpy(), dtype=float)
    amounts = np.unique(two_digits(np.geomspace(seen.min(), seen.max() * ABOVE, RATIOS_TRIED)))
    which = np.repeat(np.arange(len(tried)), len(amounts))
    data = np.tile(amounts, len(tried))
    per_sample = cost_of_a_sample(setting)
    cost = data * (per_sample or 1.0)
    size = setting.typical(setting.size_column) if has_size(setting) else np.nan
    keep = (cost <= most) & floors_of(setting).allow(np.full(len(data), np.nan), data)
    return Candidates(np.full(keep.sum(), size), data[keep], cost[keep], per_sample is not None, tried.take(which[keep]))


def _among(sets: PoolSets, some: PoolSets) -> NDArray[np.bool_]:
    wanted = {row.tobytes() for row in some.inside}
    return np.array([row.tobytes() in wanted for row in sets.inside])


def two_digits(values: Array) -> Array:
    """Rounded to two significant digits: nobody trains 103 718 233 parameters."""
    scale = 10.0 ** (np.floor(np.log10(values)) - 1)
    return np.asarray(np.round(values / scale) * scale)


def naive_grid(setting: Setting, budget: float, sizes: int = 4, ratios: int = 4) -> tuple[Array, Array]:
    """(params, data_seen) of the grid that people do instead: the fitted runs' sizes x data per parameter, evenly in logarithms,
    scaled so that all of it costs `budget`."""
    params = setting.runs[setting.size_column].drop_nulls().to_numpy()
    ratio = (setting.runs["data_seen"] / setting.runs[setting.size_column]).drop_nulls().to_numpy()
    each = np.repeat(np.geomspace(params.min(), params.max(), sizes), ratios)
    per = np.tile(np.geomspace(ratio.min(), ratio.max(), ratios), sizes)
    scale = np.sqrt(budget / (TRAINING_FLOP * each * each * per).sum())
    return each * scale, each * scale * per
