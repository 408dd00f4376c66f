"""published.duckdb: built beside the old one and put in its place in one step, with the same tables as Parquet."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import polars as pl

from pipeline.home import Home
from pipeline.laws import laws
from pipeline.laws.book import law_rows, published_rows
from pipeline.laws.engine.compile import version
from pipeline.laws.families import family_rows
from pipeline.schema import TABLES, Table
from pipeline.store import parquet_copies
from pipeline.store.metrics import fill_metrics
from pipeline.store.published_file import build, form
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.store.store import transaction
from pipeline.store.warehouse import Warehouse, insert_frame, now

WRITERS = 3
"""Parquet files that are written at once, while published.duckdb is built."""


def publish(home: Home, warehouse: Warehouse | None = None) -> bool:
    """Replaces published.duckdb and its Parquet files; False where nothing has changed since they were written.

    A reader keeps the file that it has open; the next one that opens it sees the new file. A crash leaves the old.
    """
    if warehouse is not None:
        return _publish(home, warehouse.connection)
    with Warehouse(home) as opened:
        return _publish(home, opened.connection)


def _publish(home: Home, connection: duckdb.DuckDBPyConnection) -> bool:
    key = publish_key(connection)
    last = connection.execute(sql("select_last_publication")).fetchall()
    if home.published_db.exists() and last == [(key,)]:
        return False
    _fill_law_book(connection)
    fill_metrics(connection)
    target = home.published_db
    unfinished = target.with_suffix(".duckdb.tmp")
    for path in (unfinished, Path(f"{unfinished}.wal")):
        path.unlink(missing_ok=True)
    with ThreadPoolExecutor(WRITERS) as pool:  # each Parquet file waits for the disk, and the file beside it needs one core
        copies = parquet_copies.start(home, connection, published_tables(), pool)
        build(connection, unfinished)
        parquet_copies.finish(home, copies)
    unfinished.replace(target)
    insert_frame(connection, "publications", pl.DataFrame([{"publish_key": key, "published_at": now()}]))
    return True


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
