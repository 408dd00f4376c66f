"""The published tables as Parquet files; a small one that says what it said stays as it is, for each file waits for the disk."""

import json
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

import duckdb

from pipeline.home import Home
from pipeline.schema import Table
from pipeline.store.publication.last_publication import place
from pipeline.store.publication.parquet_parts import remove
from pipeline.store.publication.published_file import form, published_rows
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import Fragment, literal, sql

SMALL = 1000
"""Rows up to which a table is compared with its file; a larger one, or a view, is written anew, which costs little more."""


Note = list[str | None]
"""What a file holds, by hash, and its place on the disk."""
Copies = dict[str, Future[Note]]


def start(home: Home, connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], pool: Executor) -> Copies:
    """Starts to write what has changed, each file in one step."""
    home.published_dir.mkdir(exist_ok=True)
    noted, shape, folder = _noted(home), form(), home.published_dir
    return {t.name: pool.submit(_written, connection.cursor(), t, folder, shape, noted.get(t.name)) for t in tables}


def finish(home: Home, copies: Copies) -> None:
    """Waits for the files and notes what they hold. Raises what went wrong with any."""
    _notes(home).write_text(json.dumps({name: copy.result() for name, copy in copies.items()}))


def _written(connection: duckdb.DuckDBPyConnection, table: Table, folder: Path, shape: str, noted: Note | None) -> Note:
    target = folder / f"{table.name}.parquet"
    with connection:
        content = None if table.view else _content(connection, table, shape)
        if content is None or noted != [content, place(target)]:
            unfinished = target.with_suffix(".parquet.tmp")
            for path in (unfinished, target):
                if path.is_dir():  # of a large store, which keeps parts
                    remove(path)
            rows = Fragment(f"({published_rows(table)})")
            connection.execute(sql("copy_to_parquet", table=rows, file=Fragment(literal(str(unfinished)))))
            unfinished.replace(target)
    return [content, place(target)]


def _content(connection: duckdb.DuckDBPyConnection, table: Table, shape: str) -> str | None:
    """Hash of the rows of a small table, in whatever order, and of its form; None of a larger one."""
    [(count,)] = connection.execute(sql("select_count", table=table.name)).fetchall()
    if count > SMALL:
        return None
    return short_hash(shape, connection.execute(sql("select_rows_hash", table=table.name)).fetchall())


def _noted(home: Home) -> dict[str, Note]:
    try:
        return dict(json.loads(_notes(home).read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def _notes(home: Home) -> Path:
    return home.root / "published.parquet.json"
