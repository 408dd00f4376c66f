"""What is said of data: each sentence carries its row's own numbers, and the order of advice its study's."""

from typing import Any

import pytest

from pipeline.wording.advice import steps
from pipeline.wording.outline import ORDER, order_of_advice, outlines
from pipeline.wording.sentences import sentence

SIGN = {
    **dict.fromkeys(("message", "outside"), None),
    "pool": "crawl",
    "beside": "books",
    "direction": "helps then harms",
    "data_per_param": 8.5,
    "data_per_param_low": 7.5,
    "data_per_param_high": 10.0,
    "params": 1.2e8,
    "metric": "loss",
    "distance": 0.0,
}
EPOCHS = {
    **dict.fromkeys(("message", "outside"), None),
    "pool": "books",
    "params": 1e8,
    "data_unique": 1e9,
    "epochs": 12.0,
    "epochs_low": 9.0,
    "epochs_high": 16.0,
    "metric": "loss",
    "value": 2.5,
    "value_low": 2.4,
    "value_high": 2.6,
    "distance": 0.1,
}
FIRST = {"rank": 1, "data_seen": 1e9, "data_unique": 1e9, "pools": ["books"], "probability_best": 0.8}
LAST = {**FIRST, "data_seen": 1e11, "data_unique": 5e9, "pools": ["books", "crawl"]}
SWITCH = {"candidates": "nested", "from_pools": ["books"], "to_pools": ["books", "crawl"], "data_seen": 2e10}
SWITCH |= {"data_seen_low": 1e10, "data_seen_high": 4e10, "share_of_draws": 0.9}
REPEAT = {"pool": "books", "epochs": 4.0, "value_of_repeat": 0.83, "value_of_repeat_low": 0.7, "value_of_repeat_high": 0.9}
VALUE = {"pools": ["books", "crawl"], "params": 1e8, "wins_from": None, "not_before": 1e25}


def plans(**changed: Any) -> dict[str, Any]:
    every = {"filtering": [FIRST, LAST], "repetition": [REPEAT], "epochs": [EPOCHS], "pool_signs": [SIGN]}
    return every | {"filtering_switches": [SWITCH], "dataset_value": [VALUE]} | changed


def said(**changed: Any) -> str:
    return "\n".join(" | ".join(step) for step in steps(plans(**changed), "tokens"))


def test_the_sentence_of_a_sign_names_both_ends_of_its_threshold_and_the_size() -> None:
    line = sentence("plan_pool_signs", SIGN, "token")
    assert line is not None
    assert "crawl beside books helps below 7.5 tokens of books a parameter and harms above 10" in line
    assert "120 M parameters" in line


def test_a_sign_that_never_changes_is_said_as_such() -> None:
    never = {**SIGN, "direction": "always helps", "data_per_param": None, "message": "Its sign changes nowhere."}
    assert "helps at every size. Its sign changes nowhere." in (sentence("pool_signs", never, "token") or "")


def test_the_sentence_of_epochs_says_until_when_and_that_more_only_hurt() -> None:
    line = sentence("plan_epochs", EPOCHS, "token") or ""
    assert "train 12 epochs (9–16)" in line
    assert "every further epoch only hurts" in line


@pytest.mark.parametrize(("share", "said"), [(0.2, True), (0.99, False), (None, False)])
def test_a_best_number_of_epochs_says_in_which_share_of_draws_there_is_one(share: float | None, said: bool) -> None:
    line = sentence("plan_epochs", EPOCHS | {"share_of_draws": share}, "token") or ""
    assert ("Another epoch hurts at all in 20 % of draws." in line) is said


def test_the_advice_goes_from_fresh_data_to_no_filter_with_the_numbers_of_the_study() -> None:
    order = [step[1].split(",")[0].split(":")[0] for step in steps(plans(), "tokens")]
    assert order == [
        "filter",
        "repeat",
        "repeat with strong weight decay",
        "then a larger model",
        "then worse pools",
        "no filter last",
    ]
    text = said()
    for own in (
        "1.0 B tokens",
        "4.0 B tokens",
        "12 B tokens",
        "83 %",
        "beyond 12 (9–16)",
        "20 B (10–40 B)",
        "helps below 7.5",
    ):
        assert own in text, own


def test_every_step_of_the_advice_names_its_source() -> None:
    assert all(step[3].startswith("arXiv:") for step in steps(plans(), "tokens"))


@pytest.mark.parametrize(
    ("missing", "words"),
    [("repetition", "not known here"), ("epochs", "not known here"), ("filtering_switches", "no worse pool is worth adding")],
)
def test_what_the_study_does_not_say_is_said_to_be_missing(missing: str, words: str) -> None:
    assert words in said(**{missing: []})


def test_a_law_under_which_no_epoch_hurts_ends_the_step_at_twenty() -> None:
    text = said(epochs=[{**EPOCHS, "epochs": None}])
    assert "no epoch hurts under this law" in text
    assert "20 B tokens | repeat with strong weight decay" in text


def test_no_filter_that_wins_at_no_budget_searched_is_not_before_the_last_one() -> None:
    three = {**LAST, "pools": ["books", "crawl", "noise"]}
    assert "not before 1.0e25 FLOP" in said(filtering=[FIRST, three])


def test_a_study_without_pools_has_no_order_of_advice() -> None:
    assert order_of_advice({"repetition": [REPEAT]}, "tokens") is None
    assert ORDER not in outlines({}, "token")
