"""What no plan of any law may depend on: relations × plan tables × laws; a law a table in `make test`, all of them slow."""

import zlib
from collections.abc import Callable
from dataclasses import replace

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
OUTCOMES = {*MEASURED, "value_once"}
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
    "pools in another order": lambda case: permuted(case) if case.pools else case,
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


def upside_down(table: str, name: str) -> list[str]:
    """Columns in which the plan by an error or a loss differs from the one by the score that is its mirror image."""
    case = replace(case_of(name), relative=False)
    found = METRICS.get(case.law.response)
    if found is None or found.goal != "lower" or table in OF_LOGARITHMS:
        return []
    other, whole = mirrored(case)
    if not PLANS[table].needs(other.law):
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
