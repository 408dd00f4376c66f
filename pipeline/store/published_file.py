"""The published file itself: tables, views, macros and comments, then the rows.

All but the rows is the same from one publication to the next, and takes longer than they do in a small store: an empty file that
has it is kept in the home, under a hash of what it was made from, and each publication fills a copy.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb

from pipeline.home import Home
from pipeline.laws import laws
from pipeline.laws.engine.sql_form import macro_sql
from pipeline.places import PACKAGE
from pipeline.schema import TABLES, Table
from pipeline.schema.views import VIEWS, best_views
from pipeline.store.code_versions import book_version
from pipeline.store.migrations import describe
from pipeline.store.prediction_macro import predict_macro
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import Fragment, literal, sql, statement_files, view_sql
from pipeline.store.store import transaction

PRIVATE_BASES = ("series", "points", "exclusions", "finishes")
"""Private tables that the published views of measurements and runs stand on."""
SOURCES = {"points": "all_points"}
"""What a published table is copied from, where it is not its namesake: the values in the store and in the history."""


def build(connection: duckdb.DuckDBPyConnection, home: Home, path: Path) -> None:
    """Writes the file to `path`, with the rows of the open store."""
    shutil.copyfile(_empty(connection, home), path)
    with _attached(connection, path) as catalog, transaction(connection):
        for table in _stored():
            connection.execute(sql("fill_published_table", table=table.name, source=_source(table), catalog=catalog))


def form() -> str:
    """Hash of all that shapes the published file: laws, statements and schema."""
    return short_hash(book_version(), _files())


@cache
def _files() -> str:
    files = [*statement_files().values(), *sorted((PACKAGE / "schema").rglob("*.py")), Path(__file__)]
    return short_hash(duckdb.__version__, *(path.read_text(encoding="utf-8") for path in files))


def _empty(connection: duckdb.DuckDBPyConnection, home: Home) -> Path:
    """The file without rows: the kept one, or made now in one step; older ones go."""
    kept = home.root / f"published.{form()}.empty"
    if kept.exists():
        return kept
    unfinished = home.root / "published.empty.tmp"
    for old in (*home.root.glob("published.*.empty"), unfinished, Path(f"{unfinished}.wal")):
        old.unlink(missing_ok=True)
    with _attached(connection, unfinished) as catalog, transaction(connection):
        for table in _stored():
            connection.execute(sql("create_published_table", table=table.name, source=_source(table), catalog=catalog))
        connection.execute(sql("use_catalog", catalog="pub"))
        _decorate(connection)
    unfinished.replace(kept)
    return kept


@contextmanager
def _attached(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[str]:
    """The file as catalog `pub` of the connection; gives the name of the store's own catalog."""
    row = connection.execute(sql("select_catalog")).fetchone()
    catalog = str(row[0]) if row else "work"
    connection.execute(sql("attach_published", file=Fragment(literal(str(path)))))
    try:
        yield catalog
    finally:
        connection.execute(sql("use_catalog", catalog=catalog))
        connection.execute(sql("detach_published"))


def _stored() -> list[Table]:
    return [table for table in TABLES.values() if not table.view and (table.published or table.name in PRIVATE_BASES)]


def _source(table: Table) -> str:
    return SOURCES.get(table.name, table.name)


def _decorate(connection: duckdb.DuckDBPyConnection) -> None:
    """Views, macros and comments of the published file."""
    connection.execute(sql("view_published_points"))
    for table in TABLES.values():
        if table.view:
            connection.execute(view_sql(table))
    for law in laws.values():
        connection.execute(macro_sql(law))
    for table in VIEWS:
        connection.execute(view_sql(table))
    for view, base in best_views():
        connection.execute(sql("view_best", view=view.name, table=base))
    connection.execute(predict_macro())
    everything = [t for t in TABLES.values() if t.published or t.name in PRIVATE_BASES]
    everything += [*VIEWS, *(view for view, _ in best_views())]
    describe(connection, everything)
