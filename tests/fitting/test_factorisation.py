"""Newton steps of a batch of matrices agree with LAPACK, and what is not positive definite is flagged in its row only."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fitting.numerics.factorisation import newton_steps


def _batch(seed: int, size: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(count, size, size))
    return half @ half.transpose(0, 2, 1) + 0.1 * np.eye(size), rng.normal(size=(count, size))


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 40))
def test_steps_and_decreases_are_those_of_a_dense_solve(seed: int, size: int, count: int) -> None:
    hessian, gradient = _batch(seed, size, count)
    step, predicted, positive = newton_steps(hessian, gradient)
    expected = -np.linalg.solve(hessian, gradient[..., None])[..., 0]
    assert positive.all()
    np.testing.assert_allclose(step, expected, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(predicted, -0.5 * np.einsum("bi,bi->b", gradient, expected), rtol=1e-7)


@given(st.integers(0, 10_000), st.integers(2, 8))
def test_a_matrix_with_a_negative_curvature_is_flagged_and_spoils_no_other(seed: int, size: int) -> None:
    hessian, gradient = _batch(seed, size, 5)
    alone = newton_steps(hessian[[0]], gradient[[0]])[0]
    values, vectors = np.linalg.eigh(hessian[2])
    hessian[2] = (vectors * np.where(np.arange(size) == 0, -values[0], values)) @ vectors.T
    step, _, positive = newton_steps(hessian, gradient)
    assert positive.tolist() == [True, True, False, True, True]
    np.testing.assert_allclose(step[0], alone[0], rtol=1e-12)


def test_a_singular_matrix_is_not_positive_definite() -> None:
    assert not newton_steps(np.ones((1, 3, 3)), np.ones((1, 3)))[2].any()
