"""Measurements as Parquet files, partitioned by source and day: the store reads them in place.

    history/measurements/source=NAMESPACE/day=YYYY-MM-DD/*.parquet      every version of every value, with the run it belongs to
    history/state-NUMBER/*.parquet                                      all other tables, as they were when the files were written
    history/state-NUMBER.complete                                       in an object store only: the state counts

A file belongs to the history when work.duckdb lists it (table archive_files), in the transaction that takes its values out of the
store: so a value is in one of the two, whenever the process dies. A store that is lost is made anew from the newest state.
"""

import hashlib
from pathlib import Path

import duckdb

from pipeline.errors import WarehouseError
from pipeline.home import Home
from pipeline.schema import TABLES, Table
from pipeline.store.place import is_folder, parquet_files, reached
from pipeline.store.statements import Fragment, literal, plain, quote, sql

UNFINISHED, COMPLETE = ".tmp", ".complete"


def install(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Points the view archived_points at the files that the store lists; WarehouseError where one of them is missing."""
    listed = [path for (path,) in connection.execute(sql("select_archive_files")).fetchall()]
    files = [f"{home.history}/{path}" for path in listed]
    digest = hashlib.blake2b("\n".join(files).encode(), digest_size=8).hexdigest()
    with reached(home):
        there = parquet_files(home) if listed else set()
    missing = next((path for path in listed if path not in there), None)
    if missing:
        fix = "put it back, or name the place of the history in config.toml"
        raise WarehouseError(f"{home.history}/{missing} belongs to the store and is not there", fix=fix)
    if connection.execute(sql("select_view_comment")).fetchall() == [(digest,)]:
        return
    names = Fragment("[" + ", ".join(literal(plain(path)) for path in files) + "]")
    rows = Fragment(sql("select_archived_points", files=names) if files else sql("select_no_points"))
    connection.execute(sql("view_archived_points", rows=rows))
    connection.execute(sql("view_all_points"))
    connection.execute(sql("comment_on_archived_points", comment=Fragment(literal(digest))))


def store_state(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of the newest state that the store knows of; 0 before the first."""
    return int(connection.execute(sql("select_archive_state")).fetchall()[0][0])


def disk_state(home: Home) -> int:
    """The number of the newest complete state in the history; 0 where there is none."""
    with reached(home):
        found = [path.name.removeprefix("state-") for path in home.history.glob("state-*")]
    ending = "" if is_folder(home) else COMPLETE
    numbers = [name.removesuffix(ending) for name in found if name.endswith(ending)]
    return max((int(number) for number in numbers if number.isdigit()), default=0)


def state_folder(home: Home, number: int) -> Path:
    """The folder of a complete state."""
    return home.history / f"state-{number:06d}"


def unfinished_folder(home: Home, number: int) -> Path:
    """Where a state is written before it counts. A folder gets its name afterwards; an object is whole under its own at once."""
    return state_folder(home, number).with_suffix(UNFINISHED) if is_folder(home) else state_folder(home, number)


def complete(home: Home, number: int) -> None:
    """Makes a written state count, after the store has committed what belongs to it."""
    written = unfinished_folder(home, number)
    if is_folder(home):
        written.rename(state_folder(home, number))
    else:
        written.with_suffix(COMPLETE).write_text("the tables of this state are whole\n", encoding="utf-8")


def finish(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Completes a compaction that died after it was committed: its state only has to be made to count."""
    number = store_state(connection)
    with reached(home):
        if number and disk_state(home) < number and unfinished_folder(home, number).is_dir():
            complete(home, number)


def restore(connection: duckdb.DuckDBPyConnection, home: Home) -> bool:
    """Fills a new, empty store from the newest state of the history, where there is one; inside the caller's transaction."""
    number = disk_state(home)
    with reached(home):
        files = sorted(state_folder(home, number).glob("*.parquet")) if number else []
    for file in files:
        if file.stem in TABLES and not TABLES[file.stem].view:
            _fill(connection, TABLES[file.stem], Fragment(literal(plain(file))))
    return bool(number)


def _fill(connection: duckdb.DuckDBPyConnection, table: Table, file: Fragment) -> None:
    """Fills a table from its file, which an older program may have written: its columns may have their old names there."""
    names = [name for name, *_ in connection.execute(sql("describe_parquet", file=file)).fetchall()]
    old = [was for was, name in table.renamed if was in names]
    columns = [quote(name) for name in names if name not in old]
    columns += [f"{quote(was)} AS {quote(name)}" for was, name in table.renamed if was in old]
    connection.execute(sql("copy_table_from", table=table.name, columns=Fragment(", ".join(columns)), file=file))
