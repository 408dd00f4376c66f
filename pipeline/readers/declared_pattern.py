"""Text that no reader knows (torchrun or SLURM output, a trainer of one's own), by the regular expression that a map declares.

The expression runs in Polars' engine, whose time is linear in the text whatever the expression: it knows no look-around and no
back-references, and an expression that would grow too large is refused before it runs.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import duckdb
import polars as pl

from pipeline.readers.formats.textlogs import text_lines
from pipeline.readers.shape import RESERVED, Refused, Shape
from pipeline.store.statements import sql

LINES_AT_ONCE = 50_000
LONGEST_PATTERN = 2000


class NoMatch(Refused):
    """No line of a file matches; of several maps one that matches is enough."""


def pattern_shape(pattern: str) -> Shape:
    """A shape with a text column for each named group; Refused names what is wrong with the expression."""
    if len(pattern) > LONGEST_PATTERN:
        raise Refused("bad_map", f"pattern has {len(pattern)} characters; at most {LONGEST_PATTERN} are read")
    try:
        fields = pl.Series([""]).str.extract_groups(pattern).struct.fields
    except pl.exceptions.PolarsError as error:
        words = " ".join(str(error).split())[:300]
        raise Refused("bad_map", f"pattern = {pattern!r} is no regular expression without look-around: {words}") from error
    names = [name for name in fields if not name.isdigit()]
    if not names:
        raise Refused("bad_map", f"pattern = {pattern!r} has no named group; write (?P<loss>...) for what is to be a column")
    if taken := [name for name in names if name.lower() in RESERVED]:
        raise Refused("bad_map", f"pattern = {pattern!r}: the group {taken[0]!r} has a name that ingest needs itself; rename it")
    return Shape("pattern", pattern, tuple((name, "VARCHAR") for name in names))


def stage_pattern(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], shape: Shape) -> int:
    """Fills staged_frame with the lines that match, their groups as columns and the line's number as row; returns how many.

    Raises Refused where a file has no such line.
    """
    frames = [_matches(path, number, shape) for number, path in enumerate(paths)]
    connection.register("reader_frame", pl.concat(frames))
    connection.execute(sql("stage_frame"))
    connection.unregister("reader_frame")
    return sum(frame.height for frame in frames)


def _matches(path: Path, number: int, shape: Shape) -> pl.DataFrame:
    """The matching lines of one file; all others are noise."""
    found = [block for block in _blocks(path, shape) if block.height]
    if not found:
        raise NoMatch("unreadable", f"no line of {path.name!r} matches pattern = {shape.delimiter!r} of its map")
    return pl.concat(found).with_columns(pl.lit(number, pl.Int32).alias("lawbook_file"))


def _blocks(path: Path, shape: Shape) -> Iterator[pl.DataFrame]:
    lines = text_lines(path)
    names = [name for name, _ in shape.columns]
    while block := list(islice(lines, LINES_AT_ONCE)):
        text = pl.DataFrame(block, schema={"lawbook_row": pl.Int64, "lawbook_text": pl.String}, orient="row")
        kept = text.filter(pl.col("lawbook_text").str.contains(shape.delimiter))
        groups = kept["lawbook_text"].str.strip_chars_end("\r\n").str.extract_groups(shape.delimiter).struct.unnest()
        yield groups.select(names).with_columns(kept["lawbook_row"])
