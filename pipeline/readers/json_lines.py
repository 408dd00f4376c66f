"""The objects of a JSON Lines log that a program appends to."""

import json
from pathlib import Path
from typing import Any

from pipeline.errors import ReaderError
from pipeline.readers.ends import is_open
from pipeline.readers.reader import COPY


def json_lines(path: Path) -> list[dict[str, Any]]:
    """One object a line; a half-written last one waits. Raises ReaderError where a line is none."""
    rows: list[dict[str, Any]] = []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        try:
            rows.append(dict(json.loads(line)))
        except (ValueError, TypeError) as error:
            if number == len(lines) > 1 and is_open(path):
                break
            raise ReaderError(f"line {number} is no JSON object: {error}", place=str(path), fix=COPY) from error
    return rows
