"""Text on a page of a hundred signs: wrapped lines, cells under each other, an outline with its table."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.wording.words import Outline

WIDTH, GLUE = 100, "\u00a0"


def outlined(found: Outline, most: int) -> Iterable[str]:
    """Title, sentences, and the other rows as a table."""
    yield ""
    yield f"    {found.title.upper()}"
    yield from wrapped(found.lead, "    ")
    if found.rows:
        yield from (f"      {line}" for line in aligned([found.heads, *found.rows[:most]]))
    if len(found.rows) > most:
        yield f"      ... {len(found.rows) - most} more in the tables"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Cells under each other, two blanks apart."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def wrapped(text: str, first: str, rest: str | None = None) -> list[str]:
    """The text in lines of at most WIDTH; a number stays with its unit."""
    bound = re.sub(r"(?<=\d) (?=[kMBT%]|nats|bits|FLOP)", GLUE, " ".join(text.split()))
    later = first if rest is None else rest
    lines = textwrap.wrap(
        bound, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(GLUE, " ") for line in lines]
