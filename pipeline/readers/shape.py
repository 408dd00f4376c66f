"""What a table file looks like from its first bytes: format, columns and their types; or why it cannot be read."""

import csv
import gzip
import io
import mmap
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from pipeline.readers.json_keys import Inner, inner_cells, inner_columns, json_keys

FORMATS = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json"}
HEAD = 1 << 18
MOST_COLUMNS = 4096
LONGEST_LINE = 2_000_000
STRETCH = 1 << 19
LOOKED_AT = 4096
MOST_COMMENTS = 1000
MOST_ROWS = 200
"""Rows of a table whose cells are looked at for objects."""
STATED = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
PRINTED = b"\t\n\r\f\v\b\x1b"
"""Control characters that text holds, and what a terminal is told."""
INFLATION = 200  # a compressed file may grow to this many times its size, and to 64 MiB in any case
DUPLICATE = "several columns are called {!r}; keep the one that is meant"
RESERVED = ("lawbook_file", "lawbook_row", "file_index", "file_row_number", "rowid", "place")


class Refused(Exception):
    """A whole file that is refused; goes to quarantine with this reason and detail."""

    def __init__(self, reason: str, detail: str, passes: bool = False) -> None:
        """`passes`: the cause is not in the bytes of the file, so the next ingest tries again."""
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail, self.passes = reason, detail, passes


@dataclass(frozen=True)
class Shape:
    """Format, delimiter and columns (name, DuckDB type) of a table file; files of one shape are read together."""

    format: str
    delimiter: str
    columns: tuple[tuple[str, str], ...]
    skip: int = 0
    twice: tuple[str, ...] = ()  # names that stand more than once in its header, in any case
    inner: Inner = ()

    @property
    def own(self) -> tuple[tuple[str, str], ...]:
        """The columns that its lines have themselves, without what stands inside an object."""
        inner = {name for name, _, _ in self.inner}
        return tuple((name, kind) for name, kind in self.columns if name not in inner)

    @property
    def types(self) -> dict[str, str]:
        """Name to type."""
        return dict(self.columns)


def table_format(path: Path) -> str | None:
    """csv, parquet, jsonl or json by the extension; None for anything else."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    return FORMATS.get(suffixes[-1]) if suffixes else None


def read_head(path: Path, size: int = HEAD) -> bytes:
    """The first bytes of the file, decompressed."""
    try:
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as compressed:
                return compressed.read(size)
        with path.open("rb") as plain:
            return plain.read(size)
    except (OSError, EOFError, zlib.error) as error:
        raise not_read(error) from error


def not_read(error: Exception) -> Refused:
    """Why the bytes of a file cannot be had: the disk's fault passes, that of damaged bytes does not."""
    passes = isinstance(error, OSError) and error.errno is not None
    return Refused("unreadable", disk_words(error) if isinstance(error, OSError) else f"{error}", passes)


def disk_words(error: OSError) -> str:
    """What the operating system says of a file, and the fix."""
    said = error.strerror or str(error)
    return f"{error.filename or 'the file'} cannot be read: {said}; mend its place or its rights, the next ingest tries again"


def shape_of(path: Path, delimiter: str | None = None, skip: int = 0, nested: bool = False) -> Shape:
    """The shape of a table file; Refused names what is wrong with the file as a whole.

    `nested`: what stands inside an object, of JSON Lines or in a cell, is a column `outer.inner` too.
    """
    kind = table_format(path)
    if path.stat().st_size == 0:
        raise Refused("empty_file", "the file has no bytes")
    if kind == "parquet":
        return _parquet_shape(path)
    if path.suffix.lower() == ".gz":
        _refuse_bomb(path)
    text = decoded(read_head(path))
    if kind == "csv":
        return _csv_shape(path, text, delimiter, skip, nested)
    if kind == "jsonl":
        keys = json_keys(text)
        if len(keys) > MOST_COLUMNS:
            raise Refused("too_many_columns", f"more than {MOST_COLUMNS} keys; at most that many are read")
        if not keys:
            raise Refused("unreadable", "no line at the start of the file is a JSON object; write one object a line")
        if again := twice(keys):
            raise Refused("duplicate_column", DUPLICATE.format(again[0]))
        inner = _few(inner_columns(text, keys) if nested else (), keys)
        return Shape("jsonl", "", tuple((name, "VARCHAR") for name in (*keys, *(name for name, _, _ in inner))), inner=inner)
    raise Refused("unrecognised", f"no reader knows {path.name!r}; add a map, or use a name that docs/logs.md lists")


def decoded(head: bytes) -> str:
    """The head as text; files that are not UTF-8 from the start are refused, single bad bytes later only cost their row."""
    if not head.strip():
        raise Refused("empty_file", "the file has no rows")
    if is_binary(head):
        raise Refused("undecodable", "the file is UTF-16 or binary; save it as UTF-8")
    if b"\x00" in head[:LOOKED_AT]:
        line = 1 + head[: head.index(b"\x00")].count(b"\n")
        raise Refused("undecodable", f"line {line} holds a NUL byte: the file is damaged; copy it again, or remove the byte")
    return head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")


def is_binary(head: bytes) -> bool:
    """Whether the file is no text in UTF-8: UTF-16, which has a NUL in every second place, or mostly bytes that no text has.

    A text may hold a few NUL bytes where a disk or a log rotation left a hole.
    """
    start = head[:LOOKED_AT]
    halves = [half.count(0) / max(len(half), 1) for half in (start[::2], start[1::2])]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or (max(halves) > 0.3 and min(halves) < max(halves) / 2):
        return True
    text = start.replace(b"\x00", b"")
    return len(text) < len(start) and sum(byte < 32 and byte not in PRINTED for byte in text) > len(text) / 100


def unique_names(names: list[str]) -> list[str]:
    """Column names made different ignoring case, as DuckDB needs them: a, A -> a, A_1."""
    seen = dict.fromkeys(RESERVED, 1)
    result = []
    for place, name in enumerate(names):
        base = name.strip().removeprefix("\ufeff") or f"column_{place}"
        chosen = base
        while chosen.lower() in seen:
            seen[base.lower()] = seen.get(base.lower(), 0) + 1
            chosen = f"{base}_{seen[base.lower()] - 1}"
        seen[chosen.lower()] = 1
        result.append(chosen)
    return result


def twice(names: list[str]) -> tuple[str, ...]:
    """The names that differ from another only by case or blanks, each once; a column without a name has none."""
    counts = Counter(plain for name in names if (plain := name.strip().lower()))
    return tuple(name for name, count in counts.items() if count > 1)


def _csv_shape(path: Path, text: str, delimiter: str | None, skip: int, nested: bool) -> Shape:
    said, before = (None, 0) if skip else _preamble(text)
    delimiter, skip = delimiter or said, skip or before
    lines = text.splitlines(keepends=True)[skip:]
    if len(text) >= HEAD - 4 and len(lines) <= 1:
        raise Refused("line_too_long", f"the header is longer than {HEAD} bytes")
    header = next((line for line in lines if line.strip()), "")
    if "\ufffd" in header:
        raise Refused("undecodable", "the header is not UTF-8; save the file as UTF-8")
    mark = delimiter or ("\t" if ".tsv" in path.name.lower() else _delimiter(header))
    try:
        names = next(csv.reader(io.StringIO("".join(lines), newline=""), delimiter=mark))
    except (csv.Error, StopIteration) as error:
        raise Refused("unreadable", f"the header cannot be split into columns: {error}") from error
    if len(names) > MOST_COLUMNS:
        raise Refused("too_many_columns", f"{len(names)} columns; at most {MOST_COLUMNS} are read")
    unique = unique_names(names)
    inner = _few(inner_cells(_rows(lines, mark), unique) if nested and "{" in text else (), unique)
    columns = tuple((name, "VARCHAR") for name in (*unique, *(name for name, _, _ in inner)))
    return Shape("csv", mark, columns, skip, twice(names), inner)


def _few(inner: Inner, own: list[str]) -> Inner:
    """The columns that stand inside objects; none where they and the others are more than a table may have."""
    return inner if len(inner) + len(own) <= MOST_COLUMNS else ()


def _rows(lines: list[str], mark: str) -> list[list[str]]:
    """The rows below the header that are looked at; none where they cannot be split."""
    try:
        whole = lines if len("".join(lines)) < HEAD - 4 else lines[:-1]
        return list(islice(csv.reader(io.StringIO("".join(whole), newline=""), delimiter=mark), 1, MOST_ROWS))
    except csv.Error:
        return []


def _preamble(text: str) -> tuple[str | None, int]:
    """The delimiter that a first line `sep=;` states, as spreadsheets write it, and how many lines are no table yet.

    Lines that begin with # are comments, but for one that has as many cells as the line below it: a header.
    """
    lines = text.splitlines()[:MOST_COMMENTS]
    said = STATED.fullmatch(lines[0].strip()) if lines else None
    place = 1 if said else 0
    while place < len(lines) and lines[place].startswith("#"):
        mark = _delimiter(lines[place])
        if place + 1 < len(lines) and 0 < lines[place].count(mark) == lines[place + 1].count(mark):
            break
        place += 1
    return said[1] if said else None, place


def _delimiter(header: str) -> str:
    outside = "".join(header.split('"')[::2])
    return max(",\t;|", key=outside.count)


def parquet_schema(path: Path) -> dict[str, pl.DataType]:
    """The columns of a Parquet file: of the one that has this name, which Polars would take for a pattern."""
    with path.open("rb") as file:
        return pl.read_parquet_schema(file)


def _parquet_shape(path: Path) -> Shape:
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(-4, io.SEEK_END)
            if start != b"PAR1" or file.read(4) != b"PAR1":
                raise Refused("truncated", "the file has no Parquet footer: it was cut, or is no Parquet file")
        schema = parquet_schema(path)
    except OSError as error:
        raise not_read(error) from error
    except pl.exceptions.PolarsError as error:
        raise Refused("unreadable", f"{error}"[:500]) from error
    if len(schema) > MOST_COLUMNS:
        raise Refused("too_many_columns", f"{len(schema)} columns; at most {MOST_COLUMNS} are read")
    if taken := [name for name in schema if name.lower() in RESERVED]:
        raise Refused("reserved_name", f"a column is called {taken[0]!r}, which ingest needs itself; rename it")
    return Shape("parquet", "", tuple((name, _duckdb_type(kind)) for name, kind in schema.items()), twice=twice(list(schema)))


def _duckdb_type(kind: pl.DataType) -> str:
    if kind.is_numeric():
        return "DOUBLE" if kind.is_float() else "BIGINT"
    if kind == pl.Boolean:
        return "BOOLEAN"
    return "TIMESTAMP" if kind.is_temporal() else "VARCHAR"


def has_long_line(path: Path) -> bool:
    """Whether some line is longer than a megabyte: a stretch of half of that without a line's end is looked for."""
    if path.suffix.lower() == ".gz":
        with gzip.open(path) as file:
            return any(b"\n" not in block and len(block) == STRETCH for block in iter(lambda: file.read(STRETCH), b""))
    size = path.stat().st_size
    if size < STRETCH:
        return False
    with path.open("rb") as plain, mmap.mmap(plain.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return any(view.find(b"\n", start, start + STRETCH) < 0 for start in range(0, size - STRETCH + 1, STRETCH))


def _refuse_bomb(path: Path) -> None:
    """Counts the decompressed bytes without keeping them, and stops at the limit."""
    limit = max(INFLATION * path.stat().st_size, 64 << 20)
    size = 0
    try:
        with gzip.open(path) as file:
            while block := file.read(1 << 20):
                size += len(block)
                if size > limit:
                    raise Refused(
                        "bomb", f"it grows to more than {INFLATION} times its size; unpack it yourself if it is what you mean"
                    )
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise not_read(error) from error
        raise Refused("truncated", f"the compressed file is damaged: {error}") from error
