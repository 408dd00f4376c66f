"""What no plan of any law may depend on: relations × plan tables × laws; a law a table in `make test`, all of them slow."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from relation_cases import Case, case_of, mirrored, permuted, renamed, scaled
from test_relations import VALUES

from pipeline.laws import laws
from pipeline.planning import PLANS
from pipeline.planning.plan import MEASURED
from pipeline.schema.metrics import METRICS, metric_of

BITS = 1 / np.log(2)
UNLIKE = {"plan_next_runs"}
"""Designs of new runs: an exact repeat of a run is a run that they need not make again."""
OF_LOGARITHMS = {"plan_next_runs"}
"""Designs that weigh runs by relative errors: 1 % of an error is not 1 % of an accuracy."""
OF_ROOM = {"plan_pool_worth"}
"""Plans that ask for a share of what is left to gain, which a score without an end does not say."""
OUTCOMES = {*MEASURED, "value_once", "ceiling"}
BY_QUALITY = {"plan_filtering_switches", "plan_filter_cost", "plan_dataset_value", "plan_policies", "plan_pool_signs"}
"""Plans of sets that grow by declared quality, which is the order of a fit's pools."""
OF_QUALITY = ("nested", "nested_rank")
OF_DRAWS = ("probability", "share_of_draws", "ties", "next_")
NAMES = ("metric", "goal")
"""Columns that name the metric, and what is sought of it."""
OF_CURVES = {"plan_schedule"}
"""Plans that read curves step by step: the runs of these cases are their ends alone."""
PAIRS = [
    (table, name)
    for table, plan in PLANS.items()
    if plan.compare is None and plan.gather is None and table not in OF_CURVES
    for name, law in laws.items()
    if plan.needs(law) and (not plan.judges or metric_of(law.response).goal)
]
Change = Callable[[Case], Case]
"""What is changed; the plan then is the same one, in the new terms."""


def z(pools: tuple[str, ...]) -> dict[str, str]:
    return {pool: f"z{9 - place}" for place, pool in enumerate(pools)}


def noted(case: Case) -> Case:
    return replace(case, runs=case.runs.with_columns(note=pl.lit("a")))


RELATIONS: dict[str, Change] = {
    "shuffled rows": lambda case: replace(case, runs=case.runs.reverse()),
    "an exact repeat of every run": lambda case: replace(case, runs=pl.concat([case.runs, case.runs])),
    "a column that no law reads": noted,
    "renamed pools": lambda case: renamed(case, z(case.pools)) if case.pools else case,
    "nats as bits": lambda case: scaled(case, BITS) if _is_scale(case) else case,
    "all losses times ten": lambda case: scaled(case, 10.0) if _is_scale(case) else case,
}


def _is_scale(case: Case) -> bool:
    """Whether the metric has a unit that may be another: a fraction has none."""
    found = METRICS.get(case.law.response)
    return found is not None and found.goal == "lower" and found.range == "positive"


def sampled() -> list[tuple[str, str]]:
    """One law a table: the same everywhere, and another one for each table."""
    of = {table: [name for other, name in PAIRS if other == table] for table, _ in PAIRS}
    return [(table, names[zlib.crc32(table.encode()) % len(names)]) for table, names in of.items()]


def factor_of(relation: str, case: Case) -> float:
    return {"nats as bits": BITS, "all losses times ten": 10.0}.get(relation, 1.0) if _is_scale(case) else 1.0


def differences(one: pl.DataFrame, other: pl.DataFrame, factor: float, names: dict[str, str]) -> list[str]:
    """The columns in which two plans differ, values of the metric multiplied by the factor and pools renamed."""
    if one.height != other.height:
        return [f"{one.height} rows are {other.height}"]
    return [name for name in one.columns if name != "message" and not _same(one[name], other[name], factor, names)]


def _same(one: pl.Series, other: pl.Series, factor: float, names: dict[str, str]) -> bool:
    base = one.name.removesuffix("_low").removesuffix("_high")
    if one.dtype.is_float():
        times = factor if base in VALUES or one.name in VALUES else 1.0
        return bool(np.allclose(other.to_numpy(), one.to_numpy() * times, rtol=1e-4, atol=1e-9, equal_nan=True))
    if one.dtype == pl.List(pl.Float64):
        return all(np.allclose(a, b, atol=1e-4) for a, b in zip(one.drop_nulls(), other.drop_nulls(), strict=True))
    return [_named(value, names) for value in one.to_list()] == other.to_list()


def _named(value: object, names: dict[str, str]) -> object:
    if isinstance(value, list):
        return [_named(part, names) for part in value]
    return names.get(value, value) if isinstance(value, str) else value


def broken(table: str, name: str) -> list[str]:
    """The relations that a table breaks for a law, with the columns that differ."""
    case = case_of(name)
    plan = case.built(table)
    if plan is None:
        return []
    found = []
    for relation, change in RELATIONS.items():
        if table in UNLIKE and relation != "shuffled rows":
            continue
        other, names = change(case).built(table), z(case.pools) if relation == "renamed pools" else {}
        gone = ["no plan"] if other is None else differences(plan, other, factor_of(relation, case), names)
        found += [f"{relation}: {', '.join(gone)}"] if gone else []
    return found


def reordered(table: str, name: str) -> list[str]:
    """Columns that differ where the pools come in another order; of draws, which are made pool by pool, nothing is asked."""
    case = case_of(name)
    if not case.pools or table in BY_QUALITY:
        return []
    plan, other = case.built(table), permuted(case).built(table)
    if plan is None or other is None:
        return [] if plan is other else ["only one of them has a plan"]
    return differences(_in_order(plan), _in_order(other), 1.0, {})


def _in_order(plan: pl.DataFrame) -> pl.DataFrame:
    """Estimates alone: sets of pools, and what is listed beside them, in the order of names, rows in that of what is asked."""
    drawn = [name for name in plan.columns if name.endswith(("_low", "_high")) or name.startswith(OF_DRAWS) or name in OF_QUALITY]
    lists = [name for name in plan.columns if isinstance(plan.schema[name], pl.List) and name not in drawn]
    rows = [_by_name(row, lists) for row in plan.drop(drawn).to_dicts()]
    keys = [name for name in plan.columns if name in (*lists, *ASKED, "data_unique", "flops") or plan[name].dtype == pl.String]
    rows.sort(key=lambda row: [str(row[key]) for key in keys])
    return pl.DataFrame(rows, schema={name: kind for name, kind in plan.schema.items() if name not in drawn})


def _by_name(row: dict[str, Any], lists: list[str]) -> dict[str, Any]:
    """The row with its sets in the order of names, and what is listed beside `pools` in theirs."""
    sets = {name: sorted(row[name]) for name in lists if name.endswith("_pools") and row[name]}
    pools = row.get("pools") or []
    order = sorted(range(len(pools)), key=lambda place: str(pools[place]))
    beside = [name for name in lists if name not in sets and row[name] and len(row[name]) == len(pools)]
    return row | sets | {name: [row[name][place] for place in order] for name in beside}


def upside_down(table: str, name: str) -> list[str]:
    """Columns in which the plan by an error or a loss differs from the one by the score that is its mirror image."""
    case = replace(case_of(name), relative=False)
    found = METRICS.get(case.law.response)
    if found is None or found.goal != "lower" or table in OF_LOGARITHMS:
        return []
    other, whole = mirrored(case)
    if not PLANS[table].needs(other.law) or (table in OF_ROOM and METRICS[other.law.response].range != "fraction"):
        return []
    plan, turned = case.built(table), other.built(table)
    if plan is None or turned is None:
        return [] if plan is turned else ["only one of them has a plan"]
    return differences(plan.drop(NAMES, strict=False), _turned_back(turned, whole).drop(NAMES, strict=False), 1.0, {})


def _turned_back(plan: pl.DataFrame, whole: float) -> pl.DataFrame:
    """A plan by a score in the terms of the loss: values of the metric from the other side, ends of intervals swapped."""
    ends = {"": "", "_low": "_high", "_high": "_low"}
    outcomes = [name for name in plan.columns if name in OUTCOMES and plan[name].dtype.is_float()]
    pairs = [(f"{name}{end}", f"{name}{other}") for name in outcomes for end, other in ends.items()]
    return plan.with_columns((whole - plan[other]).alias(name) for name, other in pairs if other in plan.columns)


def impossible(plan: pl.DataFrame) -> list[str]:
    """What cannot be in a row: no number, ends of an interval on the wrong side, a probability that is none."""
    found = []
    for name in (name for name in plan.columns if plan[name].dtype.is_float()):
        low, high = f"{name}_low", f"{name}_high"
        found += [f"{name} is NaN"] if plan[name].is_nan().any() else []
        if low in plan.columns and high in plan.columns:
            inside = plan.filter((pl.col(low) > pl.col(name)) | (pl.col(high) < pl.col(name)))
            found += [f"{name} lies outside its interval"] if inside.height else []
        if name.startswith(("probability", "share_of_draws")) and not plan[name].drop_nulls().is_between(0, 1).all():
            found.append(f"{name} is no probability")
    if "probability_best" in plan.columns:
        rivals = plan.group_by([name for name in ASKED if name in plan.columns]).agg(pl.col("probability_best").sum())
        found += ["probabilities of rivals sum to more than one"] if (rivals["probability_best"] > 1 + 1e-9).any() else []
    return found


ASKED = ("approach", "params", "data_seen", "examples_per_dimension")
"""Columns that say which question a row answers: the choices in the rows of one question exclude each other."""


@pytest.mark.parametrize(("table", "name"), sampled())
def test_what_a_plan_must_not_depend_on_changes_nothing(table: str, name: str) -> None:
    assert broken(table, name) == []


@pytest.mark.parametrize(("table", "name"), sampled())
def test_a_score_gives_the_decisions_of_the_loss_that_it_mirrors(table: str, name: str) -> None:
    assert upside_down(table, name) == []


@pytest.mark.parametrize(("table", "name"), [(t, n) for t, n in sampled() if laws[n].pooled and t not in BY_QUALITY])
def test_the_order_of_pools_changes_no_estimate(table: str, name: str) -> None:
    assert reordered(table, name) == []


@pytest.mark.parametrize(("table", "name"), sampled())
def test_every_row_of_a_plan_is_possible(table: str, name: str) -> None:
    plan = case_of(name).built(table)
    assert plan is None or impossible(plan) == []


@pytest.mark.slow
@pytest.mark.parametrize(("table", "name"), PAIRS)
def test_no_plan_of_any_law_depends_on_what_it_must_not(table: str, name: str) -> None:
    plan = case_of(name).built(table)
    assert plan is None or impossible(plan) == []
    assert broken(table, name) == []
    assert upside_down(table, name) == []
    assert reordered(table, name) == []
