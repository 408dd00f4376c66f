"""How many epochs over limited unique data, and how large a model, a compute budget buys best (Muennighoff et al. 2023)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.budgets import budgets, declared
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.questions.sizes.compute_optimal import EDGE
from pipeline.planning.questions.sizes.compute_optimal import answers as compute_answers
from pipeline.planning.setting import Setting
from pipeline.planning.sizes.minimum import minimise, tiled

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study


def answers(law: Law) -> bool:
    """Laws that see model size, data, and how much of the data is unique."""
    return compute_answers(law) and bool({"data_unique", "epochs"} & set(law.columns))


def optimum(setting: Setting, theta: Array, flops: Array, unique: Array) -> tuple[Array, Array]:
    """(N, loss) at each pair of budget and unique data for each row of theta: (batch, pairs). Epochs = C / (6 N U)."""

    def loss(params: Array) -> Array:
        data = tiled(flops, params) / (TRAINING_FLOP * params)
        return setting.turned(
            setting.value(theta, params=params, data_seen=data, data_unique=np.minimum(tiled(unique, params), data))
        )

    params, least = minimise(loss, np.sqrt(flops / TRAINING_FLOP), wide=True)
    return params, setting.turned(least)


def amounts(setting: Setting) -> Array:
    """Amounts of unique data to plan for: the study's, or the most that any run had."""
    own = declared(setting, "data_unique")
    if own is not None:
        return own
    most = setting.largest("data_unique")
    return np.array([most if most is not None else setting.typical("data_unique")])


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_data_constrained: one row a budget and an amount of unique data, by a one-dimensional solve."""
    setting = Setting(fit, study, frame)
    flops, unique = (x.ravel() for x in np.meshgrid(budgets(setting, "flops"), amounts(setting), indexing="ij"))
    params, loss = (x[0] for x in optimum(setting, setting.estimate, flops, unique))
    data = flops / (TRAINING_FLOP * params)
    draws = None if setting.draws is None else optimum(setting, setting.draws, flops, unique)[0]
    seen = None if draws is None else flops / (TRAINING_FLOP * draws)
    run = {"params": params, "data_seen": data, "data_unique": np.minimum(unique, data)}
    expected = None if setting.draws is None else setting.value(setting.draws, **run)
    return table(
        {
            "distance": setting.distance("flops", flops),
            "flops": flops,
            "data_unique": unique,
            **estimated("params", params, draws),
            **estimated("epochs", data / unique, None if seen is None else seen / unique),
            **estimated("data_seen", data, seen),
            **estimated("loss", loss, setting.with_law_error(expected, setting.law_error(**run))),
            "message": [None if np.isfinite(n) else EDGE for n in params],
        },
        {"message": pl.String},
    )


PLAN = Plan("plan_data_constrained", answers, build, "With limited unique data: how many epochs, and how large a model?")
