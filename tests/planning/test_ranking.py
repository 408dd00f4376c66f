"""Ranks, probabilities and winners obey the goal of the metric; what is unknown has none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.planning.ranking import best, chances, known_ranks, order, ranks, wins
from pipeline.schema.metrics import METRICS

ERROR, ACCURACY = METRICS["error"], METRICS["accuracy"]
SOME = arrays(np.float64, st.integers(1, 8), elements=st.floats(0, 1) | st.just(np.nan))
DRAWS = arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 6)), elements=st.floats(0, 1))


@given(error=SOME)
def test_error_and_accuracy_are_ranked_alike(error):
    error = np.round(error, 3)
    assert ranks(error, ERROR).tolist() == ranks(1 - error, ACCURACY).tolist()


@given(values=SOME)
def test_an_unknown_value_has_no_rank_and_the_known_ones_have_the_first(values):
    found = known_ranks(values, ERROR)
    assert [rank is None for rank in found] == np.isnan(values).tolist()
    assert sorted(rank for rank in found if rank) == list(range(1, 1 + int((~np.isnan(values)).sum())))


def test_nothing_that_is_unknown_is_best():
    place, known = best(np.array([[np.nan, 0.3, 0.2], [np.nan, np.nan, np.nan]]), ERROR)
    assert place[0] == 2
    assert known.tolist() == [True, False]


def test_an_infinite_loss_is_known_to_be_bad():
    assert order(np.array([np.inf, 2.0, np.nan]), METRICS["loss"]).tolist() == [1, 0, 2]
    assert chances(np.array([[np.inf, 2.0]] * 20), METRICS["loss"]).tolist() == [0.0, 1.0]


@given(draws=DRAWS)
def test_probabilities_of_candidates_that_exclude_each_other_sum_to_one(draws):
    assert chances(draws, ERROR).sum() == pytest.approx(1.0)


@given(draws=DRAWS)
@settings(max_examples=50)
def test_chances_of_error_and_accuracy_agree(draws):
    draws = np.round(draws, 3)
    assert np.array_equal(chances(draws, ERROR), chances(1 - draws, ACCURACY))


def test_there_is_no_probability_where_a_candidate_has_no_draws():
    draws = np.column_stack([np.full(40, 0.5), np.full(40, np.nan), np.full(40, 0.4)])
    assert np.isnan(chances(draws, ERROR)).all()


def test_what_is_no_candidate_takes_no_part():
    draws = np.column_stack([np.full(40, 0.5), np.full(40, np.nan), np.full(40, 0.4)])
    assert chances(draws, ERROR, np.array([True, False, True])).tolist() == [0.0, 0.0, 1.0]


def test_the_higher_accuracy_wins():
    mine, theirs = np.full((40, 1), 0.6), np.full((40, 1), 0.7)
    assert wins(theirs, mine, ACCURACY).tolist() == [1.0]
    assert wins(theirs, mine, ERROR).tolist() == [0.0]


def test_a_tie_is_won_by_neither():
    same = np.full((40, 1), 0.6)
    assert wins(same, same, ERROR).tolist() == [0.5]


def test_a_comparison_with_missing_draws_has_no_probability():
    assert np.isnan(wins(np.full((40, 1), np.nan), np.full((40, 1), 0.6), ERROR)).all()
