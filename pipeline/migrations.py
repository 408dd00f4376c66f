"""The schema version of work.duckdb and the steps from each version to the next, with a backup before each."""

import duckdb

from pipeline.backups import backup
from pipeline.errors import WarehouseError
from pipeline.home import Home
from pipeline.schema import TABLES, Table
from pipeline.statements import Fragment, literal, quote, sql

# MIGRATIONS[n] are the names of the sql/*.sql statements that take a store from version n to n + 1. Tables and columns that are
# only added need no statement: _complete makes what the schema declares and the store lacks, after the statements.
MIGRATIONS: dict[int, tuple[str, ...]] = {1: ()}
VERSION = 1 + len(MIGRATIONS)


def migrate(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Brings the store to this program's version: creates it, migrates it after a backup, or refuses a newer one."""
    connection.execute(sql("create_schema_version"))
    found = connection.execute(sql("select_schema_version")).fetchall()[0][0]
    if found is None:
        _create(connection)
    elif found > VERSION:
        raise WarehouseError(
            f"{home.work_db} has schema version {found}, this program knows {VERSION}: install the newer Lawbook again"
        )
    elif found < VERSION:
        _upgrade(connection, home, found)


def create_table(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Creates `table` as the schema declares it, with a COMMENT on it and on each column."""
    if table.view:
        connection.execute(sql(f"view_{table.name}"))
    else:
        body = ", ".join(f"{quote(column.name)} {column.type}" for column in table.columns)
        connection.execute(sql("create_table", table=table.name, columns=Fragment(body)))
    kind = Fragment("VIEW" if table.view else "TABLE")
    connection.execute(sql("comment_on_table", kind=kind, table=table.name, comment=Fragment(literal(table.row))))
    for column in table.columns:
        comment = Fragment(literal(column.comment))
        connection.execute(sql("comment_on_column", table=table.name, column=column.name, comment=comment))


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.begin()
    for table in sorted(TABLES.values(), key=lambda table: table.view):
        create_table(connection, table)
    connection.execute(sql("insert_schema_version"), {"version": VERSION})
    connection.commit()


def _upgrade(connection: duckdb.DuckDBPyConnection, home: Home, found: int) -> None:
    backup(home, connection, f"v{found}")
    connection.begin()
    for version in range(found, VERSION):
        for statement in MIGRATIONS[version]:
            connection.execute(sql(statement))
    _complete(connection)
    connection.execute(sql("insert_schema_version"), {"version": VERSION})
    connection.commit()


def _complete(connection: duckdb.DuckDBPyConnection) -> None:
    """Creates the tables and adds the columns that the schema declares and the store lacks; stored rows have NULL there."""
    have: dict[str, set[str]] = {}
    for table, column in connection.execute(sql("select_columns")).fetchall():
        have.setdefault(table, set()).add(column)
    for declared in TABLES.values():
        if declared.name not in have:
            create_table(connection, declared)
            continue
        for column in (c for c in declared.columns if c.name not in have[declared.name] and not declared.view):
            connection.execute(sql("add_column", table=declared.name, column=column.name, type=Fragment(column.type)))
            comment = Fragment(literal(column.comment))
            connection.execute(sql("comment_on_column", table=declared.name, column=column.name, comment=comment))
