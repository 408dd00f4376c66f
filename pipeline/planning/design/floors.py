"""What a small run must have at least to be worth doing: optimizer steps, data per parameter, size. [plan] may say otherwise.

A run of two steps or of a twentieth of a token per parameter obeys a law's formula and tells nothing about the law.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.planning.budgets import one
from pipeline.planning.plan import Array
from pipeline.planning.setting import Setting

STEPS, PER_PARAM, SMALLER = 1000.0, 1.0, 2.0
"""Least optimizer steps, least data per parameter, and how many times smaller than the smallest run a run may be: in size,
and in data where no batch was logged."""


@dataclass(frozen=True)
class Floors:
    """Least data of a run (of its steps at the logged batch, else a part of the shortest run's), least data per parameter, least
    size; 0 where nothing says."""

    data_seen: float
    data_per_param: float
    params: float

    def allow(self, params: Array, data_seen: Array) -> NDArray[np.bool_]:
        """Which runs are large and long enough; runs without a size are judged by their data alone."""
        with np.errstate(invalid="ignore"):
            sized = np.isnan(params) | ((params >= self.params) & (data_seen >= self.data_per_param * params))
        return np.asarray(sized & (data_seen >= self.data_seen))


def floors_of(setting: Setting) -> Floors:
    """The floors of a study: what [plan] declares, else the usual ones, or what its own runs have where that is less."""
    seen, params = setting.logged("data_seen"), setting.logged("params")
    batch = samples_a_step(setting)
    steps = one(setting, "experiment_steps")
    if steps is None:
        steps = min(STEPS, float(seen.min()) / batch) if batch and seen.size else 0.0
    ratio = one(setting, "experiment_data_per_param")
    if ratio is None:
        ratio = min(PER_PARAM, _least_ratio(setting)) if params.size else 0.0
    smaller = one(setting, "experiment_smaller") or SMALLER
    shortest = steps * batch if batch else float(seen.min()) / smaller if seen.size else 0.0
    return Floors(shortest, ratio, float(params.min()) / smaller if params.size else 0.0)


def samples_a_step(setting: Setting) -> float | None:
    """Data that one optimizer step consumes: the median logged batch, in the study's unit of data; None if unlogged."""
    runs = setting.runs
    if "batch_size" not in runs.columns or runs["batch_size"].drop_nulls().is_empty():
        return None
    units = set(runs["data_unit"].drop_nulls()) if "data_unit" in runs.columns else set()
    middle: Any = runs["batch_size"].median()
    if units != {"token"}:
        return float(middle)
    if "sequence_length" not in runs.columns or runs["sequence_length"].drop_nulls().is_empty():
        return None
    tokens: Any = (runs["batch_size"] * runs["sequence_length"]).median()
    return float(tokens)


def _least_ratio(setting: Setting) -> float:
    name = setting.size_column
    if name not in setting.runs.columns or "data_seen" not in setting.runs.columns:
        return PER_PARAM
    ratio: Any = (setting.runs["data_seen"] / setting.runs[name]).min()
    return PER_PARAM if ratio is None else float(ratio)
