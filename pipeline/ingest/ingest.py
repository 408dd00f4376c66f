"""From log files to the store: what is new is read once, what cannot be used is refused with a reason, nothing is lost."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from pipeline.compute import IN_PROCESS, MapLike
from pipeline.errors import LawbookError
from pipeline.home import Home
from pipeline.ingest.check import CheckReport, check
from pipeline.ingest.load.ahead import parsed_groups
from pipeline.ingest.load.batch import Account, LogFile
from pipeline.ingest.load.reading import Task, Way, batches, copy_rules, first_look, runs_first, unknown, with_shape
from pipeline.ingest.load.taking import refusal, refuse, take
from pipeline.ingest.maps.maps import MapBook
from pipeline.ingest.sources.copies import Copies
from pipeline.ingest.sources.discover import Found, discover, file_hash
from pipeline.ingest.sources.mirror import mirror
from pipeline.ingest.sources.trackers import poll
from pipeline.readers.ends import is_open
from pipeline.readers.shape import Refused
from pipeline.store.statements import sql
from pipeline.store.warehouse import Warehouse, now
from pipeline.terminal import counted

__all__ = ["CheckReport", "IngestReport", "Progress", "check", "ingest"]

WAITS = "~"
"""Of a file whose last line has no end yet: it may be read otherwise later, though its bytes are the same."""
Progress = Callable[[int, int, str], None]  # bytes done, bytes in all, what is being read


@dataclass
class IngestReport:
    """What one ingest did. rows = ingested + duplicates + filtered + quarantined."""

    files: int = 0
    unchanged: int = 0
    refused_files: int = 0
    totals: Account = field(default_factory=Account)
    reasons: dict[str, int] = field(default_factory=dict)
    shared_ids: dict[str, list[str]] = field(default_factory=dict)
    """New run ids that stand in several namespaces, with these: different runs, unless somebody meant one."""
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def quarantined(self) -> int:
        """Rows refused."""
        return self.totals.quarantined

    def to_json(self) -> dict[str, object]:
        """The report as plain values."""
        return {**self.totals.as_dict(), **{key: value for key, value in vars(self).items() if key != "totals"}}

    def summary(self) -> str:
        """The report in one or a few lines."""
        t = self.totals
        lines = [
            f"{counted(self.files, 'file')} ingested, {self.unchanged} unchanged: {counted(t.rows, 'row')}; "
            f"{counted(t.runs, 'run')} and {counted(t.measurements, 'measurement')} new or changed, "
            f"{counted(t.duplicates, 'duplicate')}, {t.filtered} filtered, {t.quarantined} quarantined"
            + (f", {counted(t.cells, 'cell')} rejected in rows that are ingested without them" if t.cells else "")
        ]
        lines += [f"  {counted(count, 'row')}: {reason}" for reason, count in sorted(self.reasons.items())]
        if self.shared_ids:
            name, namespaces = next(iter(self.shared_ids.items()))
            example = f"{name!r} in {', '.join(namespaces)}"
            lines.append(f"  {len(self.shared_ids)} run ids stand in several namespaces and are kept apart, as {example}")
        return "\n".join(lines + [f"  {error}" for error in self.errors])


def ingest(
    home: Home,
    *,
    sources: Iterable[str | Path] | None = None,
    map: Path | None = None,
    progress: Progress | None = None,
    warehouse: Warehouse | None = None,
    over: MapLike = IN_PROCESS,
) -> IngestReport:
    """Takes what is new in the inbox, the watched folders and the project (or in `sources` alone) into work.duckdb.

    Give `warehouse` where it is open already. `map` reads every file with that map. Where `over` has workers, they read the logs
    that take time and write Parquet, which is then loaded here: the same rows, each once.
    """
    started, report = time.monotonic(), IngestReport()
    paths = None if sources is None else [Path(os.path.normpath(Path(source).expanduser().absolute())) for source in sources]
    reads = [path if path.is_dir() else path.parent for path in paths or []]
    with nullcontext(warehouse) if warehouse else Warehouse(home, reads=reads) as store:
        assert store is not None
        _ingest(store, paths, map, report, progress or (lambda _done, _all, _what: None), over)
    report.seconds = time.monotonic() - started
    return report


def _ingest(
    store: Warehouse, paths: list[Path] | None, given: Path | None, report: IngestReport, progress: Progress, over: MapLike
) -> None:
    home, connection, since = store.home, store.connection, now()
    book = MapBook(home)
    report.errors += [str(error) for error in book.errors]
    progress(0, 0, "trackers and folders")
    if paths is None:
        report.errors += [*poll(home), *mirror(home, copy_rules(home, book), over, progress)]
    found = sorted(discover(home, paths), key=runs_first)
    total, done = sum(item.size for item in found), 0
    progress(0, total, counted(len(found), "file"))
    looked = _Look(store, book, given, report)
    for group, parsed in parsed_groups(home, batches(looked.tasks(found)), over):
        progress(done, total, group[0].file.source_uri)
        accounts = take(connection, group, parsed)
        looked.forget(file for file in accounts if file.read_as.startswith("refused:"))
        for file, account in accounts.items():
            report.files += 1
            report.refused_files += account.rows == 1 and account.quarantined == 1 and account.ingested == 0
            report.totals.add(**vars(account))
            done += file.size
        _count_reasons(store, [task.file for task in group], report)
    looked.remember()
    if report.totals.runs:
        report.shared_ids = dict(connection.execute(sql("select_shared_run_ids"), {"since": since}).fetchall())
    progress(total, total, "")


def _count_reasons(store: Warehouse, files: list[LogFile], report: IngestReport) -> None:
    hashes = [file.content_hash for file in files]
    for reason, count in store.connection.execute(sql("select_quarantine_reasons"), {"hashes": hashes}).fetchall():
        report.reasons[reason] = report.reasons.get(reason, 0) + count


class _Look:
    """Looks at every file that was found, and passes on those that are not in the store yet."""

    def __init__(self, store: Warehouse, book: MapBook, given: Path | None, report: IngestReport) -> None:
        self.store, self.book, self.given, self.report = store, book, given, report
        connection = store.connection
        self.known = set(connection.execute(sql("select_ingest_log_keys")).fetchall())
        rows = connection.execute(sql("select_file_stamps")).fetchall()
        self.stamps = {path: (size, mtime, read_as) for path, size, mtime, read_as, _ in rows}
        self.copies = Copies({path: content for path, _, _, _, content in rows}, self.known)
        self.seen: list[dict[str, object]] = []

    def tasks(self, found: Iterable[Found]) -> Iterator[Task]:
        """The files to take, each with the way to read it; those that nobody can read go to quarantine here."""
        for item in found:
            try:
                task = self._task(item)
            except (Refused, LawbookError, OSError) as error:
                self._refuse(item, refusal(error))
                continue
            if task:
                yield task

    def _task(self, item: Found) -> Task | None:
        """How the file is to be read; None where it is unchanged, or no log. Raises Refused where it cannot be."""
        if item.outside:
            raise Refused("outside", f"{item.source_uri} is a link that leads out of its folder; copy the file instead")
        if item.wrong:
            raise Refused("unreadable", f"{item.source_uri}: {item.wrong}")
        _stays_inside(item, Path(f"{item.path}.map.toml"))
        stamp = self.stamps.get(str(item.path))
        maps = "".join(one.stamp(item.path) for one in self.book.find(item.path, self.given))
        if stamp and stamp[:2] == (item.size, item.mtime_ns) and self._as_before(item, maps, stamp[2]):
            self.report.unchanged += 1
            return None
        if item.size > self.store.home.config.largest_file:
            raise Refused("too_large", f"{item.size} bytes; config.toml allows {self.store.home.config.largest_file}")
        way = first_look(item, self.book, self.given)
        if way is None:
            if item.strict:
                raise unknown(item.path)
            return None
        return self._read_anew(item, way, maps)

    def _read_anew(self, item: Found, way: Way, maps: str) -> Task | None:
        """The task of a file that is new or changed; None where the same bytes have been read so before."""
        companions = way.reader.companions(item.path) if way.reader else ()
        _stays_inside(item, *companions)
        read_as = way.digest(item.path) + "".join(file_hash(path) for path in companions)
        if way.reader:
            read_as += way.reader.depends(item.path)
        if waits := is_open(item.path):
            read_as += WAITS
        namespace = next((one.body.namespace for one in way.maps if one.body.namespace), item.namespace)
        file = replace(self._file(item, way.name, read_as, f"{maps}{WAITS if waits else ''}"), namespace=namespace)
        run = way.reader.run_name(item.path, item.names) if way.reader else ""
        if way.reader and not way.reader.names_runs:
            file = self.copies.told_apart(file, run)
        if (file.content_hash, file.namespace, file.read_as) in self.known:
            self.report.unchanged += 1
            return None
        self.known.add((file.content_hash, file.namespace, file.read_as))
        return Task(file, with_shape(way, item.path), run)

    def _as_before(self, item: Found, maps: str, read_as: str) -> bool:
        """Whether an unchanged file would be read as it was; one that waited for its last line end may wait no longer."""
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
        return LogFile(item.path, item.namespace, item.source_uri, name, digest, item.size, read_as)

    def _refuse(self, item: Found, refused: Refused) -> None:
        if refused.passes:  # its size and time may be kept already
            self.seen = [one for one in self.seen if one["path"] != str(item.path)]
        outside = bool(item.wrong) or refused.reason == "outside" or refused.passes
        file = _by_place(item, refused) if outside else self._known_by_content(item, refused)
        key = (file.content_hash, file.namespace, file.read_as)
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


def _stays_inside(item: Found, *beside: Path) -> None:
    for path in beside:
        if path.exists() and not path.is_file():
            raise Refused("outside", f"{path.name!r}, which is read with it, is no plain file; remove it")
        if item.leads_out(path):
            raise Refused(
                "outside", f"{path.name!r}, which is read with it, is a link that leads out of its folder; copy the file instead"
            )


def _by_place(item: Found, refused: Refused) -> LogFile:
    """A file that is not known by its bytes: the fix may leave them as they are, so it is looked at again each time."""
    item = replace(item, outside=True)
    return LogFile(item.path, item.namespace, item.source_uri, "unknown", item.content_hash, 0, f"refused:{refused.reason}")
