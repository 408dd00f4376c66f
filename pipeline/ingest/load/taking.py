"""One batch of files into the store: stage, check, take, quarantine, log. All of it in one transaction."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from pipeline.errors import MapError, ReaderError
from pipeline.faults import stops
from pipeline.ingest.load.ahead import NOTHING, Ahead, streamed_by_worker
from pipeline.ingest.load.batch import Account, Batch, BatchConflict, LogFile
from pipeline.ingest.load.claims import say_anew
from pipeline.ingest.load.frames import take_frame, take_frames
from pipeline.ingest.load.part_rows import take_part
from pipeline.ingest.load.quarantine import refuse_file, refuse_lines
from pipeline.ingest.load.reading import Task, Way
from pipeline.ingest.load.streaming import stream
from pipeline.ingest.maps.map_file import literal_rows
from pipeline.readers.declared_pattern import NoMatch
from pipeline.readers.shape import Refused, disk_words
from pipeline.readers.staging import CUT, Staged, stage
from pipeline.readers.version import refused_by
from pipeline.store.store import undo
from pipeline.store.warehouse import insert_frame, now

FATAL = (  # not the file's fault: the ingest stops, and the file is taken next time
    duckdb.OutOfMemoryException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.IOException,
    duckdb.InterruptException,
    duckdb.ParserException,
    duckdb.CatalogException,
    duckdb.TransactionException,
)


def take(connection: duckdb.DuckDBPyConnection, tasks: Sequence[Task], parsed: Ahead = NOTHING) -> dict[LogFile, Account]:
    """Takes files that are read in one way. If they cannot be taken together they are taken one by one: all or nothing a file.

    What workers have `parsed` already is not parsed again.
    """
    try:
        return _take_together(connection, tasks, parsed)
    except FATAL as error:
        if not _is_of_a_log(error, tasks):
            raise
        if len(tasks) == 1:
            passes = CUT not in str(error)  # else the log is shorter than it says itself
            return refused_alone(connection, tasks[0].file, Refused("unreadable", str(error), passes))
    except duckdb.BinderException as error:
        if not tasks[0].way.maps:  # the program's own statement is wrong; with a map it may be the map's types
            raise
        return {task.file: refuse(connection, task.file, Refused("bad_map", str(error))) for task in tasks}
    except (Refused, BatchConflict, MapError, ReaderError, duckdb.Error, OSError) as error:
        if len(tasks) == 1:
            return refused_alone(connection, tasks[0].file, refusal(error))
    return {file: account for task in tasks for file, account in take(connection, [task], parsed).items()}


def _is_of_a_log(error: Exception, tasks: Sequence[Task]) -> bool:
    """Whether what the disk did not give is one of the logs, and not the store or its temporary files."""
    return isinstance(error, duckdb.IOException) and any(str(task.file.path) in str(error) for task in tasks)


def refused_alone(connection: duckdb.DuckDBPyConnection, file: LogFile, refused: Refused) -> dict[LogFile, Account]:
    """Refuses one file; one that the disk did not give is known by its place, so that the next ingest tries again."""
    if refused.passes:
        place = f"link:{file.source_uri}"
        file = replace(file, content_hash=place, read_as=f"refused:{refused.reason}", size=0)
    return {file: refuse(connection, file, refused)}


def _take_together(connection: duckdb.DuckDBPyConnection, tasks: Sequence[Task], parsed: Ahead) -> dict[LogFile, Account]:
    moment, started, way = now(), time.monotonic(), tasks[0].way
    paths = [task.file.path for task in tasks]
    staged = None if way.others or not way.shape else _staged(connection, way, [task.file for task in tasks], parsed)
    connection.begin()
    try:
        batch = Batch(connection, [task.file for task in tasks], moment)
        say_anew(batch)
        if staged:
            _take_tables(batch, way, staged)
        elif way.others:
            _take_shapes(batch, (way, *way.others), paths)
        else:
            take_frames(batch, tasks, parsed)
        accounts = dict(zip(batch.files, batch.accounts, strict=True))
        _log(connection, accounts, moment, time.monotonic() - started)
        connection.commit()
    except BaseException:
        undo(connection)
        raise
    return accounts


def _staged(connection: duckdb.DuckDBPyConnection, way: Way, files: Sequence[LogFile], parsed: Ahead) -> Staged:
    assert way.shape is not None
    paths, parts = [file.path for file in files], partial(way.parts, files)
    if len(paths) == 1 and (done := parsed.get(paths[0])):
        return streamed_by_worker(connection, paths[0], done)
    streamed = stream(connection, paths[0], way.shape, parts, not way.maps) if len(paths) == 1 else None
    return streamed or stage(connection, paths, way.shape, way.growing)


def refuse(connection: duckdb.DuckDBPyConnection, file: LogFile, refused: Refused) -> Account:
    """Puts a whole file into quarantine and logs it as one refused row."""
    account, moment = Account(rows=1, quarantined=1), now()
    file = replace(file, read_as=refused_by(file.read_as))
    refused = Refused(refused.reason, refused.detail.replace(str(file.path), file.source_uri))  # of a copy, what it is a copy of
    connection.begin()
    try:
        Batch(connection, [file], moment).run("delete_place_from_ingest_log")
        refuse_file(connection, file, refused, moment)
        _log(connection, {file: account}, moment, 0.0)
        connection.commit()
    except BaseException:
        undo(connection)
        raise
    return account


def refusal(error: Exception) -> Refused:
    """The error as the reason for which a file is refused. Raises what stops everything: it is no file's fault."""
    if stops(error):
        raise error
    if isinstance(error, Refused):
        return error
    if isinstance(error, OSError):
        return Refused("unreadable", disk_words(error), passes=True)
    return Refused("unreadable" if isinstance(error, ReaderError | duckdb.Error) else "bad_map", str(error))


def _take_shapes(batch: Batch, ways: Sequence[Way], paths: Sequence[Path]) -> None:
    """A file that several maps read in shapes of their own; one pattern that matches is enough."""
    none: list[NoMatch] = []
    for way in ways:
        assert way.shape is not None
        try:
            staged = stage(batch.connection, paths, way.shape, way.growing)
        except NoMatch as error:
            none.append(error)
            continue
        _take_tables(batch, way, staged)
    if len(none) == len(ways):
        raise none[0]


def _take_tables(batch: Batch, way: Way, staged: Staged) -> None:
    refuse_lines(batch)
    for part in way.parts(batch.files, staged.relation, staged.shape):
        take_part(batch, part, staged)
    for item in way.maps:
        for kind in ("pools", "pool_members"):
            rows = literal_rows(item.body, kind)
            if rows:
                take_frame(batch, kind, pl.DataFrame(rows, infer_schema_length=None), 0)
    if any(not account.rows for account in batch.accounts):
        raise Refused("empty_file", "the file has a header and no rows; it is looked at again at the next ingest", passes=True)


def _log(connection: duckdb.DuckDBPyConnection, accounts: dict[LogFile, Account], moment: datetime, seconds: float) -> None:
    share = seconds / max(len(accounts), 1)
    rows = [
        {
            "content_hash": file.content_hash,
            "source_uri": file.source_uri,
            "source_format": file.source_format,
            "namespace": file.namespace,
            "read_as": file.read_as,
            "bytes": file.size,
            "seconds": share,
            "ingested_at": moment,
            **vars(account),
        }
        for file, account in accounts.items()
    ]
    insert_frame(connection, "ingest_log", pl.DataFrame(rows))
