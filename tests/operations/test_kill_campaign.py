"""The campaign of random kills, a few of them in each run of the tests (docs/scale.md has the counts of the long one)."""

from pathlib import Path

import pytest

from tests.campaigns.kills import campaign


def test_five_kills_of_five_kinds_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    assert campaign(tmp_path, kills=5, seed=1, between=100).died.total() == 5


@pytest.mark.slow
def test_five_hundred_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    assert campaign(tmp_path, kills=500, seed=2).died.total() == 500
