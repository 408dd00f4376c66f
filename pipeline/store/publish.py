"""published.duckdb: built beside the old one and put in its place in one step, with the same tables as Parquet."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
import polars as pl

from pipeline.home import PROJECT, Home
from pipeline.laws import laws
from pipeline.laws.book import law_rows, published_rows
from pipeline.laws.compile import version
from pipeline.laws.sql_form import macro_sql
from pipeline.refit.keys import book_version
from pipeline.schema import TABLES, Table
from pipeline.schema.views import VIEWS, best_views
from pipeline.store.prediction_macro import predict_macro
from pipeline.store.statements import SQL, Fragment, literal, sql
from pipeline.store.store import short_hash, transaction
from pipeline.store.warehouse import Warehouse, insert_frame, now

PRIVATE_BASES = ("series", "points", "exclusions")
"""Private tables that the published views of measurements and runs stand on."""
SOURCES = {"points": "all_points"}
"""What a published table is copied from, where it is not its namesake: the values in the store and in the history."""


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
    target = home.published_db
    unfinished = target.with_suffix(".duckdb.tmp")
    for path in (unfinished, Path(f"{unfinished}.wal")):
        path.unlink(missing_ok=True)
    _build(connection, unfinished)
    _write_parquet(home, connection)
    unfinished.replace(target)
    insert_frame(connection, "publications", pl.DataFrame([{"publish_key": key, "published_at": now()}]))
    return True


def publish_key(connection: duckdb.DuckDBPyConnection) -> str:
    """Hash of all that is published: logs, fits, forecasts, plans, laws, and the form of the tables.

    It is stored after the file is in its place: whatever dies in between, the next start publishes again.
    """
    log = connection.execute(sql("select_log_state")).fetchall()
    studies = connection.execute(sql("select_study_keys")).fetchall()
    return short_hash(log, studies, book_version(), _form())


@cache
def _form() -> str:
    """Hash of the statements and the schema that shape the published file."""
    files = sorted([*SQL.glob("*.sql"), *(PROJECT / "pipeline" / "schema").glob("*.py")])
    return short_hash(*(path.read_text(encoding="utf-8") for path in files))


def published_tables() -> list[Table]:
    """The tables and views of the published file that come from the store as they are."""
    return [table for table in TABLES.values() if table.published]


def _fill_law_book(connection: duckdb.DuckDBPyConnection) -> None:
    stored = set(connection.execute(sql("select_law_versions")).fetchall())
    if stored == {(law.name, version(law)) for law in laws.values()}:
        return
    with transaction(connection):
        for name, rows in (("laws", law_rows()), ("law_published", published_rows())):
            connection.execute(sql("delete_all", table=name))
            insert_frame(connection, name, rows.select(c for c in rows.columns if c in TABLES[name].names))


def _build(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    row = connection.execute(sql("select_catalog")).fetchone()
    catalog = str(row[0]) if row else "work"
    connection.execute(sql("attach_published", file=Fragment(literal(str(path)))))
    try:
        with transaction(connection):
            for table in TABLES.values():
                if not table.view and (table.published or table.name in PRIVATE_BASES):
                    source = SOURCES.get(table.name, table.name)
                    connection.execute(sql("create_published_table", table=table.name, source=source, catalog=catalog))
            connection.execute(sql("use_catalog", catalog="pub"))
            _decorate(connection)
    finally:
        connection.execute(sql("use_catalog", catalog=catalog))
        connection.execute(sql("detach_published"))


def _decorate(connection: duckdb.DuckDBPyConnection) -> None:
    """Views, macros and comments of the published file."""
    connection.execute(sql("view_published_points"))
    for table in TABLES.values():
        if table.view:
            connection.execute(sql(f"view_{table.name}"))
    for law in laws.values():
        connection.execute(macro_sql(law))
    for table in VIEWS:
        connection.execute(sql(f"view_{table.name}"))
    for view, base in best_views():
        connection.execute(sql("view_best", view=view.name, table=base))
    connection.execute(predict_macro())
    everything = [t for t in TABLES.values() if t.published or t.name in PRIVATE_BASES]
    everything += [*VIEWS, *(view for view, _ in best_views())]
    connection.execute(";\n".join(comment for table in everything for comment in _comments(table)))


def _comments(table: Table) -> Iterator[str]:
    kind = Fragment("VIEW" if table.view else "TABLE")
    yield sql("comment_on_table", kind=kind, table=table.name, comment=Fragment(literal(table.row)))
    for column in table.columns:
        comment = Fragment(literal(column.comment))
        yield sql("comment_on_column", table=table.name, column=column.name, comment=comment)


def _write_parquet(home: Home, connection: duckdb.DuckDBPyConnection) -> None:
    home.published_dir.mkdir(exist_ok=True)
    for table in published_tables():
        target = home.published_dir / f"{table.name}.parquet"
        unfinished = target.with_suffix(".parquet.tmp")
        connection.execute(sql("copy_to_parquet", table=table.name, file=Fragment(literal(str(unfinished)))))
        unfinished.replace(target)
