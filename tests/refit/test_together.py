"""Work of many studies in one map: each gets its own results, in one go with those of the others."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pipeline.refit.together import Together


class Counting:
    """The map of this process, that notes how many calls each use of it had, and which have been made."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.made: list[Any] = []

    def __call__(self, function: Callable[..., Any], /, *iterables: Iterable[Any]) -> Iterator[Any]:
        lists = [list(each) for each in iterables]
        self.asked.append(len(lists[0]))
        for given in zip(*lists, strict=True):
            self.made.append(given[-1])
            yield function(*given)


def double(text: str) -> str:
    return 2 * text


FIRST, SECOND, THIRD = ["a", "b"], ["c"], ["d", "e"]


def announced() -> tuple[Counting, Together]:
    over = Counting()
    together = Together(over)
    for function, given in ((str.upper, FIRST), (double, SECOND), (str.upper, THIRD)):
        together.announce(function, given)
    return over, together


def test_each_gets_its_own_results_of_one_map() -> None:
    over, together = announced()
    found = [list(together(function, given)) for function, given in ((str.upper, FIRST), (double, SECOND), (str.upper, THIRD))]
    assert found == [["A", "B"], ["cc"], ["D", "E"]]
    assert over.asked == [5]


def test_in_one_process_nothing_is_done_before_it_is_asked_for() -> None:
    over, together = announced()
    assert list(together(str.upper, FIRST)) == ["A", "B"]
    assert over.made == FIRST


def test_results_of_a_study_that_has_failed_meanwhile_are_nobody_elses() -> None:
    _, together = announced()
    assert list(together(str.upper, THIRD)) == ["D", "E"]


def test_a_study_that_fails_midway_leaves_nothing_to_the_next() -> None:
    _, together = announced()
    assert next(iter(together(str.upper, FIRST))) == "A"
    assert list(together(double, SECOND)) == ["cc"]


def test_what_was_not_announced_goes_to_the_map_itself() -> None:
    over, together = announced()
    assert list(together(str.upper, list("xyz"))) == ["X", "Y", "Z"]
    assert list(together(str.upper, FIRST)) == ["A", "B"]
    assert over.asked == [3, 5]


def test_a_study_that_asks_for_nothing_gets_nothing() -> None:
    over, together = announced()
    together.announce(double, [])
    assert list(together(double, [])) == []
    assert list(together(str.upper, FIRST)) == ["A", "B"]
    assert over.asked == [0, 5]
