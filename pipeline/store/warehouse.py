"""The private store, work.duckdb: one writer at a time, a schema version with migrations, and SQL from files."""

import json
import os
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

import duckdb
import polars as pl

from pipeline.clock import CLOCK, now
from pipeline.errors import LockedError, WarehouseError
from pipeline.faults import IN_THE_WAY
from pipeline.home import Home
from pipeline.places import SHIPPED
from pipeline.store.filelock import NO_LOCKS, lock, unlock
from pipeline.store.history import finish, install
from pipeline.store.migrations import migrate
from pipeline.store.place import register
from pipeline.store.statements import Fragment, literal, places, quote, sql
from pipeline.store.template import begin

__all__ = ["Fragment", "Warehouse", "insert_frame", "literal", "now", "quote", "sql"]


ELSEWHERE = "close it there: the store is private to Lawbook; people and tools read published.duckdb"


class Warehouse:
    """`with Warehouse(home) as warehouse: warehouse.connection.execute(...)`.

    Waits with jitter for another writer, up to `wait` seconds, and then names the holder. The connection reaches only files under
    the home, the project and `reads`: so no statement, whatever a user wrote into it, can read anything else. Frames must be
    registered (`connection.register(name, frame)`, or `insert_frame`): they are not found by variable name.
    """

    def __init__(self, home: Home, *, wait: float | None = None, reads: Sequence[Path] = ()) -> None:
        self.home = home
        self.wait = home.config.wait_seconds if wait is None else wait
        self.reads = [home.root, SHIPPED, *home.watched_folders.values(), *reads]
        self._lock: IO[str] | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The open connection."""
        if self._connection is None:
            raise WarehouseError("the warehouse is closed", fix="use it inside `with Warehouse(home) as warehouse:`")
        return self._connection

    def __enter__(self) -> "Warehouse":
        self._lock = _acquire(self.home.root / "work.lock", self.wait)
        try:
            self._connection = self._open()
            register(self._connection, self.home)
            migrate(self._connection, self.home)
            finish(self._connection, self.home)
            install(self._connection, self.home)
            CLOCK.not_before(self._connection.execute(sql("select_latest_moment")).fetchall()[0][0])
            self._confine(self._connection)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the store and lets the next writer in."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._lock is not None:
            unlock(self._lock)
            self._lock = None

    def _open(self) -> duckdb.DuckDBPyConnection:
        begin(self.home.work_db)
        deadline = time.monotonic() + self.wait
        while True:
            try:
                return duckdb.connect(str(self.home.work_db), config={"memory_limit": self.home.config.memory})
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
                    raise WarehouseError(
                        f"cannot open {self.home.work_db}: {error}", fix="`lawbook doctor` says what to do"
                    ) from error
                if time.monotonic() > deadline:
                    raise LockedError(f"{self.home.work_db} is open in another program", fix=ELSEWHERE) from error
                time.sleep(random.uniform(0.05, 0.25))

    def _confine(self, connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(sql("set_temp_directory", folder=Fragment(literal(str(self.home.root / "tmp")))))
        connection.execute(sql("set_allowed_directories", folders=places(self.home.history, *self.reads)))
        connection.execute(sql("set_external_access_off"))


def insert_frame(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> int:
    """Appends the rows of `frame` to `table` by column name; columns that the frame lacks become NULL. Returns the row count."""
    connection.complete()  # a fetchone() before leaves its result open, and DuckDB 2.0 refuses other work until it is closed
    connection.register("frame_to_insert", frame)
    try:
        maps = _maps(frame)
        connection.execute(sql("insert_maps", table=table, maps=maps) if maps else sql("insert_frame", table=table))
    finally:
        with suppress(duckdb.TransactionException):  # of a statement that failed: the error to be seen is that one
            connection.unregister("frame_to_insert")
    return frame.height


def _maps(frame: pl.DataFrame) -> Fragment | None:
    """The MAP columns of a frame, which are lists of (key, value) there, as DuckDB's maps; None where it has none."""
    pairs = [n for n, t in frame.schema.items() if isinstance(t, pl.List) and isinstance(t.inner, pl.Struct)]
    return Fragment(", ".join(f"map_from_entries({quote(name)}) AS {quote(name)}" for name in pairs)) if pairs else None


def _acquire(path: Path, wait: float) -> IO[str]:
    deadline = time.monotonic() + wait
    while (handle := _lock(path)) is None:
        if time.monotonic() > deadline:
            held = f"{path.parent / 'work.duckdb'} is being written by {holder(path)}"
            raise LockedError(f"{held}; waited {wait:g} s", fix="let it finish, or stop that process")
        time.sleep(random.uniform(0.05, 0.25))
    handle.truncate(0)
    handle.write(json.dumps({"pid": os.getpid(), "since": now().isoformat(timespec="seconds")}))
    handle.flush()
    return handle


def _lock(path: Path) -> IO[str] | None:
    try:
        return lock(path)
    except OSError as error:
        if error.errno in IN_THE_WAY:
            raise
        if error.errno in NO_LOCKS:
            fix = "put the home on a disk of this machine: this file system keeps no locks"
            raise WarehouseError(f"{path} cannot be locked: {error.strerror}", fix=fix) from error
        fix = "make the home writable, or name another with --home or LAWBOOK_HOME; what is published can be read as it is"
        raise WarehouseError(f"{path} cannot be written: {error.strerror}", fix=fix) from error


def holder(path: Path) -> str:
    """Who holds the lock file `path`, in words."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return f"process {held['pid']} since {held['since']} UTC"
    except (OSError, ValueError, LookupError, TypeError):
        return "another process"
