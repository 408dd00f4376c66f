"""TOML files that people drop: read only where they are plain files of a sane size and depth."""

import stat
import tomllib
from pathlib import Path
from typing import Any

from pipeline.errors import Wrong
from pipeline.faults import stops

LARGEST, LONGEST_LINE = 1 << 20, 20_000
"""Characters of a file, and of a line: a key of many dots costs the square of its length."""


def text_of(path: Path) -> str:
    """The text of a declaration. Raises OSError, or ValueError where it is a pipe, a device, too large or not UTF-8."""
    state = path.stat()
    if not stat.S_ISREG(state.st_mode):
        raise Wrong("it is no plain file", fix="move it away")
    if state.st_size > LARGEST:
        raise ValueError(f"it has more than {LARGEST} bytes")
    return path.read_text(encoding="utf-8")


def unread(error: OSError | ValueError) -> tuple[str, str]:
    """What is wrong with a file that could not be read as TOML, and the fix. What stops everything is raised again."""
    if stops(error):
        raise error
    if isinstance(error, Wrong):
        return error.message, error.fix
    if isinstance(error, OSError):
        return f"it cannot be read: {error.strerror}", "make it readable for this user, or move it away"
    return f"not TOML: {error}", "correct that line"


def toml(text: str) -> dict[str, Any]:
    """The table that the text declares. Raises ValueError where it is no TOML, or nested so deeply that nobody wrote it."""
    if any(len(line) > LONGEST_LINE for line in text.splitlines()):
        raise ValueError(f"a line has more than {LONGEST_LINE} characters")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
