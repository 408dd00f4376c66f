"""published.duckdb: built beside the old one and put in its place in one step, with the same tables as Parquet."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from pipeline.home import Home
from pipeline.laws import laws
from pipeline.laws.book import law_rows, published_rows
from pipeline.laws.engine.compile import version
from pipeline.laws.families import family_rows
from pipeline.schema import TABLES, Table
from pipeline.store.metrics import fill_metrics
from pipeline.store.publication import last_publication, parquet_copies, parquet_parts
from pipeline.store.publication.last_publication import LastPublication
from pipeline.store.publication.published_changes import counts, update
from pipeline.store.publication.published_file import build, form
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.store.store import transaction
from pipeline.store.warehouse import Warehouse, insert_frame, now

WRITERS = 3
"""Parquet files that are written at once, while published.duckdb is built."""


def publish(home: Home, warehouse: Warehouse | None = None, *, whole: bool = False) -> bool:
    """Replaces published.duckdb and its Parquet files; False where nothing has changed since they were written.

    A reader keeps the file that it has open; the next one that opens it sees the new file. A crash leaves the old. From
    `parquet_parts.LARGE` versions of values on only what changed is written; `whole` writes all, and one Parquet file a table.
    """
    if warehouse is not None:
        return _publish(home, warehouse.connection, whole)
    with Warehouse(home) as opened:
        return _publish(home, opened.connection, whole)


def _publish(home: Home, connection: duckdb.DuckDBPyConnection, whole: bool) -> bool:
    key = publish_key(connection)
    last = connection.execute(sql("select_last_publication")).fetchall()
    if not whole and last == [(key,)] and _stands(home.published_db, connection):
        return False
    _fill_law_book(connection)
    fill_metrics(connection)
    target = home.published_db
    unfinished = target.with_suffix(".duckdb.tmp")
    for path in (unfinished, Path(f"{unfinished}.wal")):
        path.unlink(missing_ok=True)
    versions = 0 if whole else counts(connection)[1]
    wide = _write(home, connection, unfinished, versions)
    unfinished.replace(target)
    moment = now()
    insert_frame(connection, "publications", pl.DataFrame([{"publish_key": key, "published_at": moment}]))
    if wide:
        _note(home, key, moment, wide)
    return True


def _stands(path: Path, store: duckdb.DuckDBPyConnection) -> bool:
    """Whether the published file is there and has the studies of the store: one that was cut, copied in part or replaced by
    another file is published anew."""
    if not path.is_file():
        return False
    try:
        with duckdb.connect(str(path), read_only=True) as published:
            asked = sql("select_study_keys")
            return published.execute(asked).fetchall() == store.execute(asked).fetchall()
    except duckdb.Error as error:
        return "lock" in str(error).lower()  # another program writes into it, and is told so where it is read


def _write(home: Home, connection: duckdb.DuckDBPyConnection, path: Path, versions: int) -> int:
    """Writes the file to `path`, and the Parquet files in their place; gives the series of a part, 0 where there are no parts."""
    large = versions >= parquet_parts.LARGE
    last = _still_there(home, connection) if large else None
    last_publication.forget(home)
    single = [table for table in published_tables() if not (large and table.name in parquet_parts.PARTED)]
    with ThreadPoolExecutor(WRITERS) as pool:  # each Parquet file waits for the disk, and the file beside it needs one core
        copies = parquet_copies.start(home, connection, single, pool)
        followed = last is not None and update(connection, home.published_db, path, last.at)
        if not followed:
            build(connection, path)
        parquet_copies.finish(home, copies)
    if followed and last:
        parquet_parts.write_changed(connection, home, path, last.width)
        return last.width
    return parquet_parts.write_all(connection, home, path, versions) if large else 0


def _still_there(home: Home, connection: duckdb.DuckDBPyConnection) -> LastPublication | None:
    """The last publication, where it was a large one of this store, in today's form, and its files are as it left them."""
    last = last_publication.read(home)
    if last is None or connection.execute(sql("select_last_publication")).fetchall() != [(last.key,)]:
        return None
    now_there = (form(), last_publication.place(home.published_db), parquet_parts.places(home))
    return last if now_there == (last.form, last.database, last.parts) else None


def _note(home: Home, key: str, moment: datetime, wide: int) -> None:
    database = last_publication.place(home.published_db) or ""
    last = LastPublication(key, moment.isoformat(), form(), database, parquet_parts.places(home), wide)
    last_publication.write(home, last)


def publish_key(connection: duckdb.DuckDBPyConnection) -> str:
    """Hash of all that is published: logs, fits, forecasts, plans, laws, and the form of the tables.

    It is stored after the file is in its place: whatever dies in between, the next start publishes again.
    """
    log = connection.execute(sql("select_log_state")).fetchall()
    studies = connection.execute(sql("select_study_keys")).fetchall()
    return short_hash(log, studies, form())


def published_tables() -> list[Table]:
    """The tables and views of the published file that come from the store as they are."""
    return [table for table in TABLES.values() if table.published]


def _fill_law_book(connection: duckdb.DuckDBPyConnection) -> None:
    stored = set(connection.execute(sql("select_law_versions")).fetchall())
    said = {(law.name, version(law), law.question, law.avoid, law.source) for law in laws.values()}
    if stored == said and set(connection.execute(sql("select_families")).fetchall()) == set(family_rows().rows()):
        return
    with transaction(connection):
        for name, rows in (("laws", law_rows()), ("law_published", published_rows()), ("families", family_rows())):
            connection.execute(sql("delete_all", table=name))
            insert_frame(connection, name, rows.select(c for c in rows.columns if c in TABLES[name].names))
