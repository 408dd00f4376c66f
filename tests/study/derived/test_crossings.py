"""Where a curve reaches a level, and the batches that the cost of a level tells."""

import numpy as np
import pytest

from pipeline.study.derived.crossings import critical_batch, crossing, frugal_batch, steps_without_limit

STEPS = np.array([10.0, 20, 40, 80, 160])
BATCH = np.array([128.0, 256, 512, 1024, 4096])


def reach(values: list[float], level: float) -> float | None:
    found = crossing(np.array(values), level)
    return found and found.amount(STEPS)


@pytest.mark.parametrize("exponent", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("level", [0.31, 0.42, 0.55])
def test_a_power_of_steps_is_crossed_where_its_equation_says(exponent: float, level: float) -> None:
    at = 10 * np.geomspace(1, 1000, 200)
    found = crossing((at / 10) ** -exponent, level)
    assert found is not None
    assert found.amount(at) == pytest.approx(10 * level ** (-1 / exponent), rel=1e-3)


def test_a_level_that_a_curve_never_has_is_not_reached() -> None:
    assert reach([5, 4, 3, 2.5, 2.4], 2.3) is None


def test_the_level_of_a_point_is_reached_at_it() -> None:
    assert reach([5, 4, 3, 2.5, 2.4], 3) == 40


def test_the_lowest_value_is_reached_where_it_is_first_seen_though_the_curve_stays_there() -> None:
    assert reach([5, 4, 3, 3, 3], 3) == 40


def test_a_single_lucky_evaluation_reaches_nothing() -> None:
    assert reach([5, 2.4, 3, 2.5, 2.4], 2.5) == 80


def test_a_curve_that_rises_again_has_reached_what_it_held() -> None:
    assert reach([5, 3, 2, 2.1, 4], 2.5) == pytest.approx(np.exp((np.log(20) + np.log(40)) / 2))


def test_the_last_evaluation_counts_alone() -> None:
    assert reach([5, 4, 3, 2.5, 2.0], 2.0) == 160


@pytest.mark.parametrize("critical", [300.0, 1000.0, 5000.0])
def test_the_critical_batch_of_the_law_is_found_again(critical: float) -> None:
    assert critical_batch(BATCH, 50 * (1 + critical / BATCH)) == pytest.approx(critical, rel=1e-9)


def test_steps_that_rise_with_the_batch_tell_no_critical_batch() -> None:
    assert np.isnan(critical_batch(BATCH, 50 + BATCH))


def test_two_batches_tell_no_critical_batch() -> None:
    assert np.isnan(critical_batch(BATCH[:2], 50 * (1 + 1000 / BATCH[:2])))


def test_the_cheapest_batch_is_the_low_point_of_the_data() -> None:
    assert frugal_batch(BATCH, 1e5 * np.exp(0.1 * np.log(BATCH / 700) ** 2)) == pytest.approx(700, rel=1e-9)


def test_data_that_only_rise_with_the_batch_tell_no_cheapest_one() -> None:
    assert np.isnan(frugal_batch(BATCH, 1e5 * np.exp(0.1 * np.log(BATCH / 1) ** 2)))


def test_at_the_critical_batch_half_of_the_steps_are_due_to_it() -> None:
    assert steps_without_limit(np.array([200.0]), np.array([1000.0]), 1000.0) == pytest.approx([100.0])
