"""How long a run takes, as people say it: the noun goes with the number that is printed."""

import pytest

from pipeline.wording.cost_words import device_time, duration

SAID = {
    1 / 3600: "1 second",
    1 / 60: "1 minute",
    1.03: "1 hour",
    2.5: "2.5 hours",
    24 * 3: "3 days",
}


@pytest.mark.parametrize("hours", SAID)
def test_one_is_one_and_more_are_several(hours: float) -> None:
    assert duration(hours) == SAID[hours]


@pytest.mark.parametrize("hours", [1e-5, 0.01, 0.0167, 0.5, 0.999, 1.0, 1.004, 7.0, 71.9, 1e3, 1e7])
def test_no_duration_says_1_of_several(hours: float) -> None:
    assert not any(said.startswith("1 ") and said.endswith("s") for said in (duration(hours), device_time(hours)))
