"""The planning questions: a plan is a function of a fit and its study, registered here under the table it fills.

A plan applies to every law that has the columns it needs, so a law of a user's own gets plans without a line more.
"""

from pipeline.planning.plan import Plan
from pipeline.planning.questions import (
    comparison,
    compute_optimal,
    data_constrained,
    dataset_value,
    filter_cost,
    filtering,
    frontier,
    inverse,
    ladder,
    next_runs,
    over_training,
    pool_worth,
    projection,
    pruning,
    repetition,
    response,
    serving,
    target,
)
from pipeline.planning.questions import filtering_switches as switches
from pipeline.planning.questions import mixture as mixtures
from pipeline.planning.questions import money as pricing
from pipeline.planning.questions import optimum as column_optimum
from pipeline.planning.questions.data_worth import data_limits, epochs, interventions, policies, pool_signs, proxies
from pipeline.planning.questions.recipes import benchmarks, hyperparameters, inference, schedule

_ALL = (
    compute_optimal.PLAN,
    data_constrained.PLAN,
    repetition.PLAN,
    epochs.PLAN,
    filtering.PLAN,
    switches.PLAN,
    filter_cost.PLAN,
    frontier.PLAN,
    pool_worth.PLAN,
    dataset_value.PLAN,
    data_limits.PLAN,
    pool_signs.PLAN,
    mixtures.PLAN,
    policies.PLAN,
    proxies.PLAN,
    pruning.PLAN,
    projection.PLAN,
    inverse.PLAN,
    ladder.PLAN,
    comparison.PLAN,
    interventions.PLAN,
    pricing.PLAN,
    over_training.PLAN,
    serving.PLAN,
    next_runs.PLAN,
    response.PLAN,
    target.PLAN,
    column_optimum.PLAN,
    hyperparameters.PLAN,
    schedule.PLAN,
    benchmarks.PLAN,
    inference.PLAN,
)
PLANS: dict[str, Plan] = {plan.table: plan for plan in _ALL}

__all__ = ["PLANS", "Plan"]
