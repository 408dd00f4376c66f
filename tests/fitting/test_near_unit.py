"""Laws with a place along a column end at one optimum, whatever the column is counted in."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import fit
from pipeline.fitting.near_unit import _units, brought_near
from pipeline.fitting.setup import set_up, with_warm_start
from pipeline.laws import laws
from pipeline.laws.law import Law

X = np.geomspace(0.3, 40, 30)
BENDING = ("shifted_power", "limited_power", "hill", "bent_power", "broken_power_law")


def curve(law: Law, unit: float) -> pl.DataFrame:
    """A curve that starts slowly and falls to a floor, with small waves that no law has."""
    value = 0.3 + 0.6 * (1 + X / 6) ** -0.7 * (1 + 0.004 * np.sin(5 * np.arange(30)))
    return pl.DataFrame({"run_key": [f"r{i}" for i in range(30)], law.columns[0]: X * unit, "value": value})


@pytest.mark.parametrize("name", ["shifted_power", "limited_power"])
@pytest.mark.parametrize("unit", [1e7, 1e19])
def test_an_optimum_is_the_same_whatever_the_axis_is_counted_in(name: str, unit: float) -> None:
    plain, counted = (fit(laws[name], curve(laws[name], u), draws=0) for u in (1.0, unit))
    assert counted.objective_value == pytest.approx(plain.objective_value, rel=1e-6)
    assert counted.residuals == pytest.approx(plain.residuals, abs=1e-6)
    assert "not converged" not in "".join(counted.certificate.reasons)


@pytest.mark.parametrize("name", BENDING)
def test_a_vector_says_the_same_in_both_units_and_comes_back(name: str) -> None:
    setup = set_up(laws[name], curve(laws[name], 1e7), laws[name].objective, None, None)
    units = _units(setup.law, setup.problem)
    assert units is not None
    w = with_warm_start(setup, 5, 0, None)
    there = units.there(w)
    assert units.own.predicted(there) == pytest.approx(setup.problem.predicted(w), rel=1e-9)
    assert units.back(there) == pytest.approx(w, rel=1e-6, abs=1e-9)


def test_starts_that_are_brought_near_lie_lower() -> None:
    law = laws["shifted_power"]
    setup = set_up(law, curve(law, 1e7), law.objective, None, None)
    start = with_warm_start(setup, 8, 0, None)
    near = brought_near(law, setup.problem, start, np.ones(30), 60)
    before, after = (setup.problem.evaluate(w, np.ones(30))[0] for w in (start, near))
    assert (after <= before).all()
    assert after.min() == pytest.approx(fit(law, curve(law, 1.0), draws=0).objective_value, rel=1e-6)


@pytest.mark.parametrize(("name", "held"), [("power_law", {}), ("shifted_power", {"shift": 1e6}), ("hill", {"span": 0.5})])
def test_starts_stay_where_no_place_moves_or_what_it_carries_is_held(name: str, held: dict[str, float]) -> None:
    setup = set_up(laws[name], curve(laws[name], 1e7), laws[name].objective, held, None)
    start = with_warm_start(setup, 3, 0, None)
    assert brought_near(setup.law, setup.problem, start, np.ones(30), 20) is start
