"""Text of others on a terminal: what would move the cursor, ring, or forge a line is shown as an escape."""

import unicodedata

KEPT = {"\t", "\u200d", "\u200c"}
"""Beside printable characters and spaces: tabs, and the two joiners that names in some scripts need."""


def shown(text: str) -> str:
    """One line of text, as it may be printed: control characters and line ends as \\x1b, \\n and the like."""
    if text.isprintable():
        return text
    return "".join(_escaped(each) if _hidden(each) else each for each in text)


def shown_lines(text: str) -> str:
    """Several lines that this program has made itself, each as `shown` has it."""
    return "\n".join(shown(line) for line in text.split("\n"))


def _hidden(character: str) -> bool:
    """Control, format and unassigned characters, line separators, surrogates; what turns the writing direction is among them."""
    return not character.isprintable() and character not in KEPT and unicodedata.category(character) != "Zs"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def counted(count: int, one: str, several: str | None = None) -> str:
    """A count with its noun: 1 row, 2 rows, 3 other studies."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"
