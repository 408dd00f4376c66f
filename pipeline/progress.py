"""What long work says while it runs: one line that is rewritten on a terminal, plain lines elsewhere, nothing when asked."""

import re
import sys
import threading
import time
from collections.abc import Callable
from typing import TextIO

from pipeline.terminal import shown

Progress = Callable[[str], None]
EVERY = 2.0
"""Seconds after which long work says what it is doing."""
OFTEN = 1.0
_NUMBER, _ENDED = re.compile(r"\d+"), re.compile(r"\b(\d+) of \1 done")


def silent(_message: str) -> None:
    """Says nothing."""


def reading(say: Progress) -> Callable[[int, int, str], None]:
    """The progress of an ingest (bytes done, bytes in all, what is being read) as messages."""

    def told(done: int, total: int, what: str) -> None:
        if what:
            say(f"reading {what} ({done / max(total, 1):.0%})")

    return told


class Again:
    """`with Again(act):` calls `act` every two seconds from a thread of its own, also while one statement takes minutes."""

    def __init__(self, act: Callable[[], None], every: float | None = None) -> None:
        self.act = act
        self.every = EVERY if every is None else every
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._repeat, daemon=True)

    def __enter__(self) -> "Again":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _repeat(self) -> None:
        while not self._ended.wait(self.every):
            self.act()


class Spoken(Again):
    """`with Spoken(say) as at: at("reading x")`: `say` hears the latest message every two seconds; short work is silent."""

    def __init__(self, say: Progress, every: float | None = None) -> None:
        super().__init__(self._say, every)
        self.say = say
        self.begun = time.monotonic()
        self.latest = ""

    def __enter__(self) -> "Spoken":
        super().__enter__()
        return self

    def __call__(self, message: str) -> None:
        self.latest = message

    def _say(self) -> None:
        if self.latest:
            self.say(f"{self.latest}, {time.monotonic() - self.begun:.0f} s since the start")


class Lines:
    """Prints what is being done to `stream`, with the seconds since the start; on a terminal each line replaces the last.

    Elsewhere a count that goes up is told once a second and at its end. As a context the line of a
    terminal counts on while nothing is said, and is cleared at the end.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.begun = time.monotonic()
        self.width = 0
        self.latest = ""
        self.counting, self.told = "", self.begun
        self._again = Again(self._redraw) if self.stream.isatty() else None

    def __call__(self, message: str) -> None:
        self.latest = message = shown(message)
        line = f"[{time.monotonic() - self.begun:6.1f} s] {message}"
        if self.stream.isatty():
            print(f"\r{line:<{self.width}}", end="", file=self.stream, flush=True)
            self.width = len(line)
        elif self._is_news(message):
            print(line, file=self.stream, flush=True)

    def _is_news(self, message: str) -> bool:
        """Not where a count went up by some within OFTEN seconds and has not come to its end: a file keeps every line."""
        what, now = _NUMBER.sub("", message), time.monotonic()
        if what == self.counting and now - self.told < OFTEN and not _ENDED.search(message):
            return False
        self.counting, self.told = what, now
        return True

    def __enter__(self) -> "Lines":
        if self._again:
            self._again.__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._again:
            self._again.__exit__()
        self.close()

    def close(self) -> None:
        """Clears the line."""
        if self.width:
            print(f"\r{'':<{self.width}}\r", end="", file=self.stream, flush=True)
            self.width = 0

    def _redraw(self) -> None:
        if self.latest:
            self(self.latest)
