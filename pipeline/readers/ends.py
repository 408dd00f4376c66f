"""Whether a text file has an end: a last line without its line end may be half of one that is being written."""

import time
from pathlib import Path

CLOSED_AFTER = 3600.0
"""Seconds without a change after which a file without a last line end is taken as it is: nobody writes to it any more."""
TAIL = 1 << 16
UNENDED = (
    "the last line has no line end, so it may be half written: it is taken when it has one, or an hour after the last change"
)


def is_open(path: Path) -> bool:
    """Whether the last line of a text file has no end and somebody may still be writing it; never of a compressed file."""
    if path.suffix.lower() == ".gz":
        return False
    state = path.stat()
    if not state.st_size or time.time() - state.st_mtime >= CLOSED_AFTER:
        return False
    with path.open("rb") as file:
        file.seek(max(state.st_size - TAIL, 0))
        tail = file.read(TAIL)
    closed_quote = tail.endswith(b'"') and tail.rpartition(b"\n")[2].count(b'"') % 2 == 0  # exports quote every cell
    return not tail.endswith((b"\n", b"\r")) and not closed_quote


def ended_text(path: Path) -> str:
    """The text of a file (UTF-8; other bytes become signs) up to its last whole line."""
    waits, text = is_open(path), path.read_text(encoding="utf-8", errors="replace")
    return text[: text.rfind("\n") + 1] if waits else text
