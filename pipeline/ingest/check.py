"""What a file would become, without taking it: how it is recognised, what each column is read as, and what would be refused."""

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipeline.errors import LawbookError
from pipeline.home import Home
from pipeline.ingest.check_sweeps import odd_runs
from pipeline.ingest.column_words import column_words
from pipeline.ingest.doubts import doubts
from pipeline.ingest.load.batch import Account
from pipeline.ingest.load.reading import first_look, unknown, with_shape
from pipeline.ingest.load.taking import refusal
from pipeline.ingest.maps.foreign import FIX, foreign
from pipeline.ingest.maps.maps import MapBook
from pipeline.ingest.maps.one_name import of_one_name
from pipeline.ingest.sources.discover import discover
from pipeline.ingest.sources.found import Found
from pipeline.ingest.sources.mirror import MAP_BESIDE
from pipeline.ingest.sources.notes import notes_with_tables
from pipeline.places import expanded
from pipeline.readers.shape import Refused
from pipeline.store.statements import sql
from pipeline.store.warehouse import Warehouse
from pipeline.terminal import counted, shown


@dataclass
class CheckReport:
    """What `check` found: reader and columns of each file, the counts of a trial in an empty home, and what it refused."""

    files: list[dict[str, object]] = field(default_factory=list)
    totals: Account = field(default_factory=Account)
    refused: list[dict[str, object]] = field(default_factory=list)
    runs: list[dict[str, object]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything in the files would be taken."""
        return not self.errors and not self.totals.quarantined

    def to_json(self) -> dict[str, object]:
        """The report as plain values."""
        return {**vars(self), "totals": self.totals.as_dict(), "ok": self.ok}

    def summary(self) -> str:
        """The report in lines for a person."""
        lines = _alike(self.files)
        t = self.totals
        lines.append(
            f"{counted(t.rows, 'row')}: {t.ingested} would be ingested ({counted(t.runs, 'run')}, "
            f"{counted(t.measurements, 'measurement')}), "
            f"{counted(t.duplicates, 'duplicate')}, {t.filtered} filtered, {t.quarantined} rejected"
        )
        lines += _refusals(self.refused, {line for item in self.files for line in _columns(item)})
        return "\n".join([*lines, *(f"  {shown(warning)}" for warning in self.warnings), *map(shown, self.errors)])


def _alike(files: list[dict[str, object]]) -> list[str]:
    """Each file with what it becomes; files that become the same are said once, with how many they are."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for item in files:
        name = str(item["file"])
        said = (str(item["format"]), *(line.replace(repr(name), "it") for line in _columns(item)))
        groups.setdefault(said, []).append(shown(name))
    return [
        line
        for (way, *columns), names in groups.items()
        for line in (
            f"{names[0]}{f' and {len(names) - 1} more like it' if len(names) > 1 else ''}: {way}",
            *(_indented(column) for column in columns),
        )
    ]


def _columns(item: dict[str, object]) -> list[str]:
    columns = item["columns"]
    return [str(line) for line in columns] if isinstance(columns, list) else []


def _indented(text: str) -> str:
    """Lines below a file's: those of a draft stay lines."""
    return "\n".join(f"  {shown(line)}" for line in text.split("\n"))


def _refusals(refused: list[dict[str, object]], said: set[str]) -> list[str]:
    """The refused rows, alike ones once; what was said of a whole file already is not said again."""
    rows: dict[str, list[object]] = {}
    for item in refused:
        reason = f"{item['reason']}: {item['detail']}"
        if reason not in said:
            rows.setdefault(reason, []).append(item["row_number"])
    return [
        _indented(f"row {numbers[0]}{f' and {len(numbers) - 1} more' if len(numbers) > 1 else ''}: {reason}")
        for reason, numbers in rows.items()
    ]


def check(
    path: str | Path,
    map: str | Path | None = None,
    home: Home | None = None,
    examples: int = 20,
    progress: Callable[[int, int, str], None] | None = None,
    also: Callable[[duckdb.DuckDBPyConnection], Iterable[str]] | None = None,
) -> CheckReport:
    """What would be ingested from a file or folder and what refused; writes nothing to any home.

    Maps are those of `home` (or of the project alone), or the given one. Errors of a map or an unreadable file are in the report.
    also: what else is to be said of the runs in the trial's store.
    """
    source, given = expanded(path).absolute(), expanded(map).absolute() if map else None
    report = CheckReport()
    if not source.exists():
        raise LawbookError("there is no such file or folder", place=str(source), fix="check the path")
    with tempfile.TemporaryDirectory(prefix="lawbook-check-") as folder:
        trial = Home.open(folder)
        if home:
            for item in filter(Path.is_file, home.maps.glob("*.toml")):
                (trial.maps / item.name).write_bytes(item.read_bytes())
        book = MapBook(trial)
        every = [found for found in discover(trial, [source]) if not book.is_beside(found.path, given)]
        report.files = [_describe(found, book, given) for found in every]
        logs = [found for found in every if not (found.wrong or found.outside)]
        report.errors = [str(error) for error in book.errors]
        _try(trial, source, given, report, examples, progress, also or (lambda _: ()))
        report.warnings += of_one_name(logs, book, given)
        report.warnings += notes_with_tables(source)
        if home:
            beside = sorted({Path(f"{found.path}{MAP_BESIDE}") for found in discover(trial, [source])})
            report.warnings += [f"{said}; {FIX}" for path in beside if path.exists() and (said := foreign(home, path))]
    return report


def _describe(found: Found, book: MapBook, given: Path | None) -> dict[str, object]:
    if found.wrong or found.outside:
        why = found.wrong or "it is a link that leads out of its folder; copy the file instead"
        return {"file": found.path.name, "format": "refused", "columns": [why]}
    try:
        way = first_look(found, book.find(found.path, given))
        if way is None:
            raise unknown(found.path)
        run = way.reader.run_name(found.path, found.names) if way.reader else ""
        columns = column_words(with_shape(way, found.path), found, run)
    except (Refused, LawbookError, OSError) as error:
        return {"file": found.path.name, "format": "refused", "columns": [str(refusal(error))]}
    return {"file": found.path.name, "format": way.name, "columns": columns}


def _try(
    trial: Home,
    source: Path,
    given: Path | None,
    report: CheckReport,
    examples: int,
    progress: Callable[[int, int, str], None] | None,
    also: Callable[[duckdb.DuckDBPyConnection], Iterable[str]],
) -> None:
    from pipeline.ingest.ingest import ingest  # it offers `check` itself

    with Warehouse(trial, reads=[source if source.is_dir() else source.parent]) as warehouse:
        done = ingest(trial, sources=[source], map=given, warehouse=warehouse, progress=progress)
        report.totals = done.totals
        connection = warehouse.connection
        report.refused = _rows(connection, "select_refused_examples", examples)
        report.runs = _rows(connection, "select_run_examples", examples)
        report.warnings = [*doubts(connection, examples), *odd_runs(connection), *also(connection)]


def _rows(connection: duckdb.DuckDBPyConnection, name: str, examples: int) -> list[dict[str, object]]:
    answer = connection.execute(sql(name), {"examples": examples})
    names = [column[0] for column in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
