"""A batch: the files that share one transaction, and what became of each of their rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from pipeline.redaction import HIDDEN, SHORTEST, is_secret
from pipeline.store.statements import Fragment, literal, quote, sql


class BatchConflict(Exception):
    """Two files of one batch contradict each other: the batch is replayed file by file, so that the later makes a new version."""


@dataclass(frozen=True)
class LogFile:
    """A file to take: where it is, whose runs it holds, and what it was read with."""

    path: Path
    namespace: str
    source_uri: str
    source_format: str
    content_hash: str
    size: int
    read_as: str
    names: Path
    """The folder of its namespace, below which its place names its run."""
    way: str = ""
    """The reader or the maps, with their edition."""
    given: bool = False
    """Whether the map was given by a person for this one look."""


def by_place(file: LogFile) -> bool:
    """Whether a refused file is known by its place: the fix may leave its bytes as they are, or nobody has seen them."""
    return file.content_hash == f"link:{file.source_uri}"


@dataclass
class Account:
    """What became of the rows of one file: rows = ingested + duplicates + filtered + quarantined."""

    rows: int = 0
    ingested: int = 0
    duplicates: int = 0
    filtered: int = 0
    quarantined: int = 0
    runs: int = 0
    measurements: int = 0
    cells: int = 0  # rejected in rows that were ingested without them

    def add(self, **amounts: int) -> None:
        """Adds to the counts."""
        for name, amount in amounts.items():
            setattr(self, name, getattr(self, name) + amount)

    @property
    def refused_whole(self) -> bool:
        """Whether nothing of the file was taken: it is one refused row."""
        return (self.rows, self.quarantined, self.ingested) == (1, 1, 0)

    def as_dict(self) -> dict[str, int]:
        """The counts, also by the names that they had before; these end with the next release."""
        return vars(self) | {"taken": self.ingested, "repeats": self.duplicates}


@dataclass
class Batch:
    """The files of one transaction, numbered from 0 as `lawbook_file`."""

    connection: duckdb.DuckDBPyConnection
    files: Sequence[LogFile]
    now: datetime
    accounts: list[Account] = field(default_factory=list)
    parts: int = 0
    """Parts of which the runs have been merged."""

    def __post_init__(self) -> None:
        self.accounts = [Account() for _ in self.files]
        frame = pl.DataFrame(
            {
                "lawbook_file": pl.Series(range(len(self.files)), dtype=pl.Int32),
                "namespace": [file.namespace for file in self.files],
                "source_uri": [file.source_uri for file in self.files],
                "source_format": [file.source_format for file in self.files],
                "content_hash": [file.content_hash for file in self.files],
                "way": [file.way for file in self.files],
                "given": [file.given for file in self.files],
            }
        )
        self.connection.register("batch_frame", frame)
        self.run("create_batch_files")
        self.connection.unregister("batch_frame")
        self.run("delete_quarantine")
        self.run("delete_unusable_points")

    def run(self, name: str, **identifiers: str | Sequence[str]) -> duckdb.DuckDBPyConnection:
        """Executes a statement; $now is the moment of the batch."""
        text = sql(name, **identifiers)
        return self.connection.execute(text, {"now": self.now} if "$now" in text else {})

    def counts(self, name: str, **identifiers: str | Sequence[str]) -> Counter[int]:
        """File number to count."""
        return Counter({int(number): int(count) for number, count in self.run(name, **identifiers).fetchall()})

    def one(self, name: str, **identifiers: str | Sequence[str]) -> tuple[int, ...]:
        """The only row of the answer, NULL as 0."""
        rows = self.run(name, **identifiers).fetchall()  # a result that is not read to its end blocks the connection
        return tuple(value or 0 for value in rows[0])

    def add(self, **amounts: Counter[int]) -> None:
        """Adds counts a file to the accounts."""
        for name, counter in amounts.items():
            for number, count in counter.items():
                self.accounts[number].add(**{name: count})


def raw_row(columns: Sequence[str]) -> Fragment:
    """The staged row as one struct, for quarantine."""
    return Fragment("{" + ", ".join(f"{literal(name)}: {hidden(name, quote(name))}" for name in columns) + "}")


def hidden(name: str, value: str) -> str:
    """The SQL of a value that will be read by everybody: a secret's, which is a text of some length, is not shown."""
    if not is_secret(name):
        return value
    text = f"CAST({value} AS VARCHAR)"
    plain = f"length({text}) < {SHORTEST} OR TRY_CAST({text} AS DOUBLE) IS NOT NULL"
    return f"CASE WHEN {plain} THEN {text} ELSE {literal(HIDDEN)} END"
