"""Which small runs to do next: the set that narrows the target's interval most for its compute, or that none helps."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from pipeline.planning.design.design_of_runs import Ensemble
from pipeline.planning.design.exchange import MOST, best_design
from pipeline.planning.design.experiment_budget import Spendable, experiment_budget
from pipeline.planning.design.run_candidates import Candidates, pooled, sized
from pipeline.planning.design.run_targets import Target, targets
from pipeline.planning.design.shared_errors import shared_errors
from pipeline.planning.plan import Plan, table
from pipeline.planning.pools.pool_sets import PoolSets
from pipeline.planning.questions.pools.filtering import answers as answers_pools
from pipeline.planning.questions.sizes import compute_optimal
from pipeline.planning.setting import Setting

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

HELPS = 1.05
"""A set of runs that narrows an interval by less than this is not worth doing."""
Obstacle = Literal["no_draws", "one_run_a_pool", "too_dear", "law_error", "too_small"]


def answers(law: Law) -> bool:
    """Laws with a compute-optimal run, and laws of pools."""
    size_and_data = bool(set(law.columns) & {"params", "params_nonembedding", "params_active"}) and "data_seen" in law.columns
    return (compute_optimal.answers(law) and size_and_data) or answers_pools(law)


def build(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    """plan_next_runs: for each target one row a run, in the order in which to do them; one row that says so where none helps."""
    setting = Setting(fit, study, frame)
    goals = targets(setting)
    if not goals:
        return _rows([{"interval_reduction": 1.0, "obstacle": _no_interval(setting)}])
    budget = experiment_budget(setting, goals)
    candidates = pooled(setting, budget.amount, _contenders(goals)) if setting.law.pooled else sized(setting, budget.amount)
    return _rows([row for goal in goals for row in runs_for(setting, goal, candidates, budget)])


def _no_interval(setting: Setting) -> Obstacle:
    return "one_run_a_pool" if setting.law.pooled else "no_draws"


def _contenders(goals: list[Target]) -> PoolSets | None:
    return next((goal.runs.sets for goal in goals if goal.runs is not None), None)


def runs_for(setting: Setting, goal: Target, candidates: Candidates, budget: Spendable) -> list[dict[str, Any]]:
    """The rows of one target: each run with what it and those before it are expected to leave of the interval."""
    asked = _target(goal) | _spendable(budget, candidates)
    if not len(candidates):
        return [asked | {"interval_reduction": 1.0, "obstacle": "too_dear"}]
    joint = ensemble(setting, goal, candidates)
    chosen = best_design(joint, candidates.cost, budget.amount, most=_most(setting))
    gained = joint.narrowing(chosen)
    if gained < HELPS:
        return [asked | {"interval_reduction": gained, "obstacle": _obstacle(joint)}]
    target = goal.flops if candidates.costs_flops else goal.data_seen
    rows: list[dict[str, Any]] = []
    done: list[int] = []
    for run, replicates in Counter(chosen).items():
        done += [run] * replicates
        cost = float(candidates.cost[done].sum())
        planned = _run(candidates, run) | {
            "run_order": len(rows) + 1,
            "replicates": replicates,
            "cumulative_share": cost / budget.amount,
            "cumulative_flops": cost if candidates.costs_flops else np.nan,
            "share_of_target": cost / target,
        }
        rows.append(asked | planned | _expected(goal, joint.narrowing(done)))
    return rows


def ensemble(setting: Setting, goal: Target, candidates: Candidates) -> Ensemble:
    """The joint draws of candidates and target, in the space of the fit's residuals, with noise and law error of a run."""
    assert setting.draws is not None
    fit = setting.fit
    value = candidates.value(setting, setting.estimate)[0]
    draws = candidates.value(setting, setting.draws)
    if fit.log_residuals:
        draws = np.log(np.where(draws > 0, draws, np.nan))
    errors = shared_errors(candidates, candidates.law_error(setting), goal)
    return Ensemble(draws, goal.draws, np.full(len(value), fit.residual_sd), errors)


def _most(setting: Setting) -> int:
    return int((setting.study.plan or {}).get("experiment_runs", MOST))


def _obstacle(joint: Ensemble) -> Obstacle:
    return "law_error" if (joint.wrong > joint.before / 2).any() else "too_small"


def _run(candidates: Candidates, run: int) -> dict[str, Any]:
    sets = candidates.sets
    return {
        "params": candidates.params[run],
        "data_seen": candidates.data_seen[run],
        "pools": None if sets is None else sets.names(run),
        "data_unique": None if sets is None else float(sets.unique[run]),
        "flops": candidates.cost[run] if candidates.costs_flops else np.nan,
    }


def _expected(goal: Target, narrowing: float) -> dict[str, Any]:
    low, high = goal.narrowed(narrowing)
    return {"interval_reduction": narrowing, "expected_low": low, "expected_high": high}


def _target(goal: Target) -> dict[str, Any]:
    return {
        "distance": goal.distance,
        "target": goal.name,
        "target_flops": goal.flops,
        "target_data_seen": goal.data_seen,
        "target_pools": goal.pools,
        "value": goal.value,
        "value_low": goal.low,
        "value_high": goal.high,
    }


def _spendable(budget: Spendable, candidates: Candidates) -> dict[str, Any]:
    unit = "flops" if candidates.costs_flops else "data_seen"
    return {"experiment_flops": budget.amount, "experiment_unit": unit, "experiment_source": budget.source}


COLUMNS: dict[str, Any] = {
    "distance": pl.Float64,
    "target": pl.String,
    "target_flops": pl.Float64,
    "target_data_seen": pl.Float64,
    "target_pools": pl.List(pl.String),
    "value": pl.Float64,
    "value_low": pl.Float64,
    "value_high": pl.Float64,
    "experiment_flops": pl.Float64,
    "experiment_unit": pl.String,
    "experiment_source": pl.String,
    "run_order": pl.Int64,
    "replicates": pl.Int64,
    "params": pl.Float64,
    "data_seen": pl.Float64,
    "pools": pl.List(pl.String),
    "data_unique": pl.Float64,
    "flops": pl.Float64,
    "cumulative_share": pl.Float64,
    "cumulative_flops": pl.Float64,
    "share_of_target": pl.Float64,
    "interval_reduction": pl.Float64,
    "expected_low": pl.Float64,
    "expected_high": pl.Float64,
    "obstacle": pl.String,
}


def _rows(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return table({name: [row.get(name) for row in rows] for name in COLUMNS}, COLUMNS)


PLAN = Plan("plan_next_runs", answers, build, "Which small runs narrow the plan's interval most for a given amount of compute?")
