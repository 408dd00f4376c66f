"""The published file itself: tables, views, macros and comments, then the rows.

All but the rows is the same from one publication to the next, and takes longer than they do in a small store: an empty file that
has it is kept beside the laws' generated code, under a hash of what it was made from, and each publication fills a copy.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import duckdb

from pipeline.laws import laws
from pipeline.laws.engine.sql_form import macro_sql
from pipeline.places import PACKAGE, kept_on_machine
from pipeline.schema import TABLES, Table
from pipeline.schema.views import VIEWS, best_views
from pipeline.store.code_versions import book_version
from pipeline.store.migrations import describe
from pipeline.store.publication.prediction_macro import predict_macro
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import Fragment, literal, quote, sql, statement_files, view_sql
from pipeline.store.store import transaction

PRIVATE_BASES = ("series", "points", "exclusions", "finishes")
"""Private tables that the published views of measurements and runs stand on."""
MOST_KEPT = 8
"""Empty files on a machine: a home with laws of its own has another one."""
SOURCES = {"points": "all_points"}
"""What a published table is copied from, where it is not its namesake: the values in the store and in the history."""


def build(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Writes the file to `path`, with the rows of the open store."""
    _begin(connection, path)
    with attached(connection, path) as catalog, transaction(connection):
        for table in stored_tables():
            connection.execute(sql("fill_published_table", table=table.name, rows=published_rows(table, catalog)))
        predict_fitted(connection)


def predict_fitted(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes the macro `predict` of the attached file that of its fits."""
    connection.execute(sql("use_catalog", catalog="pub"))
    connection.execute(predict_macro([law for (law,) in connection.execute(sql("select_fitted_laws")).fetchall()]))


def form() -> str:
    """Hash of all that shapes the published file: laws, statements and schema."""
    return short_hash(book_version(), _files())


@cache
def _files() -> str:
    files = [*statement_files().values(), *sorted((PACKAGE / "schema").rglob("*.py")), Path(__file__)]
    return short_hash(duckdb.__version__, *(path.read_text(encoding="utf-8") for path in files))


def _begin(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """The file without rows at `path`: a copy of the kept one, or made now and kept."""
    columns = connection.execute(sql("select_columns_hash")).fetchall()
    kept = kept_on_machine() / f"published-{short_hash(form(), columns)}.empty"
    try:
        shutil.copyfile(kept, path)
    except OSError:
        path.unlink(missing_ok=True)
        _make(connection, path)
        _keep(path, kept)
    else:
        with suppress(OSError):
            os.utime(kept)


def _make(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    with attached(connection, path) as catalog, transaction(connection):
        for table in stored_tables():
            connection.execute(sql("create_published_table", table=table.name, rows=published_rows(table, catalog)))
        connection.execute(sql("use_catalog", catalog="pub"))
        _decorate(connection)


def _keep(made: Path, kept: Path) -> None:
    """Keeps a copy for the next new home on this machine, and the few that were used last; without a place each makes its own."""
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=kept.parent, prefix="published-", delete=False) as unfinished:
            unfinished.write(made.read_bytes())
        Path(unfinished.name).replace(kept)
        last = sorted(kept.parent.glob("published-*.empty"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in last[MOST_KEPT:]:
            old.unlink(missing_ok=True)


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection, path: Path) -> Iterator[str]:
    """The file as catalog `pub` of the connection; gives the name of the store's own catalog."""
    row = connection.execute(sql("select_catalog")).fetchone()
    catalog = str(row[0]) if row else "work"
    connection.execute(sql("attach_published", file=Fragment(literal(str(path)))))
    try:
        yield catalog
    finally:
        connection.execute(sql("use_catalog", catalog=catalog))
        connection.execute(sql("detach_published"))


def stored_tables() -> list[Table]:
    """The tables whose rows stand in the published file."""
    return [table for table in TABLES.values() if not table.view and (table.published or table.name in PRIVATE_BASES)]


def published_rows(table: Table, catalog: str = "") -> Fragment:
    """The statement that selects the rows of a published table from the store: columns that were renamed by both names."""
    source = quote(SOURCES.get(table.name, table.name))
    old = "".join(f", {quote(name)} AS {quote(was)}" for was, name in table.renamed)
    place = Fragment(f"{quote(catalog)}.{source}" if catalog else source)
    return Fragment(sql("select_published", old_names=Fragment(old), source=place).rstrip())


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
    connection.execute(predict_macro(()))
    everything = [t for t in TABLES.values() if t.published or t.name in PRIVATE_BASES]
    everything += [*VIEWS, *(view for view, _ in best_views())]
    describe(connection, (table.with_old_names for table in everything))
