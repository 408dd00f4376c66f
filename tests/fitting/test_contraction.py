"""Rows of a law over pools are summed by the pools that they draw from, to the sums over all parameters at once."""

import numpy as np
import pytest

from pipeline.fitting.numerics.contraction import ALIKE, MANY, blocks_by_pools
from pipeline.fitting.numerics.coordinates import coordinates
from pipeline.fitting.numerics.dense_sums import DenseContraction
from pipeline.fitting.problem import Problem
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.effective_path import EffectivePath
from pipeline.laws.engine.path_walk import Array
from pipeline.laws.engine.rows import Rows

POOLED = ("repeated_utility", "effective_data", "pooled_effective_data", "pooled_priced_data")
PRESENT = np.repeat(np.array([[1, 0, 0], [0, 1, 1], [1, 1, 1]]), [ALIKE + 2, ALIKE, 2], axis=0)
"""Two sets of pools that many rows draw from, and one that few do."""


def _problem(name: str) -> tuple[Problem, np.ndarray]:
    """Rows over three pools, up to six epochs, and so many parameter vectors that they are summed by pools."""
    law, rng = laws[name], np.random.default_rng(2)
    share = PRESENT / PRESENT.sum(axis=1, keepdims=True)
    size = np.broadcast_to([1e7, 2e7, 3e7], share.shape) * PRESENT
    seen = rng.uniform(0.5, 6.0, len(share)) * size.sum(axis=1)
    rows = Rows({"data_seen": seen}, {"share": share, "unique": size, "size": size}, ("x", "y", "z"))
    code = compiled(law)
    middle = {p.name: np.mean(p.start) for p in law.parameters}
    theta = np.array([middle[name] for name, _ in code.index(rows.pools)]) * np.exp(0.1 * rng.normal(size=(MANY, 1)))
    target, place = code.value(theta[:1], rows)[0] * np.exp(0.05 * rng.normal(size=len(seen))), coordinates(law, rows.pools)
    problem = Problem(code, rows, target, law.objective, place, np.arange(theta.shape[1]))
    return problem, place.working(theta)


@pytest.mark.parametrize("name", POOLED)
def test_sums_over_the_parameters_that_rows_feel_are_the_sums_over_all(name: str) -> None:
    problem, w = _problem(name)
    weight = np.random.default_rng(3).uniform(size=(len(w), problem.rows.n))
    base, target = problem.natural(w), problem.target
    apart = problem._summed(base, target, weight, problem.objective, True, None)
    together = DenseContraction(problem.law, problem.rows).sums(base, target, weight, problem.objective, True)
    for found, whole in zip(apart, together, strict=True):
        assert found is not None
        assert whole is not None
        assert np.allclose(found, whole, rtol=1e-10, atol=1e-12 * np.abs(whole).max())


def test_rare_sets_of_pools_go_together_and_others_feel_their_own_pools_alone() -> None:
    problem, _ = _problem("repeated_utility")
    found = [(block.rows.tolist(), block.feels.tolist()) for block in blocks_by_pools(problem.law, problem.rows)]  # type: ignore[union-attr]
    many = ALIKE + 2
    assert sorted(found) == [
        (list(range(many)), [0, 1, 2, 5]),
        (list(range(many, many + ALIKE)), [0, 1, 3, 4, 6, 7]),
        (list(range(many + ALIKE, many + ALIKE + 2)), [0, 1, 2, 3, 4, 5, 6, 7]),
    ]


def _together_and_alone(
    rows: tuple[Array, Array, Array], parameters: tuple[Array, Array, Array], factor: Array
) -> tuple[Array, Array]:
    """Second derivatives of rows walked together, and of each walked alone, whose values and slopes are the same."""
    seen, share, size = rows
    whole, second = EffectivePath(seen, share, size, size).at(*parameters), np.zeros(())
    for row in range(len(seen)):
        cut = slice(row, row + 1)
        alone = EffectivePath(seen[cut], share[cut], size[cut], size[cut]).at(*parameters)
        assert np.allclose(whole.value[:, cut], alone.value, rtol=1e-12)
        assert np.allclose(whole.slope[:, :, cut], alone.slope, rtol=1e-10)
        second = second + alone.second(factor[:, cut])
    return whole.second(factor), second


def test_rows_along_one_mixture_have_the_derivatives_that_each_has_alone() -> None:
    rng = np.random.default_rng(5)
    seen = np.array([3e7, 8e6, 1e8, 3e7, 2.4e7])  # one amount twice, and one at the end of an epoch
    share, size = np.tile([0.25, 0.75], (5, 1)), np.tile([6e6, 3e7], (5, 1))
    parameters = rng.uniform(0.01, 0.1, (3, 1)), -rng.uniform(0.05, 0.2, (3, 2)), rng.uniform(1, 9, (3, 2))
    whole, alone = _together_and_alone((seen, share, size), parameters, rng.normal(size=(3, 5)))
    assert np.allclose(whole, alone, rtol=1e-9)


@pytest.mark.parametrize("most", [1.0, 40.0])
def test_rows_of_one_pool_each_have_the_derivatives_that_each_has_alone(most: float) -> None:
    rng = np.random.default_rng(6)
    share = np.eye(3)[np.repeat([0, 1, 2], [4, 3, 1])]
    size = share * [6e6, 3e7, 1e7]
    seen = size.sum(axis=1) * np.append(rng.uniform(0.5, most, 6), [most, most])
    parameters = rng.uniform(0.01, 0.1, (3, 1)), -rng.uniform(0.05, 0.2, (3, 3)), rng.uniform(1, 9, (3, 3))
    whole, alone = _together_and_alone((seen, share, size), parameters, rng.normal(size=(3, 8)))
    assert np.allclose(whole, alone, rtol=1e-9, atol=1e-9 * np.abs(alone).max())
