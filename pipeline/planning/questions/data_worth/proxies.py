"""Small runs that stand for a plan: every pool subsampled to the budget's fraction, so that its epochs are the plan's.

A proxy of f times the data on f·U_s samples of each pool repeats pool s as often as the plan does, h_s·D/U_s; on the whole
pools it repeats it 1/f times less often, and its best shares are not the plan's (Zhou et al. 2026, arXiv:2606.07597). Model
size stays the plan's, or falls with the data (equal tokens a parameter, Li et al. 2026, arXiv:2608.14071): which of the two
carries over is open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.planning.plan import Plan, estimated, table
from pipeline.planning.pools.candidates import Budget, error_of_sets, pool_budgets, values_of_sets
from pipeline.planning.pools.pool_sets import all_sets
from pipeline.planning.questions.pools.filtering import answers
from pipeline.planning.ranking import best as best_of
from pipeline.planning.setting import Setting
from pipeline.study.repeats import TOLERANCE, Matched, matched, mismatch

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

FRACTIONS = (1 / 64, 1 / 16, 1 / 4)
OPEN = (
    "The best number of epochs falls with model size at fixed data and rises at fixed tokens a parameter: keep the plan's size, "
    "or tokens a parameter, whichever the choice is about."
)


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_proxies: for each budget and fraction of it, one row a pool of the best set."""
    setting = Setting(fit, study, frame)
    return pl.concat([rows_of_budget(setting, budget) for budget in pool_budgets(setting)])


def rows_of_budget(setting: Setting, budget: Budget) -> pl.DataFrame:
    """The proxies of the best set at one budget."""
    sets = all_sets(setting.pools, setting.sizes)
    params, seen = budget.of_sets(setting, sets)
    best = int(best_of(values_of_sets(setting, setting.estimate, sets, params, seen)[0], setting.measured)[0])
    share = sets.members(np.array([best])).share[0]
    rows = [
        _row(setting, pool, float(share[pool]), float(params[best]), float(seen[best]), fraction)
        for fraction in FRACTIONS
        for pool in np.flatnonzero(share > 0).tolist()
    ]
    run = (sets.take(np.array([best])), params[[best]], seen[[best]])
    distance = budget.distance(setting, *run[1:])
    draws = None if setting.draws is None else values_of_sets(setting, setting.draws, *run)
    drawn = setting.with_law_error(draws, error_of_sets(setting, *run))
    count = len(rows)
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    value = values_of_sets(setting, setting.estimate, *run)[0]
    told = estimated("value", value.repeat(count), None if drawn is None else drawn.repeat(count, axis=1))
    given = {"distance": distance.repeat(count), "metric": [setting.metric] * count}
    return table(columns | given | told, {"message": pl.String})


def _row(setting: Setting, pool: int, share: float, params: float, seen: float, fraction: float) -> dict[str, Any]:
    size = float(setting.sizes[pool])
    epochs = share * seen / size
    own = matched(setting.runs, setting.pools[pool], epochs)
    return {
        "params": params,
        "data_seen": seen,
        "fraction": fraction,
        "pool": setting.pools[pool],
        "share": share,
        "epochs": epochs,
        "proxy_data_seen": fraction * seen,
        "proxy_unique": fraction * size,
        "proxy_params": fraction * params,
        "epochs_unmatched": fraction * epochs,
        "mismatch": float(mismatch(epochs, np.array([fraction * epochs]))[0]),
        "runs_matched": own.matched,
        "runs_unmatched": own.unmatched,
        "runs_mismatch": own.factor,
        "message": " ".join(filter(None, [warning(setting.pools[pool], epochs, own), OPEN if np.isfinite(params) else None]))
        or None,
    }


def warning(pool: str, epochs: float, own: Matched) -> str | None:
    """That the study's own runs repeat a pool otherwise than the plan, by which factor."""
    if not own.unmatched:
        return None
    every = own.matched + own.unmatched
    return (
        f"{own.unmatched} of the {every} runs on {pool} differ by more than {TOLERANCE:g} times from the plan's {epochs:.3g} "
        f"epochs of it (at the median {own.factor:.3g} times): their best shares need not be the plan's."
    )


PLAN = Plan("plan_proxies", answers, build, "Which small runs repeat each pool as often as the plan does?")
