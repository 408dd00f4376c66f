"""What the next runs should make more certain: the loss at a budget, the best model size there, or which pool set is best."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.planning.budgets import budgets
from pipeline.planning.design.run_candidates import Candidates
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import Array, interval
from pipeline.planning.pools.candidates import error_of_sets, pool_budgets, values_of_sets
from pipeline.planning.pools.pool_sets import all_sets
from pipeline.planning.questions.sizes import compute_optimal
from pipeline.planning.ranking import order as best_first
from pipeline.planning.setting import Setting

CONTENDERS = 5


@dataclass(frozen=True)
class Target:
    """A quantity to narrow: its draws (S, T) in the space of `log`, its value and interval now.

    What the law may get wrong of it is what it gets wrong of `runs` (R), counted by the contrast (R, T): of one run the law
    error's sd, of a difference plus and minus it. Doing these runs, or some near them, shows it.
    """

    name: str
    flops: float
    data_seen: float
    draws: Array
    value: float
    low: float
    high: float
    log: bool
    distance: float
    pools: list[str] | None = None
    runs: Candidates | None = None
    contrast: Array | None = None
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
    seen = at / (TRAINING_FLOP * params)
    value = float(setting.value(setting.estimate, params=params, data_seen=seen)[0, 0])
    draws = setting.value(setting.draws, params=params, data_seen=seen)
    if np.isfinite(draws).mean() < 0.5:
        return None
    distance = setting.distance("flops", at)
    log = bool(value > 0 and (draws[np.isfinite(draws)] > 0).all())
    relative = setting.fit.log_residuals and not log
    error = setting.law_error(params=params, data_seen=seen)
    spread = float(error[0]) * (abs(value) if relative else 1.0)
    low, high = _ends(setting.with_law_error(draws, error))
    kept, run = np.log(draws) if log else draws, Candidates(params, seen, at, costs_flops=True)
    found = Target("loss", flops, float(seen[0]), kept, value, low, high, log, float(distance[0]))
    return replace(found, runs=run, contrast=np.array([[spread]]))


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
        flops / (TRAINING_FLOP * params),
        np.log(draws),
        params,
        low,
        high,
        True,
        float(setting.distance("flops", at)[0]),
    )


def best_set(setting: Setting) -> Target | None:
    """By how much the best pool set beats the runner-up at the largest budget; the draws are its lead over each contender."""
    assert setting.draws is not None
    sets, budget = all_sets(setting.pools, setting.sizes), pool_budgets(setting)[-1]
    params, seen = budget.of_sets(setting, sets)
    value = values_of_sets(setting, setting.estimate, sets, params, seen)[0]
    order = best_first(value, setting.measured)[: CONTENDERS + 1]
    order = order[np.isfinite(value[order])]
    if len(order) < 2:
        return None
    some, params, seen, value = sets.take(order), params[order], seen[order], value[order]
    draws, distance = values_of_sets(setting, setting.draws, some, params, seen), budget.distance(setting, params, seen)
    error = error_of_sets(setting, some, params, seen)
    wrong = setting.with_law_error_of_sets(draws, some.members().share, error)
    low, high = _ends(setting.turned(wrong[:, 1:2] - wrong[:, :1]))
    spread = error * (np.abs(value) if setting.fit.log_residuals else 1.0)
    runs = Candidates(params, seen, np.full(len(some), np.nan), costs_flops=True, sets=some)
    flops = float(budget.flops) if budget.flops else float("nan")
    lead = setting.turned(draws[:, 1:] - draws[:, :1])
    ahead = float(setting.turned(value[1] - value[0]))
    found = Target("pools", flops, float(seen[0]), lead, ahead, low, high, False, float(distance[0]))
    return replace(
        found, pools=some.names(0), runs=runs, contrast=spread[:, None] * (np.eye(len(some)) - _first(len(some)))[:, 1:]
    )


def _first(count: int) -> Array:
    """A matrix (count, count) whose first row is ones: what every difference takes off."""
    return np.outer(np.arange(count) == 0, np.ones(count))


def _ends(draws: Array | None) -> tuple[float, float]:
    low, high = interval(draws)
    return (np.nan, np.nan) if low is None or high is None else (float(low[0]), float(high[0]))
