"""The schema version of work.duckdb and the steps from each version to the next, with a backup before each."""

from collections.abc import Iterable, Iterator

import duckdb

from pipeline.errors import WarehouseError
from pipeline.home import Home
from pipeline.schema import TABLES, Table
from pipeline.store.backups import backup
from pipeline.store.history import install, restore
from pipeline.store.statements import Fragment, literal, quote, sql, view_sql

# MIGRATIONS[n] are the names of the sql/*.sql statements that take a store from version n to n + 1. Tables and columns that are
# only added or renamed need no statement, nor a version: _complete makes what the schema declares and the store lacks.
MIGRATIONS: dict[int, tuple[str, ...]] = {1: (), 2: (), 3: (), 4: (), 5: (), 6: ()}
VERSION = 1 + len(MIGRATIONS)


def migrate(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Brings the store to this program's version: creates it, migrates it after a backup, or refuses a newer one."""
    connection.execute(sql("create_schema_version"))
    found = connection.execute(sql("select_schema_version")).fetchall()[0][0]
    if found is None:
        _create(connection, home)
    elif found > VERSION:
        raise WarehouseError(
            f"it has schema version {found}, this program knows {VERSION}",
            place=str(home.work_db),
            fix="install the newer Lawbook again",
        )
    elif found < VERSION:
        _upgrade(connection, home, found)
    elif _lacking(connection):
        _take_in(connection, home)


def create_table(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Creates `table` as the schema declares it; `describe` gives it its COMMENTs."""
    connection.execute(view_sql(table) if table.view else table_sql(table))


def table_sql(table: Table) -> str:
    """The statement that makes a table without rows."""
    body = ", ".join(f"{quote(column.name)} {column.type}" for column in table.columns)
    return sql("create_table", table=table.name, columns=Fragment(body))


def describe(connection: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> None:
    """Writes the COMMENTs that the schema declares on tables and their columns, all in one look at the database."""
    if said := ";\n".join(comment for table in tables for comment in comments(table)):
        connection.execute(said)


def comments(table: Table) -> Iterator[str]:
    """The statements that write the COMMENTs of a table and of its columns."""
    kind = Fragment("VIEW" if table.view else "TABLE")
    yield sql("comment_on_table", kind=kind, table=table.name, comment=Fragment(literal(table.row)))
    for column in table.columns:
        comment = Fragment(literal(column.comment))
        yield sql("comment_on_column", table=table.name, column=column.name, comment=comment)


def _create(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    connection.begin()
    if _stored_columns(connection) != {table.name: set(table.names) for table in TABLES.values() if not table.view}:
        _complete(connection)  # else a copy of an empty store was put there
    restore(connection, home)
    _create_views(connection, home)
    connection.execute(sql("insert_schema_version"), {"version": VERSION})
    connection.commit()


def _upgrade(connection: duckdb.DuckDBPyConnection, home: Home, found: int) -> None:
    backup(home, connection, f"v{found}")
    connection.begin()
    for version in range(found, VERSION):
        for statement in MIGRATIONS[version]:
            connection.execute(sql(statement))
    _complete(connection)
    _create_views(connection, home)
    connection.execute(sql("insert_schema_version"), {"version": VERSION})
    connection.commit()


def _lacking(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the schema declares a table or a column that the store lacks."""
    have = _stored_columns(connection)
    return any(set(table.names) - have.get(table.name, set()) for table in TABLES.values() if not table.view)


def _take_in(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """What was declared since the store was made, within its version."""
    connection.begin()
    _complete(connection)
    _create_views(connection, home)
    connection.commit()


def _complete(connection: duckdb.DuckDBPyConnection) -> None:
    """Creates the tables, renames and adds the columns that the schema declares and the store lacks; added ones are NULL."""
    have = _stored_columns(connection)
    for declared in (table for table in TABLES.values() if not table.view):
        if declared.name in have:
            _complete_columns(connection, declared, have[declared.name])
        else:
            create_table(connection, declared)
    describe(connection, (table for table in TABLES.values() if not table.view))


def _complete_columns(connection: duckdb.DuckDBPyConnection, declared: Table, have: set[str]) -> None:
    renamed = {name: was for was, name in declared.renamed if was in have}
    for column in (c for c in declared.columns if c.name not in have):
        if column.name in renamed:
            connection.execute(sql("rename_column", table=declared.name, column=renamed[column.name], to=column.name))
        else:
            connection.execute(sql("add_column", table=declared.name, column=column.name, type=Fragment(column.type)))


def _stored_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """The columns of each declared table that the store has."""
    have: dict[str, set[str]] = {}
    for table, column in connection.execute(sql("select_columns")).fetchall():
        if table in TABLES:
            have.setdefault(table, set()).add(column)
    return have


def _create_views(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Makes every view as this program declares it."""
    install(connection, home)
    views = [table for table in TABLES.values() if table.view]
    for table in views:
        create_table(connection, table)
    describe(connection, views)
