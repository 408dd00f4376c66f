"""A plan's cell is as unsure as the forecast of the same run: over every plan table that says what a run will reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, study_of
from relation_cases import Case, case_of

from pipeline.fitting.result import Fit, Misfit
from pipeline.planning import PLANS
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.plan import MEASURED
from pipeline.planning.questions.data_worth.epochs import MOST
from pipeline.schema import SIZES, TABLES

NO_RUN = {
    "plan_benchmarks", "plan_comparison", "plan_data_limits", "plan_domains", "plan_inference", "plan_interventions",
    "plan_next_runs", "plan_projection", "plan_proxies", "plan_schedule",
}  # fmt: skip
"""Tables whose rows do not name one run of size and data by themselves: of two cohorts, of several benchmarks, without end."""
LAWS = ("chinchilla", "data_constrained", "repeated_utility", "pooled_effective_loss", "annealed_effective_data")
BY_AXIS = Misfit(0.02, 0.5, 9, (("epochs", 0.15, 0.4), ("schedule", 0.1, 0.3)))
"""Errors far above what the draws differ by, so that an interval is the law error's."""
DRAWS, SPREAD, TOLERANCE = 2000, 1e-4, 0.12
"""Of the width in ln, from two samples of the law error: a 5th percentile of 2000 normals errs by 3 %."""
SAYS = {
    "plan_compute_optimal", "plan_data_constrained", "plan_dataset_value", "plan_epochs", "plan_filter_cost", "plan_filtering",
    "plan_frontier", "plan_ladder", "plan_mixture", "plan_money", "plan_optimum", "plan_over_training", "plan_policies",
    "plan_pruning", "plan_repetition", "plan_response", "plan_serving",
}  # fmt: skip
"""Tables whose rows say which run it is that their value is of."""


@cache
def unsure(name: str) -> tuple[Case, Any]:
    """The case of a law, whose runs saw no data twice and had one schedule, and its fit with errors by axis."""
    case = case_of(name)
    top = float(case.runs["data_seen"].max())  # type: ignore[arg-type]  # numbers
    whole = case.runs.with_columns(data_unique=pl.col("data_seen"), data_planned=pl.lit(top), lr_schedule=pl.lit("cosine"))
    case = replace(case, runs=whole, plan=case.plan | questions(case))
    fit = fit_of(case.law, case.values, case.pools, draws=DRAWS, spread=SPREAD, misfit=BY_AXIS, runs=whole)
    fit.largest |= {"epochs": 1.0}
    fit.schedules = (f"cosine|{top}|||",)
    fit.residual_sd, fit.pools, fit.seed = 0.01, case.pools, 0
    fit.predict_draws = partial(Fit.predict_draws, fit)
    return case, fit


def questions(case: Case) -> dict[str, Any]:
    """What the tables are asked that answer by name alone: runs far beyond those that were fitted, along each axis."""
    asked = {name: 4 * float(case.runs[name].max()) for name in ("data_seen", "params") if name in case.law.columns}  # type: ignore[arg-type]
    asked |= {"data_unique": asked["data_seen"] / 20} if "data_unique" in case.law.columns else {}
    sought = {name: value for name, value in asked.items() if name != "data_seen"} | {"find": "data_seen"}
    return {"response": asked, "optimum": sought, "keep_fraction": [0.5], "epochs": [1.0, 40.0]}


def built(table: str, name: str) -> pl.DataFrame:
    case, fit = unsure(name)
    return PLANS[table].build(fit, study_of(case.law.response, **case.plan), case.runs)


def run_of(case: Case, row: dict[str, Any]) -> pl.DataFrame:
    """The planned run whose value a row of a plan says."""
    inputs = {pair["key"]: pair["value"] for pair in row.get("inputs") or ()}
    row = row | inputs
    size = {part["pool"]: max(part["size"], part["unique"]) for part in case.runs["members"][0]} if case.pools else {}
    unique = row.get("data_unique") or sum(size[pool] for pool in row.get("pools") or ()) or None
    seen = row.get("data_seen") or (row["epochs"] or MOST) * unique
    run = {name: row["params"] for name in SIZES if row.get("params")} | {
        "data_seen": seen,
        "data_unique": min(unique or seen, seen),
    }
    run |= {"data_planned": seen, "flops": TRAINING_FLOP * row["params"] * seen if row.get("params") else None}
    held = {name: case.runs[name].median() for name in case.law.columns if name not in run}
    members = [[{"pool": p, "share": w, "unique": size[p], "size": size[p]} for p, w in shares_of(row, size).items()]]
    return pl.DataFrame({**held, **run, **({"members": members} if case.pools else {})})


def shares_of(row: dict[str, Any], size: dict[str, float]) -> dict[str, float]:
    """The share of each pool of a row: as it says, by how often each is drawn, or in proportion to size."""
    pools = row.get("pools") or ([row["pool"]] if row.get("pool") else list(size))
    drawn = row.get("draws_of_pools") or [1.0] * len(pools)
    weights = row.get("weights") or [size[pool] * often for pool, often in zip(pools, drawn, strict=True)]
    return {pool: weight / sum(weights) for pool, weight in zip(pools, weights, strict=True)}


def width(low: float, high: float) -> float:
    return float(np.log(high / low))


def cells(table: str) -> Iterator[tuple[float, float]]:
    """The widths in ln of each told interval of a table, of every law that answers it, and of the forecast of the same run."""
    for name in (name for name in LAWS if PLANS[table].needs(case_of(name).law)):
        case, fit = unsure(name)
        for row in built(table, name).to_dicts():
            for column in ("loss", "value"):
                if row.get(f"{column}_low") is not None:
                    low, high = np.quantile(fit.predict_draws(run_of(case, row)), [0.05, 0.95], axis=0)
                    yield width(row[f"{column}_low"], row[f"{column}_high"]), width(low[0], high[0])


@pytest.mark.parametrize("table", sorted(SAYS))
def test_a_cell_is_as_unsure_as_the_forecast_of_its_run_in(table: str) -> None:
    found = np.array(list(cells(table)))
    assert len(found)
    np.testing.assert_allclose(found[:, 0], found[:, 1], rtol=TOLERANCE)


def test_every_table_that_says_what_a_run_will_reach_is_compared() -> None:
    said = {name for name in PLANS if any(f"{column}_low" in TABLES[name].names for column in MEASURED)}
    assert said == SAYS | NO_RUN
