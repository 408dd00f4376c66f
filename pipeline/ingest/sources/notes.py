"""Notes among the logs: files of prose that nobody reads, some of which hold a table of runs."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

MOST_NOTES, MOST_BYTES = 1000, 1 << 16


def notes_with_tables(source: Path) -> Iterator[str]:
    """A sentence for each Markdown file, below a folder or given itself, that holds a table: it is passed over, with the fix."""
    notes = [source] if source.is_file() else sorted(islice(source.rglob("*.[mM][dD]"), MOST_NOTES))
    for path in notes:
        if path.suffix.lower() == ".md" and path.is_file() and _has_table(path):
            yield f"{path.name} is taken for a note and is not read; save the table in it as a CSV file, if its rows are runs"


def _has_table(path: Path) -> bool:
    """Whether one of the first lines is the one below the names of a Markdown table: |---|---:|."""
    try:
        with path.open("rb") as file:
            lines = file.read(MOST_BYTES).splitlines()
    except OSError:
        return False
    return any(b"---" in line and b"|" in line and not line.strip(b"|-: \t") for line in lines)
