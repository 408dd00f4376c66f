"""Fifty printed sentences stay as they were reviewed; a change is read by a person before it is written (fifty_sentences.py)."""

import re

import pytest

from tests.wording.fifty_sentences import GOLDEN, sentences


def test_the_sentences_are_those_that_were_reviewed() -> None:
    assert sentences() == GOLDEN.read_text(encoding="utf-8").splitlines()


def test_there_are_fifty() -> None:
    assert len(set(sentences())) >= 50


@pytest.mark.parametrize("word", ["cure", "misfit", "passes", "None", "nan", "e+"])
def test_no_sentence_says(word: str) -> None:
    assert [said for said in sentences() if re.search(rf"\b{re.escape(word)}\b", said) and "the runs have" not in said] == []
