"""A handful of parameter vectors goes by other operations than a large batch, to the same numbers."""

import numpy as np
import pytest

from pipeline.fitting.numerics import factorisation, power_term_sums, steps
from pipeline.fitting.numerics.power_term_sums import PowerTermContraction
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Objective

POWER_LAWS = [name for name, law in laws.items() if "terms" in compiled(law).layout]


def _block(name: str) -> tuple[PowerTermContraction, np.ndarray, np.ndarray]:
    """A law of power terms on 30 rows, six parameter vectors in its base coordinates, and observations near the first."""
    law, rng = laws[name], np.random.default_rng(3)
    rows = Rows({column: 10 ** rng.uniform(0, 2, 30) for column in law.columns})
    block = PowerTermContraction(compiled(law), rows)
    theta = np.array([[np.sqrt(p.start[0] * p.start[1]) if p.start[0] > 0 else p.start[1] for p in law.parameters]])
    theta = theta * np.exp(0.05 * rng.normal(size=(6, theta.shape[1])))
    base, logs = theta.copy(), np.array(block.logs)
    base[:, logs] = np.log(theta[:, logs])
    return block, base, compiled(law).value(theta[:1], rows)[0] * np.exp(0.01 * rng.normal(size=30))


@pytest.mark.parametrize("loss", ["huber", "l2"])
@pytest.mark.parametrize("space", ["log", "linear"])
@pytest.mark.parametrize("name", POWER_LAWS)
def test_fused_sums_of_power_terms_are_the_sums(name: str, space: str, loss: str, monkeypatch: pytest.MonkeyPatch) -> None:
    block, base, observed = _block(name)
    if space == "log" and not (observed > 0).all():
        pytest.skip("this law predicts no positive response here, and no logarithm of it is fitted")
    objective = Objective(space, loss, delta=0.1)  # type: ignore[arg-type]  # words of the list above
    target, weight = np.log(observed) if space == "log" else observed, np.random.default_rng(4).uniform(size=(6, 30))
    found = []
    for most in (10**9, 0):
        monkeypatch.setattr(power_term_sums, "SMALL", most)
        found.append(block.sums(base, target, weight, objective, True))
    for small, large in zip(*found, strict=True):
        assert small is not None
        assert large is not None
        assert np.allclose(small, large, rtol=1e-10, atol=1e-12 * np.abs(large).max())


def _systems(batch: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Positive definite matrices, the second of which has a negative curvature, and right-hand sides."""
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(batch, 4, 9))
    matrices = half @ half.transpose(0, 2, 1)
    matrices[1, 2, 2] = -1.0
    return matrices, rng.normal(size=(batch, 4))


@pytest.mark.parametrize("batch", [2, 7, 24])
def test_few_systems_one_by_one_are_solved_as_many_together(batch: int) -> None:
    hessian, gradient = _systems(batch)
    one, many = factorisation._each(hessian, gradient), factorisation._together(hessian, gradient)
    assert (one[2] == many[2]).all()
    assert not one[2][1]
    assert one[2].sum() == batch - 1
    for alone, together in zip(one[:2], many[:2], strict=True):
        assert np.allclose(alone[one[2]], together[one[2]], rtol=1e-9)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_system_with_an_infinite_entry_is_flagged_and_spoils_no_other(broken: float) -> None:
    hessian, gradient = _systems(3)
    hessian[2] = broken
    assert factorisation.newton_steps(hessian, gradient)[2].tolist() == [True, False, False]


def test_guarded_steps_of_few_rows_are_those_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    hessian, gradient = _systems(5)
    metric, damping = _systems(5, seed=6)[0], np.full(5, 0.1)
    metric[1, 2, 2] = 9.0
    few = steps._guarded_step(gradient, hessian, metric, damping, 1e-3)
    monkeypatch.setattr(steps, "FEW", 0)
    many = steps._guarded_step(gradient, hessian, metric, damping, 1e-3)
    assert (few[2] == many[2]).all()
    for alone, together in zip(few[:2], many[:2], strict=True):
        assert np.allclose(alone, together, rtol=1e-8)


def test_few_observations_that_are_met_exactly_need_few_starts() -> None:
    from pipeline.fitting.search import _waves
    from pipeline.fitting.setup import set_up, with_warm_start
    from tests.fitting.fitting_cases import sweep

    law = laws["chinchilla"]
    for runs, waves in ((9, [(12, 60), (64, 250)]), (40, [(64, 250)])):
        setup = set_up(law, sweep(runs, 0, points=1), law.objective, None, None)
        found = _waves(setup.problem, with_warm_start(setup, 64, 0, None), 250)
        assert [(len(starts), steps) for starts, steps in found] == waves
