"""What long work says while it runs: one line that is rewritten on a terminal, plain lines elsewhere, nothing when asked."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

Progress = Callable[[str], None]


def silent(_message: str) -> None:
    """Says nothing."""


class Lines:
    """Prints what is being done to `stream`, with the seconds since the start; on a terminal each line replaces the last."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.begun = time.monotonic()
        self.width = 0

    def __call__(self, message: str) -> None:
        line = f"[{time.monotonic() - self.begun:6.1f} s] {message}"
        if self.stream.isatty():
            print(f"\r{line:<{self.width}}", end="", file=self.stream, flush=True)
            self.width = len(line)
        else:
            print(line, file=self.stream, flush=True)

    def close(self) -> None:
        """Clears the line."""
        if self.width:
            print(f"\r{'':<{self.width}}\r", end="", file=self.stream, flush=True)
            self.width = 0
