"""Which model size and how much data a compute budget buys best: minimise the law over N at C = 6 N D (Hoffmann et al. 2022)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from pipeline.planning.budgets import budgets
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, Plan, estimated, table
from pipeline.planning.setting import Setting
from pipeline.planning.sizes import approaches
from pipeline.planning.sizes.agreement import with_disagreement
from pipeline.planning.sizes.minimum import minimise, tiled
from pipeline.schema import SIZES

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

EDGE = "The optimum is at the search boundary: no model size between the extremes is best under this law."


def answers(law: Law) -> bool:
    """Laws of a single data set that see model size, and data or compute."""
    columns = set(law.columns)
    return not law.pooled and bool(columns & set(SIZES)) and bool(columns & {"data_seen", "flops"})


def optimum(setting: Setting, theta: Array, flops: Array) -> tuple[Array, Array]:
    """(N_opt, loss) at each budget for each row of theta: (batch, budgets). D = C / (6 N), all of it fresh."""

    def loss(params: Array) -> Array:
        return setting.turned(setting.value(theta, params=params, data_seen=tiled(flops, params) / (TRAINING_FLOP * params)))

    params, least = minimise(loss, np.sqrt(flops / TRAINING_FLOP), wide=True)
    return params, setting.turned(least)


def sized(setting: Setting) -> tuple[Array, Array]:
    """The study's budgets (m,) at which the law has a best size, and that size."""
    flops = budgets(setting, "flops")
    size = optimum(setting, setting.estimate, flops)[0][0]
    return flops[np.isfinite(size)], size[np.isfinite(size)]


def without_optimum(setting: Setting) -> pl.DataFrame:
    """A row for each budget where none of them has a best size."""
    flops = budgets(setting, "flops")
    return table({"flops": flops, "message": [EDGE] * len(flops)})


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_compute_optimal: one row a budget and approach: the law's optimum, and the two without a law if runs allow it."""
    setting = Setting(fit, study, frame)
    flops = budgets(setting, "flops")
    return with_disagreement(pl.concat([parametric(setting, flops), *approaches.rows(setting, flops)]))


def parametric(setting: Setting, flops: Array) -> pl.DataFrame:
    """The rows of approach 3 at the given budgets. The loss interval is that of the recommended run."""
    params, loss = (x[0] for x in optimum(setting, setting.estimate, flops))
    data = flops / (TRAINING_FLOP * params)
    draws = None if setting.draws is None else optimum(setting, setting.draws, flops)[0]
    distance = setting.distance("flops", flops)
    expected = None if setting.draws is None else setting.value(setting.draws, params=params, data_seen=data)
    return table(
        {
            "distance": distance,
            "flops": flops,
            **estimated("params", params, draws),
            **estimated("data_seen", data, None if draws is None else flops / (TRAINING_FLOP * draws)),
            **estimated("data_per_param", data / params, None if draws is None else flops / (TRAINING_FLOP * draws**2)),
            **estimated("loss", loss, setting.with_law_error(expected, setting.law_error(params=params, data_seen=data))),
            "approach": ["parametric"] * len(flops),
            "message": [None if np.isfinite(n) else EDGE for n in params],
        },
        {"message": pl.String},
    )


PLAN = Plan("plan_compute_optimal", answers, build, "Which model size and how much data does a compute budget buy best?")
