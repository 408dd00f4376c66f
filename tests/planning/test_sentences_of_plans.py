"""Plans that cannot be made: the sentence names what is missing, and the plan is made once its fix is followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from planning_cases import fit_of, study_of

from pipeline import fit, laws, plan
from pipeline.errors import LawbookError
from pipeline.hardware import load_hardware
from pipeline.planning import PLANS
from pipeline.planning.costs.prices import flops_for_price
from pipeline.planning.from_constants import published_plans
from pipeline.planning.plan import Fitted
from pipeline.planning.setting import Setting
from tests.small_home import run_rows

QUESTIONS: Any = PLANS
POOLS = ("web", "code")
RUNS = pl.DataFrame({"params": [1e8, 1e9], "data_seen": [2e9, 2e10], "data_unique": [1e9, 1e10], "value": [3.0, 2.5]})
ADDITIVE = {"E": 1.0, "A": 0.4, "B": 0.5, "alpha": 0.35, "beta": 0.3}
FREE = load_hardware().accelerator().model_copy(update={"price": 0.0})
RATES = pl.DataFrame({"s1": [1.0, 2.0], "s2": [0.1, 0.2], "peak_lr": pl.Series([None, None], dtype=pl.Float64)})


def rows_of_fit(kept: bool) -> pl.DataFrame:
    """The compute-optimal size from a fit that keeps its runs, or that has lost them."""
    runs = pl.DataFrame([{**row, "value": row["metric:loss"]} for row in run_rows("first")])
    found = fit(laws["chinchilla"], runs.select("params", "data_seen", "value"), draws=0)
    asked: pl.DataFrame = plan.compute_optimal(found if kept else replace(found, frame=None), flops=[1e20])
    return asked


def response(law: str, **asked: float) -> pl.DataFrame:
    """What a law of learning rates says of one area under the rate."""
    made = fit_of(laws[law], dict(laws[law].example))
    rows: pl.DataFrame = QUESTIONS["plan_response"].build(made, study_of(response=asked), RATES)
    return rows


def comparison(**asked: Any) -> pl.DataFrame:
    """Two recipes under a law of two columns."""
    law = laws["exponential_repetition"]
    fits = [fit_of(law, dict(law.example), seed=seed) for seed in (0, 1)]
    rows: pl.DataFrame = QUESTIONS["plan_comparison"].compare(*fits, study_of(comparison=asked), RUNS, RUNS, "b")
    return rows


def domains(pools: tuple[str, ...] = POOLS, unique: float | None = None, by_size: float = 0.4, **asked: Any) -> pl.DataFrame:
    """One mixture for two targets, the second of which was measured on `pools`."""
    study, fits = study_of(**asked), []
    study.group_by = ("task",)
    for target, own in (("prose", POOLS), ("python", pools)):
        each = {"C": dict.fromkeys(own, 2.0), "g": dict.fromkeys(own, 0.6)}
        members = [[{"pool": pool, "share": 1.0, "unique": unique}] for pool in own]
        runs = RUNS.with_columns(pl.Series("members", members), flops=6 * pl.col("params") * pl.col("data_seen"))
        made = fit_of(laws["additive_mixture"], ADDITIVE | {"A": by_size} | each, own)
        made.fit_id = target
        fits.append(Fitted(made, f"task={target}", runs.with_columns(task=pl.lit(target))))
    rows: pl.DataFrame = QUESTIONS["plan_domains"].gather(study, fits)
    return rows


def projection(pools: tuple[str, ...] = POOLS, distance: float | None = 5.0) -> pl.DataFrame:
    """A mixture at a large size from two small ones, the second of which knows `pools`."""
    fits, frames = [], []
    for size, own in ((1000.0, POOLS), (1500.0, pools)):
        law = laws["projektor"]
        level = {p.name: dict.fromkeys(own, 0.01) if p.per else 0.5 for p in law.parameters}
        fits.append(fit_of(law, level, own))
        members = [[{"pool": pool, "share": 1.0, "unique": 1e6}] for pool in own]
        held = {"data_seen": size, "members": members, "used": True}
        frames.append(pl.DataFrame(held).with_columns(transport_distance=pl.lit(distance, pl.Float64)))
    rows: pl.DataFrame = QUESTIONS["plan_projection"].compare(*fits, study_of("error", data_seen=[1e4]), *frames, "b")
    return rows


def schedule() -> pl.DataFrame:
    """Schedules after runs of which nobody knows the learning rate."""
    law = laws["annealing"]
    rows: pl.DataFrame = QUESTIONS["plan_schedule"].build(fit_of(law, dict(law.example)), study_of(), RATES)
    return rows


def typical(*columns: str) -> float:
    """The middle of the unique data of runs that have these columns."""
    law = laws["data_constrained"]
    return Setting(fit_of(law, dict(law.example)), study_of(), RUNS.select(columns)).typical("data_unique")


CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any], str, dict[str, Any]]] = {
    "a fit without runs": (rows_of_fit, {"kept": False}, r"does not keep its runs; give them as frame=", {"kept": True}),
    "members that are no pools": (
        response,
        {"law": "multi_power_law", "s1": 3.0},
        r"multi_power_law reads lr_after, lr_drop, lr_since of each member of a run, not pools; ask another law",
        {"law": "annealing", "s1": 3.0, "s2": 0.3},
    ),
    "a free accelerator": (
        flops_for_price,
        {"money": 1e3, "accelerator": FREE},
        r"has price 0\.0: no sum of money limits a run; give \[plan\] price",
        {"money": 1e3, "accelerator": FREE, "price": 2.0},
    ),
    "no budget": (
        published_plans,
        {"constants": "knowledge_capacity/1000 exposures", "plan": {}},
        r"knowledge_capacity answers none of no budget; give a budget of params",
        {"constants": "knowledge_capacity/1000 exposures", "plan": {"response": {"params": 1e9}}},
    ),
    "an open axis": (
        comparison,
        {},
        r"exponential_repetition reads data_seen, data_unique; say in \[plan\.comparison\] axis",
        {"axis": "data_seen"},
    ),
    "targets of unlike pools": (
        domains,
        {"pools": ("web", "books"), "params": [1e9], "data_seen": [2e10]},
        r"measured on runs of different pools; keep runs that all targets have",
        {"params": [1e9], "data_seen": [2e10]},
    ),
    "no best size": (
        domains,
        {"by_size": 0.0, "flops": [1e20]},
        r"no model size is best at 1e\+20 FLOP; declare \[plan\] params and data_seen",
        {"by_size": 0.0, "params": [1e9], "data_seen": [2e10]},
    ),
    "too little data": (
        domains,
        {"unique": 1e6, "params": [1e9], "data_seen": [2e10]},
        r"all pools together hold less than 2e\+10 at 1 epoch; lower \[plan\] data_seen",
        {"unique": 1e6, "params": [1e9], "data_seen": [1e6]},
    ),
    "sizes of unlike sources": (projection, {"pools": ("web", "books")}, r"know different sources, .*; log both with all", {}),
    "no distance": (projection, {"distance": None}, r"no run has pools and a transport_distance; log both", {"distance": 5.0}),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_plan_that_is_refused_says_what_it_needs_and_is_made_with_it(name: str) -> None:
    call, wrong, words, right = CALLS[name]
    with pytest.raises(LawbookError, match=words):
        call(**wrong)
    assert len(made) if hasattr(made := call(**right), "__len__") else made > 0


def test_a_column_that_no_run_has_is_named_and_found_once_it_is_logged() -> None:
    with pytest.raises(LawbookError, match=r"data_constrained reads 'data_unique', which no run of study 'case' has; log it"):
        typical("params", "data_seen")
    assert typical("params", "data_seen", "data_unique") == 5.5e9


def test_schedules_without_a_learning_rate_say_where_it_may_be_said() -> None:
    with pytest.raises(
        LawbookError, match=r"no run says its learning rate; log lr or peak_lr, or say peak_lr in \[plan\.schedule\]"
    ):
        schedule()
