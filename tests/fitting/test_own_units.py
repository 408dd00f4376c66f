"""Draws are solved with columns counted in units of their geometric means: the same law, in which Newton's steps go further."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import fit
from pipeline.fitting.numerics.near_starts import near_starts
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.own_units import own_units
from pipeline.fitting.setup import Setup, set_up
from pipeline.fitting.uncertainty.resampling import run_weights
from pipeline.laws import laws
from pipeline.laws.engine.units import moved_by_unit

RUNS, DRAWS = 60, 32


def runs(seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    params = 10 ** rng.uniform(7, 9, RUNS)
    data_seen = params * 10 ** rng.uniform(0.5, 2, RUNS)
    loss = (1.8 + 400 / params**0.34 + 2000 / data_seen**0.37) * np.exp(rng.normal(0, 0.01, RUNS))
    own = {"params": params, "data_seen": data_seen, "step": data_seen / 2.0 ** rng.integers(12, 17, RUNS), "value": loss}
    return pl.DataFrame({"run_key": [f"r{i}" for i in range(RUNS)], **own, "data_unique": data_seen / 2})


def case(name: str, fix: dict[str, float] | None = None) -> tuple[Setup, np.ndarray]:
    """A law on the runs, and working vectors (1, P) of its example."""
    law = laws[name]
    setup = set_up(law, runs(), law.objective, fix, None)
    return setup, setup.problem.coordinates.working(np.array([[law.example[p.name] for p in law.parameters]]))


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        ("chinchilla", {"params": {"A"}, "data_seen": {"B"}}),
        ("skaling_from_steps", {"params": {"A"}, "data_seen": {"B"}}),
        ("broken_power_law", {"flops": {"amplitude", "break_1"}}),
        ("sparse_size_data", {"params": {"A"}, "data_seen": {"B"}}),
        ("kaplan_size_data", {}),
        ("effective_data", {}),
    ],
)
def test_the_formula_says_what_a_unit_moves_by_more_than_a_constant_factor(name: str, moved: dict[str, set[str]]) -> None:
    assert {column: set(powers) for column, powers in moved_by_unit(laws[name]).items()} == moved


@pytest.mark.parametrize("name", ["chinchilla", "skaling", "skaling_from_steps", "overfitting_penalty"])
def test_a_vector_predicts_the_same_in_own_units_and_comes_back(name: str) -> None:
    setup, w = case(name)
    units = own_units(setup.law, setup.problem, w[0])
    there = units.there(w)
    assert units.moved
    assert units.own.predicted(there) == pytest.approx(setup.problem.predicted(w), rel=1e-12)
    assert units.back(there) == pytest.approx(w, rel=1e-12)


def test_columns_whose_coefficient_is_held_stay_as_they_are() -> None:
    setup, w = case("chinchilla", {"A": 400.0})
    units = own_units(setup.law, setup.problem, w[0])
    assert [setup.names[at] for at, _, _ in units.moved] == ["B"]
    assert (units.own.rows.columns["params"] == setup.problem.rows.columns["params"]).all()


def test_columns_stay_as_they_are_where_the_formula_has_them_elsewhere_too() -> None:
    setup, w = case("data_constrained")
    units = own_units(setup.law, setup.problem, w[0])
    assert not units.moved
    assert units.own is setup.problem


def test_draws_of_a_coupled_law_come_to_their_optimum_in_own_units_alone() -> None:
    setup, _ = case("skaling")
    best = setup.problem.coordinates.working(fit(setup.law, runs(), draws=0).estimate[None])
    units, weight = own_units(setup.law, setup.problem, best[0]), run_weights("bayesian", RUNS, 0, 0, DRAWS)
    ends = []
    for problem, w in ((setup.problem, best[0]), (units.own, units.there(best)[0])):
        begin, metric = near_starts(problem, w, np.ones(RUNS), weight, None)
        ends.append(minimise(problem, begin, weight, iterations=25, patient=False, metric=metric))
    usual, own = ends
    assert own.converged.mean() > usual.converged.mean()
    assert (own.value <= usual.value * (1 + 1e-8)).mean() > 0.9
