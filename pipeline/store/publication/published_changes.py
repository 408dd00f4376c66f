"""A large published file by what changed: a copy of the last one, with the values that are newer and the tables that differ."""

import os
import shutil
from datetime import datetime
from pathlib import Path

import duckdb

from pipeline.schema import Table
from pipeline.store.publication.published_file import attached, predict_fitted, published_rows, stored_tables
from pipeline.store.statements import sql
from pipeline.store.store import transaction

BLOCK = 1 << 30
"""Bytes that the system is asked to copy at once."""


def update(connection: duckdb.DuckDBPyConnection, last: Path, path: Path, moment: datetime) -> bool:
    """Writes to `path` what `last`, made at `moment`, has become, and the changed runs to the temporary table changed_runs.

    False where the counts of values differ from the store's afterwards: then the store is not the one that `last` was made from.
    """
    _copy(last, path)
    with attached(connection, path) as catalog:
        with transaction(connection):
            connection.execute(sql("create_changed_points", catalog=catalog), {"moment": moment})
            connection.execute(sql("create_changed_runs", catalog=catalog), {"moment": moment})
            connection.execute(sql("delete_changed_points"), {"moment": moment})
            connection.execute(sql("insert_newer_points"))
            for table in stored_tables():
                if table.name != "points":
                    _replace(connection, table, catalog)
            predict_fitted(connection)
        published = connection.execute(sql("select_published_counts")).fetchall()
    return published == [counts(connection)]


def counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """How many newest values the store holds, and how many versions of values."""
    answer = connection.execute(sql("select_log_state"))
    names = [item[0] for item in answer.description or []]
    [row] = answer.fetchall()
    state = dict(zip(names, row, strict=True))
    return int(state["measurements"]), int(state["point_versions"])


def _replace(connection: duckdb.DuckDBPyConnection, table: Table, catalog: str) -> None:
    rows = published_rows(table, catalog)
    [(same,)] = connection.execute(sql("select_same_rows", table=table.name, rows=rows)).fetchall()
    if not same:
        connection.execute(sql("delete_published_rows", table=table.name))
        connection.execute(sql("fill_published_table", table=table.name, rows=rows))


def _copy(last: Path, path: Path) -> None:
    """A copy that shares its blocks with the original where the disk can do so."""
    try:
        with last.open("rb") as source, path.open("wb") as target:
            while os.copy_file_range(source.fileno(), target.fileno(), BLOCK):
                pass
    except (AttributeError, OSError):  # another system than Linux, or two disks
        shutil.copyfile(last, path)
