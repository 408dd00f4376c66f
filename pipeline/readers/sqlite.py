"""SQLite files that trackers write: opened read-only and inert, so that neither side can change or delay the other."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from pipeline.errors import ReaderError
from pipeline.store.statements import sql

MAGIC = b"SQLite format 3\x00"
SECONDS = 120.0  # a store of millions of points takes seconds; a view made to run for ever takes longer
STEPS_A_LOOK = 100_000


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection that runs nothing that the file itself declares, and gives up after two minutes.

    Raises ReaderError, which names the file, where it is damaged or takes too long.
    """
    deadline = time.monotonic() + SECONDS
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=10)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.set_progress_handler(lambda: int(time.monotonic() > deadline), STEPS_A_LOOK)
            connection.row_factory = sqlite3.Row
            yield connection
    except sqlite3.Error as error:
        raise ReaderError(
            f"the SQLite file cannot be read: {error}", place=str(path), fix="copy it again while nobody writes to it"
        ) from error


def columns(connection: sqlite3.Connection) -> dict[str, set[str]]:
    """Name to columns of every table; views are none."""
    names = [str(row[0]) for row in connection.execute(sql("select_sqlite_tables"))]
    described = sql("select_sqlite_columns")
    return {name: {str(row[0]) for row in connection.execute(described, {"name": name})} for name in names}


def has_tables(path: Path, head: bytes, wanted: dict[str, set[str]]) -> bool:
    """Whether it is an SQLite file with these columns in these tables."""
    if not head.startswith(MAGIC):
        return False
    try:
        with opened(path) as connection:
            found = columns(connection)
    except ReaderError:
        return False
    return all(names <= found.get(table, set()) for table, names in wanted.items())


def companions(path: Path) -> tuple[Path, ...]:
    """The write-ahead log beside a store that is being written; what it holds is read too."""
    beside = path.with_name(f"{path.name}-wal")
    return (beside,) if beside.is_file() and beside.stat().st_size else ()


def json_object(text: object) -> dict[str, object]:
    """The JSON object in a cell; ValueError where it is none."""
    found = json.loads(str(text))
    if not isinstance(found, dict):
        raise ValueError(f"{str(text)[:100]!r} is no JSON object")
    return found
