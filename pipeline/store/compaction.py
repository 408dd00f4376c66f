"""The nightly move of measurements out of work.duckdb into the Parquet history; safe against death at any moment."""

from pathlib import Path

import duckdb
import polars as pl

from pipeline.errors import WarehouseError
from pipeline.home import Home
from pipeline.schema import TABLES
from pipeline.store.history import COMPLETE, complete, disk_state, install, store_state, unfinished_folder
from pipeline.store.place import clear, is_folder, parquet_files, reached, relative
from pipeline.store.statements import Fragment, literal, sql
from pipeline.store.store import transaction
from pipeline.store.warehouse import insert_frame, now

KEPT_OUT = ("points", "file_stamps", "publications")
"""Tables that a state does not hold: what moves into the files, and what is only a memory of paths."""
STATES = 2


def archive(connection: duckdb.DuckDBPyConnection, home: Home) -> int:
    """Moves all measurements of the store into the history where there are `retention.history_rows` or more; says how many."""
    rows = int(connection.execute(sql("select_count", table="points")).fetchall()[0][0])
    if rows < home.config.retention.history_rows:
        return 0
    number = store_state(connection) + 1
    if disk_state(home) >= number:
        fix = "move work.duckdb away and run `lawbook refit`: it is made anew from the history"
        raise WarehouseError(f"{home.work_db} is older than its history (state {number - 1} of {disk_state(home)})", fix=fix)
    with reached(home):
        _remove_orphans(connection, home)
        written = _write(connection, home, number)
    moved = int(written["rows"].sum()) if written.height else 0  # of no file there is no column
    if moved != rows:
        raise WarehouseError(
            f"{home.history}: {moved} of {rows} measurements were written, and none was moved",
            fix="the store has lost what they are of: go back to a copy of it, or ingest the logs into a new home",
        )
    with reached(home), transaction(connection):
        insert_frame(connection, "archive_files", written)
        connection.execute(sql("merge_archived_series"))
        connection.execute(sql("delete_all", table="points"))
        install(connection, home)
        _write_state(connection, unfinished_folder(home, number))
    with reached(home):
        complete(home, number)
        _remove_states(home, number - STATES)
    connection.execute(sql("checkpoint"))
    return rows


def _write(connection: duckdb.DuckDBPyConnection, home: Home, number: int) -> pl.DataFrame:
    """Writes the measurements; one row a file."""
    folder = home.history / "measurements"
    if is_folder(home):
        folder.mkdir(parents=True, exist_ok=True)
    target, pattern = Fragment(literal(str(folder))), Fragment(literal(f"{number:06d}-{{uuid}}"))
    written = connection.execute(sql("copy_points_to_history", folder=target, pattern=pattern)).fetchall()
    files = [
        {"path": relative(home, path), "source": keys["source"], "day": keys["day"], "rows": count,
         "bytes": size, "state": number, "written_at": now()}
        for path, count, size, _, _, keys, *_ in written
    ]  # fmt: skip
    return pl.DataFrame(files)


def _write_state(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Every table that is no measurement, as this transaction sees it."""
    clear(folder)
    if isinstance(folder, Path):
        folder.mkdir(parents=True)
    for table in TABLES.values():
        if not table.view and table.name not in KEPT_OUT:
            target = Fragment(literal(str(folder / f"{table.name}.parquet")))
            connection.execute(sql("copy_to_parquet", table=table.name, file=target))


def _remove_states(home: Home, last: int) -> None:
    """Removes the states up to that one; in an object store first what makes them count."""
    for path in sorted(home.history.glob("state-*"), key=lambda path: path.suffix, reverse=True):
        number = path.stem.removeprefix("state-")
        if number.isdigit() and int(number) <= last:
            path.unlink() if path.suffix == COMPLETE else clear(path)


def _remove_orphans(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Files that a compaction has left which died before it was committed: their values are still in the store."""
    listed = {str(path) for (path,) in connection.execute(sql("select_archive_files")).fetchall()}
    for path in parquet_files(home) - listed:
        (home.history / path).unlink()
