"""Batch sizes: worked values of the reference, and the fixed point of loss at a batch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import FitError
from pipeline.study.derived.batches import critical_at, loss_at_batch, next_batch, noise_scale, steps_factor

SMALL = {"N_scale": 1.5e14, "S_scale": 2.6e3, "alpha_size": 0.076, "alpha_step": 0.67}
SMALL_BATCH = {"B_scale": 1.7e8, "alpha_batch": 0.205}


def test_noise_scale_from_two_batches() -> None:
    found = noise_scale(1e5, 1e6, [1.2], [0.3])
    assert (found.gradient_squared, found.trace, found.scale) == pytest.approx((0.2, 1e5, 5e5))


def test_norms_are_averaged_before_the_division() -> None:
    scattered = noise_scale(1e5, 1e6, [0.1, 2.3], [0.2, 0.4])
    assert scattered.scale == pytest.approx(noise_scale(1e5, 1e6, [1.2], [0.3]).scale)


def test_a_negative_estimate_is_refused_with_its_cure() -> None:
    with pytest.raises(FitError, match="measure more gradients"):
        noise_scale(1e5, 1e6, [3.1], [0.3])


def test_norm_test_raises_the_batch_to_noise_over_tolerance_squared() -> None:
    assert next_batch(0.2, 1e5, 1e5, tolerance=0.5) == 2_000_000


def test_norm_test_keeps_a_batch_that_passes() -> None:
    assert next_batch(0.2, 1e5, 3e6, tolerance=0.5) == 3_000_000


def test_loss_at_a_batch_is_the_worked_fixed_point() -> None:
    found = loss_at_batch(1e9, 1e5, 1e6, SMALL, SMALL_BATCH)
    assert found.loss == pytest.approx(2.634431, abs=1e-6)
    assert found.steps_min == pytest.approx(39877.03, abs=0.01)
    assert found.critical == pytest.approx(1507709.6, abs=0.1)


@given(st.floats(1e4, 1e8))
def test_larger_batches_never_lose_at_equal_steps(batch: float) -> None:
    small, large = (loss_at_batch(1e8, 2e4, b, SMALL, SMALL_BATCH).loss for b in (batch, 2 * batch))
    assert large <= small + 1e-12


def test_at_the_critical_batch_steps_are_twice_the_fewest() -> None:
    assert steps_factor(5e5, 5e5) == pytest.approx(2.0)


def test_critical_batch_doubles_when_loss_falls_by_an_eighth_and_more() -> None:
    constants = {"B_scale": 2.1e8, "alpha_batch": 0.21}
    assert critical_at(3 * 2**-0.21, constants) == pytest.approx(2 * critical_at(3, constants))
