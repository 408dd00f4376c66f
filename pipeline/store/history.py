"""Measurements as Parquet files, partitioned by source and day: the store reads them in place.

    history/measurements/source=NAMESPACE/day=YYYY-MM-DD/*.parquet      every version of every value, with the run it belongs to
    history/state-NUMBER/*.parquet                                      all other tables, as they were when the files were written

A file belongs to the history when work.duckdb lists it (table archive_files), in the transaction that takes its values out of the
store: so a value is in one of the two, whenever the process dies. A store that is lost is made anew from the newest state.
"""

import hashlib
from pathlib import Path

import duckdb

from pipeline.errors import WarehouseError
from pipeline.home import Home
from pipeline.schema import TABLES
from pipeline.store.statements import Fragment, literal, sql

UNFINISHED = ".tmp"


def install(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Points the view archived_points at the files that the store lists; WarehouseError where one of them is missing."""
    files = [home.history / path for (path,) in connection.execute(sql("select_archive_files")).fetchall()]
    digest = hashlib.blake2b("\n".join(map(str, files)).encode(), digest_size=8).hexdigest()
    missing = next((path for path in files if not path.exists()), None)
    if missing:
        cure = "put it back, or name the folder of the history in config.toml"
        raise WarehouseError(f"{missing} belongs to the store and is not there; {cure}")
    if connection.execute(sql("select_view_comment")).fetchall() == [(digest,)]:
        return
    listed = Fragment("[" + ", ".join(literal(str(path)) for path in files) + "]")
    rows = Fragment(sql("select_archived_points", files=listed) if files else sql("select_no_points"))
    connection.execute(sql("view_archived_points", rows=rows))
    connection.execute(sql("view_all_points"))
    connection.execute(sql("comment_on_archived_points", comment=Fragment(literal(digest))))


def store_state(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of the newest state that the store knows of; 0 before the first."""
    return int(connection.execute(sql("select_archive_state")).fetchall()[0][0])


def disk_state(home: Home) -> int:
    """The number of the newest complete state on disk; 0 where there is none."""
    found = [path.name.removeprefix("state-") for path in home.history.glob("state-*")]
    return max((int(number) for number in found if number.isdigit()), default=0)


def state_folder(home: Home, number: int) -> Path:
    """The folder of a complete state."""
    return home.history / f"state-{number:06d}"


def finish(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Completes a compaction that died after it was committed: its state only lacks its name."""
    number = store_state(connection)
    unfinished = state_folder(home, number).with_suffix(UNFINISHED)
    if number and unfinished.is_dir():
        unfinished.rename(state_folder(home, number))


def restore(connection: duckdb.DuckDBPyConnection, home: Home) -> bool:
    """Fills a new, empty store from the newest state of the history, where there is one; inside the caller's transaction."""
    number = disk_state(home)
    for file in sorted(state_folder(home, number).glob("*.parquet")) if number else []:
        if file.stem in TABLES and not TABLES[file.stem].view:
            connection.execute(sql("copy_table_from", table=file.stem, file=Fragment(literal(str(file)))))
    return bool(number)
