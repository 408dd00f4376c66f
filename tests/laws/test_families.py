"""Families of rivals: what competes where a study names no laws, and what each says that it assumes."""

import pytest
from pydantic import ValidationError

from pipeline.laws import laws
from pipeline.laws.families import families, family_rows, rivals
from pipeline.study.declaration import Study

RUNS = {"study": "s", "runs": "true", "metric": "loss"}


def test_every_rival_is_in_one_family_and_says_what_it_assumes() -> None:
    rows = family_rows()
    assert rows["law"].is_unique().all()
    assert rows["assumes"].str.len_chars().min() > 20  # type: ignore[operator]  # there are rows
    assert set(rows["law"]) == {law.name for law in laws.values() if law.assumes}


def test_a_study_without_laws_has_the_rivals_of_the_family_that_its_plan_asks_for_compete() -> None:
    study = Study.model_validate({**RUNS, "question": "Which size?", "plan": {"flops": [1e20]}})
    assert study.laws == rivals("size_and_data")
    assert {"chinchilla", "gadre", "skaling"} <= set(study.laws)


@pytest.mark.parametrize("family", sorted(families()))
def test_a_question_that_names_a_family_has_its_rivals_compete(family: str) -> None:
    assert Study.model_validate({**RUNS, "question": family}).laws == rivals(family)
    assert Study.model_validate({**RUNS, "family": family}).laws == rivals(family)


@pytest.mark.parametrize(
    ("metric", "more", "family"),
    [
        ("error", {}, "error_from_loss"),
        ("accuracy", {}, "score_from_loss"),
        ("mine", {"goal": "lower"}, "error_from_loss"),
        ("mine", {"goal": "higher"}, "score_from_loss"),
        ("accuracy", {"question": "size_and_data", "plan": {"flops": [1e20]}}, "score_from_loss"),
    ],
)
def test_a_chain_without_laws_has_those_from_the_loss_compete(metric: str, more: dict[str, object], family: str) -> None:
    study = Study.model_validate({**RUNS, "metric": metric, "chain": {"loss": "chinchilla"}, **more})
    assert (study.laws, study.family) == (rivals(family), family)
    assert {"loss"} == {column for law in families()[family] for column in law.columns}


def test_a_chain_of_a_metric_of_which_nobody_says_what_is_better_is_told_so() -> None:
    with pytest.raises(ValidationError, match="whether less or more of mine is better"):
        Study.model_validate({**RUNS, "metric": "mine", "chain": {"loss": "chinchilla"}})


def test_laws_that_a_study_names_compete_alone() -> None:
    study = Study.model_validate({**RUNS, "laws": ["chinchilla"], "plan": {"data_unique": [1e9]}})
    assert (study.laws, study.family) == (("chinchilla",), None)


def test_a_study_that_says_neither_laws_nor_a_question_is_told_the_families() -> None:
    with pytest.raises(ValidationError, match="size_and_data"):
        Study.model_validate({**RUNS, "question": "What now?"})


def test_an_unknown_family_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(ValidationError, match="repetition"):
        Study.model_validate({**RUNS, "family": "repetitions"})
