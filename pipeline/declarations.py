"""TOML files that people drop: read only where they are plain files of a sane size and depth."""

import tomllib
from pathlib import Path
from typing import Any

LARGEST, LONGEST_LINE = 1 << 20, 20_000
"""Characters of a file, and of a line: a key of many dots costs the square of its length."""


def text_of(path: Path) -> str:
    """The text of a declaration. Raises OSError, or ValueError where it is a pipe, a device, too large or not UTF-8."""
    if not path.is_file():
        raise ValueError("it is no plain file")
    if path.stat().st_size > LARGEST:
        raise ValueError(f"it has more than {LARGEST} bytes")
    return path.read_text(encoding="utf-8")


def toml(text: str) -> dict[str, Any]:
    """The table that the text declares. Raises ValueError where it is no TOML, or nested so deeply that nobody wrote it."""
    if any(len(line) > LONGEST_LINE for line in text.splitlines()):
        raise ValueError(f"a line has more than {LONGEST_LINE} characters")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
