"""Bytes on a device against the ZeRO papers' own numbers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.planning.costs.memory import (
    Shape,
    bandwidth_efficiency,
    checkpoint_bytes,
    guessed_shape,
    memory_plan,
    model_state_bytes,
)

TRILLION = Shape(layers=128, width=25600, heads=256)


@pytest.mark.parametrize(("stage", "gigabytes"), [(0, 120.0), (1, 31.4), (2, 16.6), (3, 1.88)])
def test_zero_stages_of_seven_and_a_half_billion_on_64_devices(stage, gigabytes):
    assert model_state_bytes(7.5e9, stage, 64) / 1e9 == pytest.approx(gigabytes, rel=5e-3)


def test_a_trillion_parameters_by_shape():
    assert TRILLION.params == pytest.approx(1.007e12, rel=1e-3)
    assert 20 * TRILLION.params == pytest.approx(20.13e12, rel=1e-3)


def test_checkpoints_are_two_bytes_a_token_and_width_for_each_kept_block():
    assert checkpoint_bytes(TRILLION, 32, 1024) == 2 * 32 * 1024 * 25600 * 128
    assert checkpoint_bytes(TRILLION, 32, 1024, every=4) == checkpoint_bytes(TRILLION, 32, 1024) / 4


@pytest.mark.parametrize(("batch", "expected"), [(1, 0.5059), (2, 0.6719), (4, 0.8038), (16, 0.9425)])
def test_bandwidth_efficiency_of_weights_and_gradients(batch, expected):
    assert bandwidth_efficiency(1024 * batch, 70e9, 70e12) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("batch", "expected"), [(1, 0.8458), (2, 0.9165), (4, 0.9564), (16, 0.9887)])
def test_bandwidth_efficiency_of_optimizer_states(batch, expected):
    assert bandwidth_efficiency(1024 * batch / 4, 1.5e12, 70e12) == pytest.approx(expected, abs=1e-4)


def test_bandwidth_efficiency_of_activations():
    assert bandwidth_efficiency(24 * 2048, 2e9, 70e12) == pytest.approx(0.5841, abs=1e-4)


def test_a_small_model_needs_no_sharding_and_a_large_one_does():
    assert memory_plan(1e9, 80e9, 8).stage == 0
    large = memory_plan(30e9, 80e9, 64)
    assert large.fits
    assert large.stage >= 1


def test_what_does_not_fit_says_so():
    assert not memory_plan(1e12, 80e9, 8).fits


def test_an_unknown_stage_is_refused():
    with pytest.raises(PlanError, match="stage 4"):
        model_state_bytes(1e9, 4, 8)


@given(params=st.floats(1e6, 1e13))
def test_a_guessed_shape_has_about_the_parameters_asked_for(params):
    assert guessed_shape(params).params == pytest.approx(params, rel=0.15)


@given(params=st.floats(1e6, 1e12), count=st.integers(1, 4096))
def test_more_sharding_never_needs_more_memory(params, count):
    needed = [model_state_bytes(params, stage, count) for stage in range(4)]
    assert all(after <= before * (1 + 1e-12) for before, after in pairwise(needed))
