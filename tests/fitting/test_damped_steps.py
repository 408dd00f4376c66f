"""Steps where the Hessian is not positive definite: how far they are damped does not depend on what is stepped beside them."""

import numpy as np
import pytest

from pipeline.fitting.numerics.steps import near_steps


def _systems(count: int, size: int, curvature: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients, Hessians of which each has a direction of that negative curvature, and metrics of unlike scales."""
    rng = np.random.default_rng(size)
    scale = 10.0 ** rng.uniform(-3, 3, (count, 1, size))
    slopes = rng.normal(size=(count, 3 * size, size)) * scale
    metric = slopes.transpose(0, 2, 1) @ slopes
    bent = rng.normal(size=(count, size)) * scale[:, 0]
    hessian = metric - curvature * bent[:, :, None] * bent[:, None, :]
    return rng.normal(size=(count, size)) * scale[:, 0], hessian, metric


@pytest.mark.parametrize("curvature", [1e2, 1e5, 1e9])
@pytest.mark.parametrize("size", [2, 5, 9])
def test_a_few_systems_are_damped_as_they_are_among_many(size: int, curvature: float) -> None:
    gradient, hessian, metric = _systems(60, size, curvature)
    every, few = np.arange(60), np.arange(7)
    many = near_steps(gradient, hessian, metric, every, 1e-3)
    some = near_steps(gradient[few], hessian[few], metric, few, 1e-3)
    assert (~many[2]).sum() > 50
    assert some[0] == pytest.approx(many[0][few], rel=1e-6)
    assert (np.vecdot(gradient, many[0]) < 0).all()
