"""What another model size costs: loss against N at constant compute, and the compute that a smaller model needs to catch up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.questions.sizes.compute_optimal import answers, optimum, sized, without_optimum
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.equal_loss import data_for_loss

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

SIZES = 2.0 ** np.arange(-5, 4)
"""Multiples of the compute-optimal model size that a row is made for: 1/32 to 8."""
UNREACHABLE = "No amount of data gives a model of this size the compute-optimal loss."


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_over_training: one row a budget and model size, around the compute-optimal size of that budget."""
    setting = Setting(fit, study, frame)
    flops, best = sized(setting)
    if not len(flops):
        return without_optimum(setting)
    return rows(setting, np.repeat(flops, len(SIZES)), np.outer(best, SIZES).ravel(), np.tile(SIZES, len(flops)))


def rows(setting: Setting, flops: Array, params: Array, factors: Array) -> pl.DataFrame:
    """The rows for given budgets and sizes, `factors` times the best ones (m,): each draw has its own compute-optimal run."""
    data = flops / (TRAINING_FLOP * params)
    loss, penalty, matched = (x[0] for x in against_optimum(setting, setting.estimate, flops, params))
    draws = None if setting.draws is None else against_optimum(setting, setting.draws, flops, params)
    distance = setting.distance("flops", flops)
    spread = setting.with_law_error(None if draws is None else draws[0], setting.law_error(params=params, data_seen=data))
    return table(
        {
            "distance": distance,
            "flops": flops,
            "size_factor": factors,
            "params": params,
            "data_seen": data,
            "data_per_param": data / params,
            **estimated("loss", loss, spread),
            **_from_below("loss_penalty", penalty, None if draws is None else draws[1]),
            **_from_below("flops_to_match", matched, None if draws is None else draws[2]),
            **_from_below("extra_training", matched / flops - 1, None if draws is None else draws[2] / flops - 1),
            "message": [None if np.isfinite(m) else UNREACHABLE for m in matched],
        },
        {"message": pl.String},
    )


def _from_below(name: str, value: Array, draws: Array | None) -> dict[str, Array | list[None]]:
    """An estimate that is least at the optimum itself, where every draw lies above it: the interval reaches down to it."""
    found = estimated(name, value, draws)
    low = found[f"{name}_low"]
    return found if isinstance(low, list) else {**found, f"{name}_low": np.minimum(low, value)}


def against_optimum(setting: Setting, theta: Array, flops: Array, params: Array) -> tuple[Array, Array, Array]:
    """(loss, loss above the optimum's, training FLOPs with which this size reaches the optimum's loss), each (batch, m)."""
    unique, back = np.unique(flops, return_inverse=True)
    size, least = (x[:, back] for x in optimum(setting, theta, unique))
    loss = setting.value(theta, params=params, data_seen=flops / (TRAINING_FLOP * params))
    sizes = np.broadcast_to(params, least.shape)
    data = data_for_loss(setting, theta, sizes, least, flops / (TRAINING_FLOP * size))
    return loss, np.maximum(setting.turned(loss - least), 0.0), TRAINING_FLOP * sizes * data


PLAN = Plan(
    "plan_over_training", answers, build, "What does a smaller or larger model cost, in loss at equal compute or in compute?"
)
