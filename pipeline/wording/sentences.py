"""Plans in two plain sentences that a manager can read: what to do and what to expect, and how far to trust it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.wording.cost_words import money, next_runs, serving
from pipeline.wording.data_words import SAID
from pipeline.wording.pool_words import (
    dataset_value,
    domains,
    filter_cost,
    filtering,
    filtering_switches,
    frontier,
    mixture,
    pool_worth,
    projection,
    pruning,
)
from pipeline.wording.question_words import optimum, response, target
from pipeline.wording.recipe_words import benchmarks, hyperparameters, inference, schedule
from pipeline.wording.repetition_words import repetition
from pipeline.wording.size_words import comparison, compute_optimal, data_constrained, inverse, ladder


def refusal(law: str, grade: str, note: str, fix: str | None = None) -> str:
    """The reasoned refusal: why there is no plan from a law, and the runs that would fix it."""
    start = f"No plan from {law}: its fit is {grade}, because {note.removeprefix('not identified: ').rstrip('.')}."
    return f"{start} {fix[:1].upper()}{fix[1:].rstrip('.')}." if fix and fix not in note else start


SENTENCES: Mapping[str, Callable[..., str | None]] = {
    "plan_compute_optimal": compute_optimal,
    "plan_data_constrained": data_constrained,
    "plan_repetition": repetition,
    "plan_filtering": filtering,
    "plan_filtering_switches": filtering_switches,
    "plan_filter_cost": filter_cost,
    "plan_frontier": frontier,
    "plan_pool_worth": pool_worth,
    "plan_dataset_value": dataset_value,
    "plan_mixture": mixture,
    "plan_domains": domains,
    "plan_pruning": pruning,
    "plan_projection": projection,
    "plan_inverse": inverse,
    "plan_ladder": ladder,
    "plan_comparison": comparison,
    "plan_money": money,
    "plan_serving": serving,
    "plan_next_runs": next_runs,
    "plan_response": response,
    "plan_target": target,
    "plan_optimum": optimum,
    **SAID,
    "plan_hyperparameters": hyperparameters,
    "plan_schedule": schedule,
    "plan_benchmarks": benchmarks,
    "plan_inference": inference,
}
"""For each plan table: a row in two sentences, or None for rows that need none."""


def sentence(table: str, row: Mapping[str, Any], unit: str | None = None) -> str | None:
    """Two sentences about a row of a plan table; None where the table has none or the row is one among alternatives."""
    write = SENTENCES.get(f"plan_{table.removeprefix('plan_').removeprefix('best_')}")
    if write is None:
        return None
    return write(dict(row)) if unit is None else write(dict(row), f"{unit.rstrip('s')}s")
