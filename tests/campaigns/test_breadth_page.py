"""What the page says of a campaign that was measured in parts, on a busy machine, over days."""

from typing import Any

from tests.campaigns.breadth import row


def _cost(processor: float, load: int = 3) -> dict[str, Any]:
    return {"first": {"cpu": processor, "peak": 1.5}, "again": {"cpu": 2.0, "peak": 0.3}, "load": load}


def test_growth_is_per_piece_and_without_what_every_start_costs() -> None:
    found = row("runs", {"10000": _cost(8.0), "100000": _cost(62.0)})
    assert found == ["runs", "100,000 runs", "8.0", "62.0", "1.00x", "2.0", "1.5", "3"]


def test_less_than_what_was_aimed_at_says_so() -> None:
    assert row("pools", {"30": _cost(60.0, 12)}) == ["pools", "30 of 300 pools", "", "60.0", "", "2.0", "1.5", "12"]
