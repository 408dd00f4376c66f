"""What a command writes to: streams that were closed before it began, that nobody reads any more, or whose disk is full."""

import io
import os
import sys
from collections.abc import Callable
from typing import TextIO, TypeVar

T = TypeVar("T")
S = TypeVar("S", bound=io.TextIOWrapper)


class Unread(BrokenPipeError):
    """Nobody reads the output any more, as after `lawbook laws | head -1`."""


class Output(io.TextIOWrapper):
    """Standard output: what goes wrong with it is told as its own fault, once, and never as one of the home's disk."""

    def write(self, text: str) -> int:
        """Raises Unread where the reader has gone, OSError with the stream's name for all else."""
        return self._done(lambda: super(Output, self).write(text))

    def flush(self) -> None:
        """As `write`."""
        self._done(super().flush)

    def _done(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except OSError as error:
            _give_up(self)
            if isinstance(error, BrokenPipeError):
                raise Unread(error.errno, error.strerror, "standard output") from error
            raise OSError(error.errno, error.strerror, "standard output") from error


class Notes(io.TextIOWrapper):
    """Standard error: where nobody can read what long work says, the work goes on."""

    def write(self, text: str) -> int:
        """Never raises an error of the stream."""
        try:
            return super().write(text)
        except OSError:
            _give_up(self)
            return len(text)

    def flush(self) -> None:
        """As `write`."""
        try:
            super().flush()
        except OSError:
            _give_up(self)


def _give_up(stream: TextIO) -> None:
    """What is still to be written goes nowhere, also what Python writes at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def prepare() -> None:
    """Makes standard output and error streams of these kinds. A number that was closed is taken, lest a store be opened as it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout, sys.stderr = _like(Output, sys.stdout, 1), _like(Notes, sys.stderr, 2)


def _like(kind: type[S], stream: TextIO | None, number: int) -> S:
    """A stream of the kind on what `stream` writes to, or on a number that was closed; signs that it lacks are escaped."""
    buffer = os.fdopen(number, "wb", closefd=False) if stream is None else stream.buffer
    encoding = "utf-8" if stream is None else stream.encoding
    return kind(buffer, encoding, "backslashreplace", line_buffering=number == 2 or buffer.isatty())
