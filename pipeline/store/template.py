"""An empty store, made once on a machine and copied from then on: a thousand COMMENT statements take a quarter of a second.

It lies beside the laws' generated code, under a hash of the statements that make it.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

import duckdb

from pipeline.places import kept_on_machine
from pipeline.schema import TABLES
from pipeline.store.migrations import comments, table_sql
from pipeline.store.short_hash import short_hash


def begin(store: Path) -> None:
    """Puts the tables of a new store at `store`, without rows, in one step. Where no copy can be kept nothing is put there.

    A store is not made beside a log of one that is gone: what DuckDB makes of that is for its owner to see.
    """
    if store.exists() or Path(f"{store}.wal").exists():
        return
    kept = _kept()
    if kept is not None:
        unfinished = store.with_suffix(".duckdb.new")
        with suppress(FileNotFoundError):  # another version of the program has put its own in the place of the kept one
            shutil.copyfile(kept, unfinished)
            unfinished.replace(store)


def _kept() -> Path | None:
    statements = _statements()
    path = kept_on_machine() / f"store-{short_hash(duckdb.__version__, statements)}.duckdb"
    if not path.exists():
        try:
            _make(path, statements)
        except (OSError, duckdb.Error):
            return None
    return path


def _make(path: Path, statements: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="store-", ignore_cleanup_errors=True) as folder:
        unfinished = Path(folder) / path.name
        with duckdb.connect(str(unfinished)) as connection:
            connection.begin()
            connection.execute(statements)
            connection.commit()
        unfinished.replace(path)
    for old in set(path.parent.glob("store-*.duckdb")) - {path}:
        with suppress(OSError):
            old.unlink()


@cache
def _statements() -> str:
    """What makes the tables, with their comments, as one text."""
    tables = [table for table in TABLES.values() if not table.view]
    return ";\n".join(statement for table in tables for statement in (table_sql(table), *comments(table)))
