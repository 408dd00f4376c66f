"""projektor: the size step's worked value, and regression on mixtures that gives its coefficients back."""

import numpy as np
import pytest

from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows


def at_size(n: float) -> float:
    columns = {"data_seen": np.array([n]), "size_small": np.array([1000.0]), "size_large": np.array([1500.0])}
    return float(compiled(laws["projektor_size"]).value(np.array([[0.50, 0.54]]), Rows(columns))[0, 0])


def test_worked_values() -> None:
    assert at_size(1500) == pytest.approx(0.54, abs=1e-15)
    assert at_size(10_000) == pytest.approx(0.727155, abs=5e-7)


def mixtures(seed: int) -> Rows:
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.ones(3), 40)
    return Rows({"transport_distance": rng.uniform(5, 20, 40)}, {"share": share}, ("a", "b", "c"))


@pytest.mark.parametrize("name", ["projektor", "projektor_released"])
def test_a_linear_regression_gives_the_coefficients_back(name: str) -> None:
    """With the first source as reference the design has full rank."""
    law, rows, rng = laws[name], mixtures(0), np.random.default_rng(1)
    form = compiled(law)
    index = form.index(rows.pools)
    pinned = np.array(
        [pool == "a" and next(p for p in law.parameters if p.name == name_).reference == 0 for name_, pool in index]
    )
    truth = np.where(pinned, 0.0, rng.normal(size=len(index)))
    value, gradient, _ = form.derivatives(truth[None], rows)
    design = gradient[0][:, ~pinned]
    found, *_ = np.linalg.lstsq(design, value[0], rcond=None)
    np.testing.assert_allclose(found, truth[~pinned], atol=1e-9)


def test_the_released_program_is_the_formula_without_squares_of_shares() -> None:
    rows, rng = mixtures(2), np.random.default_rng(3)
    paper, program = compiled(laws["projektor"]), compiled(laws["projektor_released"])
    values = {key: rng.normal() for key in paper.index(rows.pools)}
    theta = np.array([[0.0 if name == "c2" else values[name, pool] for name, pool in paper.index(rows.pools)]])
    same = np.array([[values[key] for key in program.index(rows.pools)]])
    np.testing.assert_allclose(paper.value(theta, rows), program.value(same, rows), rtol=1e-13)
