"""What the next runs should make more certain: the loss at a budget, the best model size there, or which pool set is best."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.planning import compute_optimal
from pipeline.planning.budgets import budgets
from pipeline.planning.candidates import pool_budgets, values_of_sets
from pipeline.planning.plan import Array, interval
from pipeline.planning.pool_sets import all_sets
from pipeline.planning.setting import PASSES, Setting

CONTENDERS = 5


@dataclass(frozen=True)
class Target:
    """A quantity to narrow: its draws (S, T) in the space of `log`, its value and interval now, and the misfit no run lowers."""

    name: str
    flops: float
    data_seen: float
    draws: Array
    value: float
    low: float
    high: float
    floor: float
    log: bool
    distance: float
    pools: list[str] | None = None
    message: str | None = None

    def narrowed(self, by: float) -> tuple[float, float]:
        """The interval that is expected once it is `by` times narrower, around the same value."""
        if not self.log:
            return self.value - (self.value - self.low) / by, self.value + (self.high - self.value) / by
        return self.value * (self.low / self.value) ** (1 / by), self.value * (self.high / self.value) ** (1 / by)


def targets(setting: Setting) -> list[Target]:
    """The targets of a study at its largest budget: loss and best size, or the best pool set."""
    if setting.draws is None or not np.isfinite(setting.draws).all(axis=1).any():
        return []
    if setting.law.pooled:
        return [found] if (found := best_set(setting)) else []
    flops = float(budgets(setting, "flops").max())
    return [found for found in (loss_at(setting, flops), size_at(setting, flops)) if found]


def loss_at(setting: Setting, flops: float) -> Target | None:
    """The loss of the run that the estimate recommends for a budget."""
    assert setting.draws is not None
    at = np.array([flops])
    params = compute_optimal.optimum(setting, setting.estimate, at)[0][0]
    if not np.isfinite(params[0]):
        return None
    seen = at / (PASSES * params)
    value = float(setting.value(setting.estimate, params=params, data_seen=seen)[0, 0])
    draws = setting.value(setting.draws, params=params, data_seen=seen)
    if np.isfinite(draws).mean() < 0.5:
        return None
    distance = setting.distance("flops", at)
    log = bool(value > 0 and (draws[np.isfinite(draws)] > 0).all())
    floor = float(setting.fit.misfit.sd(np.nan_to_num(distance))[0]) * (1.0 if log else abs(value))
    low, high = _ends(setting.with_misfit(draws, distance))
    kept = np.log(draws) if log else draws
    return Target("loss", flops, float(seen[0]), kept, value, low, high, floor, log, float(distance[0]))


def size_at(setting: Setting, flops: float) -> Target | None:
    """The compute-optimal model size at a budget."""
    assert setting.draws is not None
    at = np.array([flops])
    params = float(compute_optimal.optimum(setting, setting.estimate, at)[0][0, 0])
    draws = compute_optimal.optimum(setting, setting.draws, at)[0]
    if not np.isfinite(params) or np.isfinite(draws).mean() < 0.5:
        return None
    low, high = _ends(draws)
    return Target(
        "params",
        flops,
        flops / (PASSES * params),
        np.log(draws),
        params,
        low,
        high,
        0.0,
        True,
        float(setting.distance("flops", at)[0]),
    )


def best_set(setting: Setting) -> Target | None:
    """By how much the best pool set beats the runner-up at the largest budget; the draws are its lead over each contender."""
    assert setting.draws is not None
    sets, budget = all_sets(setting.pools, setting.sizes), pool_budgets(setting)[-1]
    params, seen = budget.of_sets(setting, sets)
    value = values_of_sets(setting, setting.estimate, sets, params, seen)[0]
    order = np.argsort(np.where(np.isfinite(value), value, np.inf))[: CONTENDERS + 1]
    if len(order) < 2:
        return None
    draws = values_of_sets(setting, setting.draws, sets.take(order), params[order], seen[order])
    lead = draws[:, 1:] - draws[:, :1]
    low, high = _ends(lead[:, :1])
    gap = float(value[order[1]] - value[order[0]])
    flops = float(budget.flops) if budget.flops else float("nan")
    best = int(order[0])
    distance = float(budget.distance(setting, params[[best]], seen[[best]])[0])
    return Target("pools", flops, float(seen[best]), lead, gap, low, high, 0.0, False, distance, sets.names(best))


def _ends(draws: Array | None) -> tuple[float, float]:
    low, high = interval(draws)
    return (np.nan, np.nan) if low is None or high is None else (float(low[0]), float(high[0]))
