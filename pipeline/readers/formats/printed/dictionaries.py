"""Dictionaries that a training script prints, on one line or, as pprint does, on several: EasyLM's log, and many of one's own.

Only one that says its step is a row of a history. Nothing in it is run: names and numbers are taken, arrays by their one number.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.readers.formats.printed.console import VALUE
from pipeline.readers.formats.textlogs import plain_lines, text_lines
from pipeline.readers.histories import as_number, history_records
from pipeline.readers.names import frame, logged_number
from pipeline.readers.reader import Reader, Tables
from pipeline.readers.restarts import standing

BEGIN = re.compile(r"\{\s*'")
PAIR = re.compile(rf"'(?P<name>[\w/ .-]+)': (?:\w+(?:\.\w+)*\()*\[?(?P<value>{VALUE})")
STEPS = ("step", "global_step", "iter", "iteration")
LONGEST = 20_000
"""Characters of one dictionary."""


def _printed(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each dictionary with a step and another number, and the line on which it begins."""
    text, first = "", 0
    for number, line in lines:
        if not text and (begin := BEGIN.search(line)):
            text, first = line[begin.start() :], number
        elif text:
            text += line
        if "}" in text:
            found = {name: logged_number(as_number(value)) for name, value in PAIR.findall(text[: text.index("}")])}
            step = next((name for name in STEPS if name in found), None)
            if step and len(found) > 1:
                yield first, {"_step": found.pop(step), **found}
            text = ""
        elif len(text) > LONGEST:
            text = ""


def _is_printed(path: Path, head: bytes) -> bool:
    lines = ((number, f"{line}\n") for number, line in enumerate(plain_lines(path, head), 1))
    return any("loss" in name.lower() for _, row in _printed(lines) for name in row)


def _read(path: Path, run: str) -> Tables:
    """A row a dictionary; what was printed says no end."""
    records = ({"run_id": run, **record} for record in history_records(list(_printed(text_lines(path)))))
    stands, replaced = standing(record for record in records if any(name.startswith("metric:") for name in record))
    return Tables(runs=frame([{"run_id": run, "status": "running"}]), measurements=frame(stands), replaced=frame(replaced))


ASKED = 210
READERS = (Reader("printed dictionaries", _is_printed, _read, says="{'step': N, 'loss': X, ...} on one line or several"),)
