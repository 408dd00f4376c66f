"""A plan that stands on several laws says how much each counts, and how far they are apart."""

from typing import Any

import pytest

from pipeline.wording.laws_apart import apart, counting, weights


def row(law: str, params: float, loss: float, distance: float = 1.0, grade: str = "clean") -> dict[str, Any]:
    ends = {f"{name}_{end}": None for name in ("params", "loss", "data_seen") for end in ("low", "high")}
    place = {"law": law, "grade": grade, "distance": distance, "flops": 10 ** (20 + distance), "approach": "parametric"}
    return {**place, "params": params, "data_seen": 1e9, "loss": loss, **ends}


CHOSEN = [row("combined", 1.2e8, 2.5), row("combined", 5e8, 2.2, distance=2.0)]


def test_the_heaviest_law_is_named_first_and_a_law_without_weight_not_at_all() -> None:
    parts = [{"law": "a", "weight": 0.3}, {"law": "b", "weight": 0.7}, {"law": "c", "weight": 0.0}]
    assert weights(parts) == "a combination of laws by their held-out errors: b 70 %, a 30 %"


def test_laws_that_differ_are_named_with_what_they_say_within_ten_times_the_runs() -> None:
    said = apart(
        "plan_compute_optimal", CHOSEN, [row("a", 1e8, 2.5), row("b", 2e8, 2.51), row("b", 9e9, 1.0, distance=2.0)], "loss"
    )
    assert said == "At 1.0e21 FLOP the laws disagree: parameters 100 M (a) to 200 M (b)."


def test_a_benchmark_is_named_as_what_the_laws_disagree_on() -> None:
    said = apart("plan_compute_optimal", CHOSEN[:1], [row("a", 1e8, 0.17), row("b", 1e8, 0.32)], "word_error_rate")
    assert said == "At 1.0e21 FLOP the laws disagree: word error rate 0.17 (a) to 0.32 (b)."


def test_laws_that_say_the_same_are_said_to_agree() -> None:
    assert (
        apart("plan_compute_optimal", CHOSEN, [row("a", 1e8, 2.5), row("b", 1e8, 2.5)], "loss")
        == "At 1.0e21 FLOP the laws agree."
    )


@pytest.mark.parametrize("others", [[row("a", 1e8, 2.5)], [row("a", 1e8, 2.5), row("b", 9e8, 2.5, grade="refused")]])
def test_of_one_usable_law_nothing_is_said(others: list[dict[str, Any]]) -> None:
    assert apart("plan_compute_optimal", CHOSEN, others, "loss") is None


def test_of_pool_sets_the_laws_that_would_take_another_are_named() -> None:
    base = {"grade": "clean", "distance": 0.0, "params": None, "data_seen": 1e6}
    best = [{**base, "law": "combined", "rank": 1, "pools": ["a", "b"]}]
    others = [{**base, "law": law, "rank": 1, "pools": pools} for law, pools in (("x", ["a"]), ("y", ["a", "b"]))]
    assert apart("plan_filtering", best, others, "loss") == "At 1.0 M of data the laws disagree: x takes a."


def test_a_law_without_weight_does_not_count() -> None:
    assert counting([{"law": "a", "weight": 0.6}, {"law": "b", "weight": 0.399}, {"law": "c", "weight": 0.001}]) == {"a", "b"}
