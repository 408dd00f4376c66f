"""From log files to the store: what is new is read once, what cannot be used is refused with a reason, nothing is lost."""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from pipeline.compute import IN_PROCESS, MapLike
from pipeline.home import Home
from pipeline.ingest.check import CheckReport, check
from pipeline.ingest.corrections import correction
from pipeline.ingest.ingest_report import IngestReport
from pipeline.ingest.load.ahead import parsed_groups
from pipeline.ingest.load.batch import LogFile
from pipeline.ingest.load.reading import Task, batches, copy_rules, runs_first
from pipeline.ingest.load.taking import take
from pipeline.ingest.looking import Look
from pipeline.ingest.maps.maps import MapBook
from pipeline.ingest.sources.discover import discover
from pipeline.ingest.sources.mirror import mirror
from pipeline.ingest.sources.trackers import poll
from pipeline.ingest.unread import forget_read, unread
from pipeline.places import expanded
from pipeline.store.statements import sql
from pipeline.store.warehouse import Warehouse, now
from pipeline.terminal import counted

__all__ = ["CheckReport", "IngestReport", "Progress", "check", "ingest"]

Progress = Callable[[int, int, str], None]  # bytes done, bytes in all, what is being read


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
    paths = None if sources is None else [Path(os.path.normpath(expanded(source).absolute())) for source in sources]
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
    shown = Shown(progress, sum(item.size for item in found))
    shown.of(counted(len(found), "file"))
    looked = Look(store, book, given, report)
    tasks = list(looked.tasks(found))
    corrected = correction(connection, looked, tasks)
    while tasks:
        _take_tasks(store, looked, tasks, report, shown, over)
        tasks = corrected.more(looked) if corrected else []
    if corrected:
        report.withdrawn = corrected.finish(looked.unread)
    looked.remember()
    forget_read(connection, looked.unread, paths)
    report.unread = unread(connection)
    if report.totals.runs:
        report.shared_ids = dict(connection.execute(sql("select_shared_run_ids"), {"since": since}).fetchall())
    progress(shown.total, shown.total, "")


@dataclass
class Shown:
    """How far the reading is."""

    progress: Progress
    total: int
    done: int = 0

    def of(self, what: str) -> None:
        """Says what is being read."""
        self.progress(min(self.done, self.total), self.total, what)


def _take_tasks(store: Warehouse, looked: Look, tasks: list[Task], report: IngestReport, shown: Shown, over: MapLike) -> None:
    """Takes files into the store, batch by batch."""
    for group, parsed in parsed_groups(store.home, batches(tasks), over):
        shown.of(group[0].file.source_uri)
        accounts = take(store.connection, group, parsed)
        looked.forget(file for file in accounts if file.read_as.startswith("refused:"))
        looked.refused(file for file, account in accounts.items() if account.refused_whole)
        for file, account in accounts.items():
            report.files += 1
            report.refused_files += account.refused_whole
            report.totals.add(**vars(account))
            shown.done += file.size
        _count_reasons(store, [task.file for task in group], report)


def _count_reasons(store: Warehouse, files: list[LogFile], report: IngestReport) -> None:
    hashes = [file.content_hash for file in files]
    for reason, count in store.connection.execute(sql("select_quarantine_reasons"), {"hashes": hashes}).fetchall():
        report.reasons[reason] = report.reasons.get(reason, 0) + count
