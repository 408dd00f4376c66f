"""Batch sizes: worked values of the reference, and the fixed point of loss at a batch."""

import pytest

from pipeline.errors import FitError
from pipeline.study.derived.batches import noise_scale

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
