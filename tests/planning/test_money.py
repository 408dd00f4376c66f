"""FLOPs, hours, days and price against the numbers that published runs give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.hardware import load_hardware
from pipeline.planning.costs.prices import (
    FULL_RECOMPUTATION,
    Attention,
    accelerators_for_deadline,
    bill,
    flops_by_deadline,
    flops_for_price,
    training_flops,
)

H100 = load_hardware().accelerator("h100-sxm")
PALM = Attention(layers=118, heads=48, head_dim=256, sequence_length=2048)


def test_seven_billion_on_two_trillion_tokens_takes_58982_h100_hours():
    flops = training_flops(7e9, 2e12)
    assert flops == pytest.approx(8.4e22)
    paid = bill(flops, H100, 512, mfu=0.40, price=2.5)
    assert paid.accelerator_hours == pytest.approx(58982.1, abs=0.1)
    assert paid.price == pytest.approx(147_455, abs=1)
    assert paid.days == pytest.approx(4.800, abs=5e-4)


def test_palm_flops_with_and_without_attention():
    assert training_flops(540.35e9, 780e9) == pytest.approx(2.529e24, rel=5e-4)
    assert training_flops(540.35e9, 780e9, PALM) == pytest.approx(2.557e24, rel=5e-4)


def test_full_recomputation_is_eight_n_d():
    assert training_flops(1e9, 1e9, recomputation=FULL_RECOMPUTATION) == pytest.approx(8e18)


def test_a_trillion_parameters_on_twenty_trillion_tokens_does_not_overflow():
    gcd = load_hardware().accelerator("mi250x-gcd")
    paid = bill(training_flops(1e12, 20e12), gcd, 3072, mfu=0.3196)
    assert paid.accelerator_hours == pytest.approx(5.446e8, rel=1e-3)
    assert paid.days == pytest.approx(7387, rel=1e-3)


def test_availability_lengthens_the_days_and_raises_the_price_but_not_the_busy_hours():
    smooth, bumpy = bill(1e22, H100, 64), bill(1e22, H100, 64, availability=0.5)
    assert bumpy.accelerator_hours == smooth.accelerator_hours
    assert bumpy.days == pytest.approx(2 * smooth.days)
    assert bumpy.price == pytest.approx(2 * smooth.price)


@given(flops=st.floats(1e12, 1e27), count=st.integers(1, 10_000), mfu=st.floats(0.01, 1), availability=st.floats(0.05, 1))
def test_deadline_and_price_invert_the_bill(flops, count, mfu, availability):
    paid = bill(flops, H100, count, mfu=mfu, availability=availability)
    assert flops_by_deadline(paid.days, H100, count, mfu=mfu, availability=availability) == pytest.approx(flops, rel=1e-9)
    assert flops_for_price(paid.price, H100, mfu=mfu, availability=availability) == pytest.approx(flops, rel=1e-9)


@given(flops=st.floats(1e18, 1e27), days=st.floats(0.1, 1000))
def test_the_fewest_accelerators_make_the_deadline_and_one_less_does_not(flops, days):
    count = accelerators_for_deadline(flops, days, H100)
    assert bill(flops, H100, count).days <= days * (1 + 1e-9)
    assert count == 1 or bill(flops, H100, count - 1).days > days * (1 - 1e-9)


@pytest.mark.parametrize(("key", "value"), [("mfu", 0.0), ("mfu", 1.3), ("availability", 0.0)])
def test_an_impossible_share_is_refused_by_name(key, value):
    with pytest.raises(PlanError, match=key):
        bill(1e20, H100, 8, **{key: value})


def test_no_devices_are_refused():
    with pytest.raises(PlanError, match="accelerator_count = 0"):
        bill(1e20, H100, 0)
