"""A look at every file that was found: what is new or changed is passed on, what nobody can read goes to quarantine."""

import errno
import os
import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipeline.errors import LawbookError
from pipeline.ingest.ingest_report import IngestReport
from pipeline.ingest.load.batch import LogFile, by_place
from pipeline.ingest.load.reading import Task, Way, first_look, unknown, with_shape
from pipeline.ingest.load.taking import refusal, refuse
from pipeline.ingest.maps.maps import MapBook
from pipeline.ingest.sources.copies import Copies
from pipeline.ingest.sources.found import Found, file_hash
from pipeline.readers.ends import is_open
from pipeline.readers.shape import Refused
from pipeline.readers.version import REFUSED, refused_by, stands
from pipeline.store.statements import sql
from pipeline.store.warehouse import Warehouse

NOT_THERE = (errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP)
"""What the system says of a path at which there is nothing."""

LONGEST_NAME = 255
"""Bytes of a file's name, of the file systems that people have."""
BY_MAP = "map:"
WAITS = "~"
"""Of a file whose last line has no end yet: it may be read otherwise later, though its bytes are the same."""


@dataclass(frozen=True)
class Read:
    """How a file was read: its bytes, its reader or maps, and whether the map was given."""

    content: str
    way: str
    given: bool


class Look:
    """Looks at every file that was found, and passes on those that are not in the store yet."""

    def __init__(self, store: Warehouse, book: MapBook, given: Path | None, report: IngestReport) -> None:
        self.store, self.book, self.given, self.report = store, book, given, report
        connection = store.connection
        self.known = set(connection.execute(sql("select_ingest_log_keys")).fetchall())
        rows = connection.execute(sql("select_file_stamps")).fetchall()
        self.stamps = {path: (size, mtime, read_as) for path, size, mtime, read_as, _ in rows}
        self.ways = {uri: Read(content, way, given) for uri, content, way, given in _all(connection, "select_file_ways")}
        self.again = {} if book.errors else dict(_all(connection, "select_times_in_correction"))
        """Files that are read again though nothing about them has changed, and when they were read first."""
        self.corrected: set[str] = set()
        """Files, by the names that they were read under, that other maps read now."""
        self.there: dict[str, Found] = {}
        self.copies = Copies({path: content for path, _, _, _, content in rows}, self.known)
        self.seen: list[dict[str, object]] = []
        self.unread: set[str] = set()
        """Places that are refused as such at this look."""

    def tasks(self, found: Collection[Found]) -> Iterator[Task]:
        """The files to take, each with the way to read it; those that nobody can read go to quarantine here."""
        self.there |= {item.source_uri: item for item in found}
        for item in found:
            if task := self.task(item):
                yield task

    def task(self, item: Found) -> Task | None:
        """How one file is to be taken; None where nothing of it is new. What nobody can read goes to quarantine."""
        try:
            return self._task(item)
        except (Refused, LawbookError, OSError) as error:
            self._refuse(item, refusal(error))
        return None

    def _task(self, item: Found) -> Task | None:
        """How the file is to be read; None where it is unchanged, or no log. Raises Refused where it cannot be."""
        if item.outside:
            raise Refused("outside", f"{item.source_uri} is a link that leads out of its folder; copy the file instead")
        if item.wrong:
            raise Refused("unreadable", f"{item.source_uri}: {item.wrong}")
        _stays_inside(item, Path(f"{item.path}.map.toml"))
        stamp = self.stamps.get(str(item.path))
        if self.book.is_beside(item.path, self.given):
            return None
        found = self.book.find(item.path, self.given)
        beside = [path for one in found for path in one.beside(item.path)]
        maps = "".join([*(one.stamp(item) for one in found), *map(_state, beside)])
        again = item.source_uri in self.again
        if not again and stamp and stamp[:2] == (item.size, item.mtime_ns) and self._as_before(item, maps, stamp[2]):
            self.report.unchanged += 1
            return None
        if item.size > self.store.home.config.largest_file:
            raise Refused("too_large", f"{item.size} bytes; config.toml allows {self.store.home.config.largest_file}")
        way = first_look(item, found)
        self._compare(item, way)
        if way is None:
            if item.strict:
                raise unknown(item.path)
            return None
        return self._read_anew(item, way, maps)

    def _read_anew(self, item: Found, way: Way, maps: str) -> Task | None:
        """The task of a file that is new or changed; None where the same bytes have been read so before."""
        beside = way.beside(item.path)
        _stays_inside(item, *beside)
        read_as = way.digest(item) + "".join(file_hash(path) for path in beside)
        if way.reader:
            read_as += way.reader.depends(item.path)
        if waits := is_open(item.path):
            read_as += WAITS
        namespace = next((one.body.namespace for one in way.maps if one.body.namespace), item.namespace)
        file = self._file(item, way.name, read_as, f"{maps}{WAITS if waits else ''}")
        file = replace(file, namespace=namespace, way=way.digest(item), given=self.given is not None)
        self._compare_renamed(item, file)
        run = way.reader.run_name(item.path, item.names) if way.reader else ""
        if way.reader and not way.reader.names_runs:
            file = self.copies.told_apart(file, run)
        key = (file.content_hash, file.namespace)
        again = bool({item.source_uri, *self._names_of(file.content_hash)} & (self.again.keys() | self.corrected))
        if not again and {(*key, file.read_as), (*key, refused_by(file.read_as))} & self.known:
            self.report.unchanged += 1
            return None
        self.known.add((file.content_hash, file.namespace, file.read_as))
        return Task(file, with_shape(way, item.path), run)

    def _compare(self, item: Found, way: Way | None) -> None:
        """Notes a file that other maps read now than before, or none any longer."""
        before = self.ways.get(item.source_uri)
        if before and self._is_corrected(before, way.digest(item) if way else ""):
            self.corrected.add(item.source_uri)

    def _compare_renamed(self, item: Found, file: LogFile) -> None:
        """The same of a file that was read under another name, which is no longer there."""
        if item.source_uri not in self.ways:
            self.corrected |= {
                name for name in self._names_of(file.content_hash) if self._is_corrected(self.ways[name], file.way)
            }

    def _names_of(self, content: str) -> list[str]:
        """Names that are gone, of files of these bytes."""
        return [name for name, before in self.ways.items() if before.content == content and name not in self.there]

    def _is_corrected(self, before: "Read", way: str) -> bool:
        """Whether maps were edited, added or removed. While any map is broken nobody knows which files it was meant for."""
        by_map = before.way.startswith(BY_MAP) or way.startswith(BY_MAP)
        asked = self.given is not None or not before.given
        return by_map and asked and before.way != way and not self.book.errors

    def _as_before(self, item: Found, maps: str, stamped: str) -> bool:
        """Whether an unchanged file would be read as it was; one that waited for its last line end may wait no longer.

        One that another version of the readers refused is none.
        """
        read_as = stands(stamped)
        if read_as == f"{item.namespace}{maps}{WAITS}{item.beside}":
            return is_open(item.path)
        return read_as == f"{item.namespace}{maps}{item.beside}"

    def _file(self, item: Found, name: str, read_as: str, maps: str) -> LogFile:
        digest = item.content_hash
        self.copies.see(str(item.path), digest)
        self.seen.append(
            {
                "path": str(item.path),
                "size": item.size,
                "mtime_ns": item.mtime_ns,
                "content_hash": digest,
                "read_as": f"{item.namespace}{maps}{item.beside}",
            }
        )
        return LogFile(item.path, item.namespace, item.source_uri, name, digest, item.size, read_as, item.names)

    def _refuse(self, item: Found, refused: Refused) -> None:
        if refused.passes:  # its size and time may be kept already
            self.seen = [one for one in self.seen if one["path"] != str(item.path)]
        outside = bool(item.wrong) or refused.reason == "outside" or refused.passes
        file = _by_place(item, refused) if outside else self._known_by_content(item, refused)
        self.refused([file])
        key = (file.content_hash, file.namespace, refused_by(file.read_as))
        if key in self.known:
            self.report.unchanged += 1
            return
        self.known.add(key)
        account = refuse(self.store.connection, file, refused)
        self.report.files += 1
        self.report.refused_files += 1
        self.report.totals.add(**vars(account))
        self.report.reasons[refused.reason] = self.report.reasons.get(refused.reason, 0) + 1

    def _known_by_content(self, item: Found, refused: Refused) -> LogFile:
        try:
            return self._file(item, "unknown", f"refused:{refused.reason}", "")
        except OSError:
            return _by_place(item, refused)

    def refused(self, files: Iterable[LogFile]) -> None:
        """Files that were refused whole are looked at again by another version of the readers."""
        files = list(files)
        self.unread |= {file.source_uri for file in files if by_place(file)}
        paths = {str(file.path) for file in files}
        for one in self.seen:
            if one["path"] in paths and REFUSED not in str(one["read_as"]):
                one["read_as"] = refused_by(str(one["read_as"]))

    def forget(self, files: Iterable[LogFile]) -> None:
        """Files that the disk did not give are looked at again at the next ingest, whatever their size and time."""
        paths = {str(file.path) for file in files}
        self.seen = [one for one in self.seen if one["path"] not in paths]

    def remember(self) -> None:
        """Keeps size and time of every file seen, so that an unchanged one is not read again."""
        if not self.seen:
            return
        connection = self.store.connection
        connection.register("stamp_frame", pl.DataFrame(self.seen).unique("path", keep="last"))
        connection.execute(sql("merge_file_stamps"))
        connection.unregister("stamp_frame")


def _all(connection: duckdb.DuckDBPyConnection, statement: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql(statement)).fetchall()


def _stays_inside(item: Found, *beside: Path) -> None:
    for path in beside:
        if len(os.fsencode(path.name)) > LONGEST_NAME:
            continue  # a log may have so long a name that no file beside it can
        if _is_odd(path):
            raise Refused("outside", f"{path.name!r}, which is read with it, is no plain file; remove it")
        if item.leads_out(path):
            raise Refused(
                "outside", f"{path.name!r}, which is read with it, is a link that leads out of its folder; copy the file instead"
            )


def _is_odd(path: Path) -> bool:
    """Whether something is there that is no plain file: asked once, so that what vanishes meanwhile is nothing."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        if error.errno in NOT_THERE:
            return False
        raise
    except ValueError:  # no file has a name that holds a NUL byte
        return False


def _by_place(item: Found, refused: Refused) -> LogFile:
    """A file that is not known by its bytes: the fix may leave them as they are, so it is looked at again each time."""
    item = replace(item, outside=True)
    return LogFile(
        item.path, item.namespace, item.source_uri, "unknown", item.content_hash, 0, f"refused:{refused.reason}", item.names
    )


def _state(path: Path) -> str:
    """What tells whether a file that is read with a log has changed."""
    state = path.stat()
    return f"|{path.name} {state.st_size} {state.st_mtime_ns}"
