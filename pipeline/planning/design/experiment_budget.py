"""What the next runs may cost together: as the study declares, else as the fitted runs took, at most half of the target run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import polars as pl

from pipeline.errors import PlanError
from pipeline.planning.budgets import one
from pipeline.planning.design.run_targets import Target

if TYPE_CHECKING:
    from pipeline.planning.setting import Setting

DEAREST = 0.5
"""Part of the compute of the run that they prepare that small runs may cost where the study declares no budget."""


class Spendable(NamedTuple):
    """What all runs together may cost, and where that is from."""

    amount: float
    source: Literal["declared", "fitted_runs", "half_of_target"]


def experiment_budget(setting: Setting, goals: Sequence[Target] = ()) -> Spendable:
    """[plan] experiment_flops, else as much compute as the fitted runs took together, but no more than half of the run that they
    prepare."""
    wanted = one(setting, "experiment_flops")
    if wanted is not None:
        return Spendable(wanted, "declared")
    for column in ("flops", "data_seen"):
        total = _taken(setting.runs, column)
        prepared = [goal.flops if column == "flops" else goal.data_seen for goal in goals]
        if total:
            half = min([DEAREST * cost for cost in prepared if np.isfinite(cost)], default=np.inf)
            return Spendable(half, "half_of_target") if half < total else Spendable(total, "fitted_runs")
    raise PlanError(
        f"study {setting.study.study!r}: its runs have neither flops nor data_seen", fix="set [plan] experiment_flops"
    )


def _taken(runs: pl.DataFrame, column: str) -> float:
    """What all runs took to their last points, summed in their order: a sum in another differs in its last bit."""
    if column not in runs.columns:
        return 0.0
    ends = runs.group_by("run_key", maintain_order=True).agg(pl.col(column).max()) if "run_key" in runs.columns else runs
    return float(ends[column].sum())
