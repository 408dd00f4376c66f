"""The work of many studies in one map: workers go on with the next study while the one before is stored.

What each study will ask for is announced before any of it is done; the studies then ask in the same order, each through a map
that hands it its own results. What was not announced goes to the map itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from pipeline.compute import MapLike


class Together:
    """A map of which most of the work is known beforehand."""

    def __init__(self, over: MapLike) -> None:
        self.over = over
        self.announced = deque[tuple[Callable[[Any], Any], Sequence[Any]]]()
        self.results: Iterator[Any] | None = None
        self.last: Iterator[Any] = iter(())

    def announce(self, function: Callable[[Any], Any], given: Sequence[Any]) -> None:
        """The calls that one study will ask for."""
        if given:
            self.announced.append((function, given))

    def __call__(self, function: Callable[..., Any], /, *iterables: Iterable[Any]) -> Iterable[Any]:
        lists = [list(each) for each in iterables]
        if not any(_same(given, lists) for _, given in self.announced):
            return self.over(function, *lists)
        if self.results is None:
            calls = [(each, one) for each, given in self.announced for one in given]
            self.results = iter(self.over(_called, *zip(*calls, strict=True)))
        _pass_over(self.last)
        while not _same(given := self.announced.popleft()[1], lists):  # of a study that has failed meanwhile
            _pass_over(islice(self.results, len(given)))
        self.last = islice(self.results, len(given))
        return self.last


def _pass_over(results: Iterator[Any]) -> None:
    """Takes what nobody wants any more."""
    deque(results, maxlen=0)


def _called(function: Callable[[Any], Any], given: Any) -> Any:
    return function(given)


def _same(given: Sequence[Any], lists: Sequence[Sequence[Any]]) -> bool:
    """Whether a call is the announced one: of the very same objects."""
    return len(lists) == 1 and len(lists[0]) == len(given) and all(a is b for a, b in zip(given, lists[0], strict=True))
