"""Every plan obeys the goal of its metric: a law and its mirror image, of which more is better, give the same decisions."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from planning_cases import fit_of, pool_runs, study_of

from pipeline.fitting.result import Misfit
from pipeline.laws import laws
from pipeline.planning import PLANS
from pipeline.planning.questions.mixtures.projection import DISTANCE
from pipeline.schema.metrics import METRICS

POOLS = {"best": 1e7, "middle": 2e7, "rest": 4e7}
UTILITY = {
    "a": 0.8, "d": 0.2, "b": dict(zip(POOLS, (-0.20, -0.17, -0.12), strict=True)), "tau": dict.fromkeys(POOLS, 4.0),
}  # fmt: skip

SIZE = {"E": 0.2, "A": 30.0, "alpha": 0.3, "B": 60.0, "beta": 0.3}
LIMITED = SIZE | {"Rd": 15.0, "Rn": 5.0}


def mirrored(law):
    """1 - law: an accuracy where the law is an error."""
    return replace(law, name=f"{law.name}_mirrored", formula=1 - law.formula, response="accuracy", linear=(), worked=())


def sized_runs():
    params, seen = np.repeat([1e7, 1e8, 1e9], 3), np.tile([1e9, 1e10, 1e11], 3)
    loss = 0.2 + 30 / params**0.3 + 60 / seen**0.3
    frame = {"params": params, "data_seen": seen, "data_unique": seen, "flops": 6 * params * seen, "value": loss}
    return pl.DataFrame(frame | {"run_key": [f"r{i}" for i in range(9)], "batch_size": [256.0] * 9})


CASES = {
    "repeated_utility": (UTILITY, tuple(POOLS), pool_runs(POOLS), {"data_seen": [2e7, 2e8]}),
    "chinchilla": (SIZE, (), sized_runs(), {"flops": [1e21], "loss": [0.45]}),
    "data_constrained": (LIMITED, (), sized_runs(), {"flops": [1e21], "data_unique": [1e9], "epochs": [1.0, 4.0]}),
}
OUTCOMES = {"value", "value_once", "loss"}


def built(table, name, mirror):
    values, pools, runs, plan = CASES[name]
    law = mirrored(laws[name]) if mirror else laws[name]
    fit = fit_of(law, values, pools, misfit=Misfit(0.0))
    fit.residual_sd, fit.log_residuals = 0.01, False
    study = study_of("accuracy" if mirror else "error", **plan | ({"loss": [0.55]} if mirror and "loss" in plan else {}))
    runs = runs.with_columns(value=1 - pl.col("value")) if mirror else runs
    return PLANS[table].build(fit, study, runs)


LOGARITHMS = {"plan_next_runs"}
"""Plans that weigh runs by relative errors, of which 1 % of an error is not 1 % of an accuracy."""


def asked_of_the_cases():
    judging = [plan for plan in PLANS.values() if plan.judges and plan.table not in LOGARITHMS]
    return [(plan.table, name) for plan in judging for name in CASES if plan.needs(laws[name])]


@pytest.mark.parametrize(("table", "name"), asked_of_the_cases())
def test_error_and_accuracy_give_the_same_decisions(table, name):
    error, accuracy = built(table, name, False), built(table, name, True)
    assert error.height == accuracy.height
    for column in error.columns:
        base = column.removesuffix("_low").removesuffix("_high")
        if column in {"metric", "message"}:
            continue
        if base in OUTCOMES:
            other = {"_low": "_high", "_high": "_low"}.get(column.removeprefix(base), "")
            expected = 1 - accuracy[base + other]
            np.testing.assert_allclose(error[column].to_numpy(), expected.to_numpy(), rtol=1e-6, atol=1e-9, err_msg=column)
        elif error[column].dtype.is_float():
            ours, theirs = error[column].to_numpy(), accuracy[column].to_numpy()
            np.testing.assert_allclose(theirs, ours, rtol=1e-3, atol=1e-7, err_msg=column)
        elif error[column].dtype == pl.List(pl.Float64):
            assert error[column].is_null().to_list() == accuracy[column].is_null().to_list(), column
            for ours, theirs in zip(error[column].drop_nulls(), accuracy[column].drop_nulls(), strict=True):
                np.testing.assert_allclose(theirs, ours, atol=1e-4, err_msg=column)
        else:
            assert error[column].to_list() == accuracy[column].to_list(), column


def test_the_recipe_of_the_lower_error_wins_the_comparison():
    worse, better = fit_of(laws["chinchilla"], SIZE | {"E": 0.4}), fit_of(laws["chinchilla"], SIZE | {"E": 0.1})
    rows = PLANS["plan_comparison"].compare(worse, better, study_of("error", flops=[1e21]), sized_runs(), sized_runs(), "better")
    assert rows["probability_other_wins"].to_list() == [1.0]


def test_the_recipe_of_the_higher_accuracy_wins_the_comparison():
    law = mirrored(laws["chinchilla"])
    worse, better = fit_of(law, SIZE | {"E": 0.4}), fit_of(law, SIZE | {"E": 0.1})
    runs = sized_runs().with_columns(value=1 - pl.col("value"))
    rows = PLANS["plan_comparison"].compare(worse, better, study_of("accuracy", flops=[1e21]), runs, runs, "better")
    assert rows["probability_other_wins"].to_list() == [1.0]


def projected(metric, sign):
    """The plan of three mixtures whose scores fall along the list at both sizes."""
    members = [[{"pool": "a", "share": s, "unique": 1e6}, {"pool": "b", "share": 1 - s, "unique": 1e6}] for s in (0.9, 0.5, 0.1)]
    law = laws["projektor"]
    names = [p.name for p in law.parameters]
    sides = []
    for seen in (1e6, 1e7):
        frame = pl.DataFrame({"data_seen": [seen] * 3, "members": members, DISTANCE: [1.0, 1.0, 1.0], "value": [0.9, 0.5, 0.1]})
        values = {n: {"a": sign, "b": -sign} if next(p for p in law.parameters if p.name == n).per else 0.1 for n in names}
        sides.append((fit_of(law, values, ("a", "b")), frame))
    study = study_of(metric, data_seen=[1e8])
    return PLANS["plan_projection"].compare(sides[0][0], sides[1][0], study, sides[0][1], sides[1][1], "large")


def test_the_mixture_of_the_highest_score_is_the_best_and_of_the_highest_error_the_worst():
    score, error = (projected(metric, 0.3).sort("value") for metric in ("score", "error"))
    assert score["rank"].to_list() == [3, 2, 1]
    assert error["rank"].to_list() == [1, 2, 3]
    assert score["probability_best"][2] > 0.9
    assert error["probability_best"][0] > 0.9


def test_the_optimum_of_a_score_is_a_maximum_unless_the_question_says_else():
    law = laws["verifier_reward"]
    runs = pl.DataFrame({c: [float(law.example[c])] * 2 for c in law.columns} | {"value": [0.5, 0.6]})
    fit = fit_of(law, law.example)
    question = {"find": "attempts", "between": [0.1, 1000]}
    rows = PLANS["plan_optimum"].build(fit, study_of("reward", optimum=question), runs)
    assert rows["goal"].to_list() == ["most"]
    assert METRICS["reward"].goal == "higher"


def test_laws_that_may_be_wrong_tell_two_near_recipes_less_surely_apart():
    def chance(misfit):
        one, other = (fit_of(laws["chinchilla"], SIZE | {"E": e}, misfit=misfit, spread=1e-5) for e in (0.210, 0.205))
        runs = sized_runs()
        return PLANS["plan_comparison"].compare(one, other, study_of("error", flops=[1e21]), runs, runs, "other")[
            "probability_other_wins"
        ][0]

    assert chance(Misfit(0.0)) == 1.0
    assert 0.5 < chance(Misfit(0.05)) < 0.9
