"""The slopes of cost: what is planted is found, and the page holds what its picture draws."""

import numpy as np
import pytest

from tests.benchmarks.growth import growth
from tests.benchmarks.slopes import AXES, PART, PICTURE, drawn
from tests.campaigns.page import rows_of_part


def planted(power: float, start: float, seed: int) -> list[tuple[float, float]]:
    """Seconds of seven sizes, three times each, to 3 %."""
    sizes = np.repeat(np.logspace(1, 5, 7), 3)
    noise = np.exp(np.random.default_rng(seed).normal(0, 0.03, len(sizes)))
    return list(zip(sizes, (start + 100 * (sizes / 1e5) ** power) * noise, strict=True))


@pytest.mark.parametrize("power", [0.7, 1.0, 1.7])
@pytest.mark.parametrize("start", [0.0, 2.0])
def test_the_power_of_growth_is_found_below_what_every_start_costs(power: float, start: float) -> None:
    assert growth(planted(power, start, 0)).power == pytest.approx(power, abs=0.05)


def test_nine_in_ten_intervals_hold_the_power() -> None:
    found = [growth(planted(1.0, 2.0, seed)) for seed in range(40)]
    assert 32 <= sum(each.low <= 1 <= each.high for each in found) <= 40
    assert max(each.high - each.low for each in found) < 0.25


def test_too_few_measurements_say_no_slope() -> None:
    with pytest.raises(ValueError, match="3 measurements say no slope"):
        growth([(1, 1), (10, 10), (100, 100)])


def test_the_picture_has_a_panel_for_each_row_of_the_page() -> None:
    rows, kept = rows_of_part(PART), PICTURE.read_text(encoding="utf-8")
    assert {row[0] for row in rows} <= set(AXES)
    for drawing in (kept, drawn(rows)):
        assert all(f">{row[0]}</text>" in drawing for row in rows)
        assert all(f"processor s: {float(each.partition(': ')[2]):g}" in drawing for row in rows for each in row[3].split("; "))
