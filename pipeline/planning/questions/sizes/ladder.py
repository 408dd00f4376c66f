"""A ladder of small runs below a budget: compute-optimal rungs at one ratio of data to parameters, a factor apart in compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.budgets import budgets
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.questions.sizes.compute_optimal import EDGE, answers, optimum
from pipeline.planning.setting import Setting

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

RUNGS = 6
FIRST, LAST = 1e-4, 1e-2
"""Compute of the smallest and the largest rung over the target's: the whole ladder costs less than two percent of the target."""


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_ladder: one row a rung and target budget. Every rung has the target's ratio of data to parameters."""
    setting = Setting(fit, study, frame)
    return pl.concat([rungs(setting, float(target)) for target in budgets(setting, "flops")])


def rungs(setting: Setting, target: float) -> pl.DataFrame:
    """The rungs of one target, smallest first."""
    size: Array = optimum(setting, setting.estimate, np.array([target]))[0][0]
    flops = target * np.geomspace(FIRST, LAST, RUNGS)
    params = size * np.sqrt(flops / target)
    data = flops / (TRAINING_FLOP * params)
    loss = setting.value(setting.estimate, params=params, data_seen=data)[0]
    distance = setting.distance("flops", flops)
    draws = None if setting.draws is None else setting.value(setting.draws, params=params, data_seen=data)
    return table(
        {
            "distance": distance,
            "target_flops": [target] * RUNGS,
            "rung": np.arange(1, RUNGS + 1),
            "flops": flops,
            "params": params,
            "data_seen": data,
            **estimated("loss", loss, setting.with_law_error(draws, setting.law_error(params=params, data_seen=data))),
            "share_of_target": np.cumsum(flops) / target,
            "message": [None if np.isfinite(size[0]) else EDGE] * RUNGS,
        },
        {"message": pl.String},
    )


PLAN = Plan("plan_ladder", answers, build, "Which small runs forecast a large one?")
