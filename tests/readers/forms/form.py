"""A format of logs: how its tool writes a curve, and what Lawbook must make of it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Curve = Sequence[tuple[int, float]]
Files = dict[str, bytes]
COLUMNS = ("counts", "status", "final value", "configuration", "restart", "not a number", "cut")
CURVE: Curve = ((100, 3.0), (200, 2.5))
MEAN = 7.75
"""What a summary says of the whole training: never the loss at its end."""
RATE, BATCH, LENGTH, PARAMS = 0.001, 64, 1024, 1_000_000
TOKENS = BATCH * LENGTH
"""Tokens of a step, where the format says them."""


@dataclass(frozen=True)
class Form:
    """A format as docs/formats.md calls it, and as its reader logs it.

    write: the files of a log of that curve, of a run that has ended or goes on; the first of them is the log.
    counts: rows of the log, values of the metric, and the data seen at the end (None: the format says none).
    status: of a log whose run has ended, and of one whose run goes on (None: there is none such).
    settings: columns of the run. holds: the whole "curve", its "last" point, or its "end", a value at no step. at: what says
    where a point lies. restart: the log itself goes back ("log"), or it is written anew ("again").
    whole_run: a value that is no number costs its run.
    """

    title: str
    reader: str
    write: Callable[[Curve, bool], Files]
    counts: tuple[int, int, float | None]
    status: tuple[str | None, str | None]
    settings: Mapping[str, object] = field(default_factory=dict)
    metric: tuple[str, str, str] = ("loss", "train", "")
    curve: Curve = CURVE
    holds: str = "curve"
    restart: str = "log"
    at: str = "step"
    whole_run: bool = False

    def expected(self, curve: Curve | None = None) -> list[tuple[int | None, float]]:
        """The values by step that stand at the end."""
        points = sorted(dict(self.curve if curve is None else curve).items())
        if self.holds == "end":
            return [(None, value) for _, value in points[-1:] if not math.isnan(value)]
        return [point for point in (points[-1:] if self.holds == "last" else points) if not math.isnan(point[1])]

    def worse(self) -> Curve:
        """The curve before a restart: other values at the same steps."""
        return [(step, 1.5 * value) for step, value in self.curve]

    def diverged(self) -> Curve:
        """The curve with a last value that is no number."""
        (first, _), (last, _) = self.curve[0], self.curve[-1]
        return [*self.curve, (2 * last - first, math.nan)]


def text(name: str, content: str) -> Files:
    """A log that is one text file."""
    return {name: content.encode()}
