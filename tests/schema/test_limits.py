"""An entry of `outside` is written and read in one form: what the words say of a limit is what the plan found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.schema.limits import HAS, Beyond, Unlike, limit

NUMBERS = st.floats(min_value=1e-300, max_value=1e300).map(lambda value: float(f"{value:.3g}"))
WORDS = st.text(min_size=1).filter(lambda text: text.strip() == text and ": the " not in text)


@given(WORDS, NUMBERS, st.sampled_from(list(HAS)), NUMBERS, NUMBERS)
def test_a_range_that_is_left_is_read_as_it_was_written(column: str, value: float, whose: str, low: float, high: float) -> None:
    found = Beyond(column, value, whose, low, high)  # type: ignore[arg-type]
    assert limit(str(found)) == found


@given(st.sampled_from(["metric", "data_unit"]), WORDS, WORDS)
def test_a_convention_that_differs_is_read_as_it_was_written(column: str, logged: str, law: str) -> None:
    found = Unlike(column, logged, law)  # type: ignore[arg-type]
    assert limit(str(found)) == found


@pytest.mark.parametrize("text", ["", "params", "the runs have 1 to 2", "params 1: your runs have 1 to 2"])
def test_a_text_of_another_form_is_no_limit(text: str) -> None:
    with pytest.raises(ValueError, match="names no limit of a plan"):
        limit(text)
