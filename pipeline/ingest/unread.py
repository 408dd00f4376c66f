"""Logs that the disk did not give: told for as long as it is so, waited for, and forgotten once they can be read."""

from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from pipeline.clock import now
from pipeline.store.statements import sql
from pipeline.store.store import transaction

NAMED = 5
"""Places that a command names on stderr; the others are counted."""
PATIENCE = timedelta(hours=1)
"""How long a log that cannot be read excuses a study that lacks runs: a share that is away for a moment is nobody's failure."""


def unread(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Places that could not be read at the last look, each with what the disk said and the fix."""
    return {place: said for place, said, _ in _rows(connection)}


def waited_for(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The places among them that were still readable, or not there, an hour ago."""
    return [place for place, _, since in _rows(connection) if now() - since < PATIENCE]


def forget_read(connection: duckdb.DuckDBPyConnection, still: Collection[str], below: Collection[Path] | None) -> None:
    """Takes what was said of places that were not refused at this look out of the tables; where it was a look at some folders
    or files alone, of those `below` these."""
    before = [place for (place,) in connection.execute(sql("select_unread_before")).fetchall() if place not in still]
    seen = [place for place in before if below is None or any(Path(place).is_relative_to(folder) for folder in below)]
    places = [f"link:{place}" for place in seen]
    if not places:
        return
    with transaction(connection):
        for table in ("quarantine", "ingest_log"):
            connection.execute(sql("delete_read_again", table=table), {"places": places})


def _rows(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, datetime]]:
    return connection.execute(sql("select_unread")).fetchall()
