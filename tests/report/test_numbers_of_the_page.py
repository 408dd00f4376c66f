"""The what-if controls print a number as the plans print it: one number has one text."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from javascript import evaluated

from pipeline.schema.numbers_in_words import amount, decimals, factor, part
from pipeline.wording.cost_words import duration, priced

NUMBERS = Path(__file__).parents[2] / "pipeline" / "report" / "numbers.js"
EDGES = [0.01, 0.5, 0.995, 1.0, 1.004, 1.049, 9.949, 9.95, 10.0, 71.99, 72.0, 99.4, 99.5, 99.95, 100.0, 999.4, 999.5, 1e6, 2e15]
VALUES = [*EDGES, *np.exp(np.random.default_rng(4).uniform(np.log(1e-3), np.log(1e13), 400)).tolist()]
SHARES = [0.0, 1e-5, 0.0006, 0.0949, 0.0951, 0.5, 0.9949, 0.9951, 0.99999, 1.0]


def printed(call: str, given: object) -> list[str]:
    """What the page makes of each of the values."""
    found = evaluated(f"{NUMBERS.read_text(encoding='utf-8')}\nconst answer = {json.dumps(given)}.map({call});")
    return [str(text) for text in found]


@pytest.mark.parametrize("write", [amount, factor, priced, duration], ids=lambda write: write.__name__)
def test_a_number_has_the_text_that_plans_give_it(write: Callable[[float], str]) -> None:
    assert printed(f"(value) => lawbookNumbers.{write.__name__}(value)", VALUES) == [write(value) for value in VALUES]


def test_a_share_is_never_rounded_to_nothing_or_to_certainty() -> None:
    assert printed("lawbookNumbers.part", SHARES) == [part(share) for share in SHARES]


@pytest.mark.parametrize("wide", [0.6, 0.2, 0.049, 0.012, 0.0004])
def test_a_value_has_the_decimals_that_its_interval_supports(wide: float) -> None:
    middle, low, high = 2.345678, 2.345678 - 0.4 * wide, 2.345678 + 0.6 * wide
    value, ends = decimals(middle, low, high)
    assert printed("(estimate) => lawbookNumbers.measured(estimate)", [[middle, low, high]]) == [f"{value} ({ends})"]
