"""Brings table files of one shape into one relation: file number, row number, and the columns as the file has them.

Text formats become a temporary table of text; Parquet is read in place. Lines that cannot be split into cells go to the temporary
table refused_lines, with their row number, and the rows behind them keep theirs.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from pipeline.faults import spoils_the_store, stops
from pipeline.readers.declared_pattern import stage_pattern
from pipeline.readers.ends import UNENDED, is_open
from pipeline.readers.json_table import stage_json
from pipeline.readers.line_ends import with_one_line_end
from pipeline.readers.shape import HEAD, LONGEST_LINE, MOST_COLUMNS, Refused, Shape, has_long_line
from pipeline.store.statements import Fragment, literal, plain, quote, sql

CUT = "Could not read enough bytes"
"""What DuckDB says of a file that is shorter than it says itself."""
MOST_ROWS = 2_000_000_000
MANY_GROUPS, SMALL_GROUP = 2000, 1000
FEW_ROWS, ROWS_A_BYTE = 10_000_000, 50  # a Parquet file of many rows that claims more than 50 for each of its bytes is refused


@dataclass(frozen=True)
class Staged:
    """A staged relation, its shape, and how many rows it has (refused lines not counted)."""

    relation: Fragment
    shape: Shape
    rows: int
    typed: bool = False  # its checked rows are in typed_rows already


def stage(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], shape: Shape, growing: bool = True) -> Staged:
    """Stages the files, numbered from 0 in the given order; of `growing` ones a last line without its end may be half written."""
    connection.execute(sql("create_refused_lines"))
    if shape.format == "pattern":
        return Staged(Fragment("staged_frame"), shape, stage_pattern(connection, paths, shape))
    if shape.format == "parquet":
        return _stage_parquet(connection, paths, shape)
    if shape.format == "json":
        return Staged(Fragment("staged_frame"), shape, stage_json(connection, paths))
    try:
        if shape.format == "csv":
            _load_any_csv(connection, paths, shape)
            if growing:
                _wait_for_ends(connection, paths)
        else:
            shape = all_keys(connection, paths, shape)
            _load_json(connection, paths, shape)
        if shape.inner:
            connection.execute(sql("stage_inner_columns", columns=_inner(shape)))
    except duckdb.Error as error:
        raise _of_the_logs(error, _words(error), paths) from error
    return _number_rows(connection, shape, len(paths))


def _list(paths: Sequence[Path]) -> Fragment:
    return Fragment("[" + ", ".join(literal(plain(path)) for path in paths) + "]")


def _names(paths: Sequence[Path]) -> Fragment:
    return Fragment(", ".join(f"({number}, {literal(str(path))})" for number, path in enumerate(paths)))


def _struct(shape: Shape) -> Fragment:
    return Fragment("{" + ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in shape.own) + "}")


def _inner(shape: Shape) -> Fragment:
    """The columns that stand inside an object; NULL in a row whose column is none."""
    values = ((quote(column), literal(path), quote(name)) for name, column, path in shape.inner)
    return Fragment(
        ", ".join(f"CASE WHEN json_valid({it}) THEN json_extract_string({it}, {at}) END AS {name}" for it, at, name in values)
    )


def _lines(paths: Sequence[Path]) -> dict[str, Fragment]:
    """How long a line may be. In parallel DuckDB 2.0 drops a line that is longer than its buffer without a word, so not then."""
    parallel = not any(has_long_line(path) for path in paths)
    return {"line": Fragment(str(LONGEST_LINE)), "parallel": Fragment("true" if parallel else "false")}


def reading(paths: Sequence[Path], shape: Shape) -> Fragment:
    """The query that reads the rows of text files of one shape, numbered by file."""
    if shape.format != "csv":
        return Fragment(sql("read_json", paths=_list(paths), columns=_struct(shape)))
    options = {"delimiter": Fragment(literal(shape.delimiter)), "skip": Fragment(str(shape.skip)), **_lines(paths)}
    return Fragment(sql("read_csv", paths=_list(paths), columns=_struct(shape), **options))


def _of_the_logs(error: Exception, words: str, paths: Sequence[Path]) -> Exception:
    """The error as the reason for which logs are refused; as it is where the machine failed and none of them.

    What the disk did not give of a log passes; that a log is shorter than it says itself does not.
    """
    said = str(error)
    named = any(name in said for path in paths for name in (str(path), plain(path)))
    if stops(error) or (spoils_the_store(error) and not named):
        return error
    return Refused("unreadable", words, passes=spoils_the_store(error) and CUT not in said)


def _words(error: duckdb.Error) -> str:
    """What DuckDB found, without its options."""
    return (
        " ".join(str(error).partition("Possible fixes")[0].split())[:400] + "; correct that place, or save the file as CSV again"
    )


def _load_any_csv(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], shape: Shape) -> None:
    """Loads the files; one whose lines end in two ways by a copy. Several are taken one by one where one of them is such."""
    try:
        return _load_csv(connection, paths, shape)
    except duckdb.InvalidInputException:
        if len(paths) > 1:
            raise
        folder = Path(connection.execute(sql("select_temp_directory")).fetchall()[0][0])
        with with_one_line_end(paths[0], folder) as copy:
            if copy is None:
                raise
            return _load_csv(connection, [copy], shape)


def _load_csv(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], shape: Shape) -> None:
    connection.execute(sql("drop_rejects"))
    connection.execute(sql("drop_reject_scans"))
    connection.execute(sql("stage_text", rows=reading(paths, shape)))
    connection.execute(sql("insert_refused_csv_lines", table="staged_raw", names=_names(paths), skip=Fragment(str(shape.skip))))


def _wait_for_ends(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """The last row of a file whose last line has no end is refused for now."""
    if waiting := [str(number) for number, path in enumerate(paths) if is_open(path)]:
        connection.execute(sql("insert_waiting_lines", files=Fragment(", ".join(waiting))), {"detail": UNENDED})
        connection.execute(sql("delete_waiting_rows"), {"detail": UNENDED})


def _load_json(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], shape: Shape) -> None:
    try:
        connection.execute(sql("stage_text", rows=reading(paths, shape)))
    except duckdb.Error:
        _load_json_lines(connection, paths, shape)


def _load_json_lines(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], shape: Shape) -> None:
    """The slower way, line by line, for a file with lines that are no JSON."""
    connection.execute(sql("drop_rejects"))
    connection.execute(sql("drop_reject_scans"))
    connection.execute(sql("stage_lines", paths=_list(paths), **_lines(paths)))
    connection.execute(sql("insert_refused_csv_lines", table="staged_lines", names=_names(paths), skip=Fragment("-1")))
    connection.execute(sql("insert_refused_json_lines"))
    pattern = json.dumps(dict(shape.own))
    connection.execute(sql("stage_json_from_lines", pattern=Fragment(literal(pattern))))


def all_keys(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], shape: Shape) -> Shape:
    """Keys that appear only later in a file are columns too, where rows may hold anything (runs, wide measurements).

    Raises Refused where they are too many.
    """
    names = set(shape.types)
    is_long = {"run_id", "metric", "value"} <= names
    if is_long or all(path.stat().st_size <= HEAD for path in paths):
        return shape
    try:
        found = connection.execute(sql("select_json_keys", paths=_list(paths))).fetchall()
    except duckdb.Error as error:
        if spoils_the_store(error):
            raise
        return shape
    more = [key for (key,) in found if key not in names]
    if len(names) + len(more) > MOST_COLUMNS:
        raise Refused("too_many_columns", f"{len(names) + len(more)} different keys; at most {MOST_COLUMNS} are read")
    return replace(shape, columns=(*shape.columns, *((key, "VARCHAR") for key in more)))


def _number_rows(connection: duckdb.DuckDBPyConnection, shape: Shape, files: int) -> Staged:
    refused = connection.execute(sql("select_count", table="refused_lines")).fetchall()[0][0]
    rows = connection.execute(sql("select_count", table="staged_raw")).fetchall()[0][0]
    shifted = bool(refused)
    if files == 1 and not shifted:
        connection.execute(sql("stage_rows_of_one_file"))
    else:
        connection.execute(sql("stage_first_rows"))
        connection.execute(sql("stage_rows_after_refused" if shifted else "stage_rows"))
    return Staged(Fragment("staged_shifted" if shifted else "staged"), shape, rows)


def _stage_parquet(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path], shape: Shape) -> Staged:
    try:
        found = connection.execute(sql("select_parquet_rows", paths=_list(paths))).fetchall()[0]
        count, groups = (int(amount or 0) for amount in found)
        size = sum(path.stat().st_size for path in paths)
        if count > min(MOST_ROWS, max(FEW_ROWS, ROWS_A_BYTE * size)):
            raise Refused("bomb", f"{size} bytes claim to hold {count} rows; split the file if they do")
        if groups > MANY_GROUPS and count <= FEW_ROWS and count < SMALL_GROUP * groups:
            stage_small_groups(connection, paths)
            return Staged(Fragment("staged_frame"), shape, count)
        columns = Fragment(", ".join(f"{quote(name)}" for name, _ in shape.columns))
        connection.execute(sql("stage_parquet", paths=_list(paths), columns=columns))
    except (duckdb.Error, pl.exceptions.PolarsError) as error:
        raise _of_the_logs(error, str(error)[:500], paths) from error
    return Staged(Fragment("staged"), shape, count)


def stage_small_groups(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> None:
    """Reads Parquet files of many small row groups once, by Polars: DuckDB takes 0.4 ms a group at each of its looks."""
    frames = []
    for number, path in enumerate(paths):
        frame = pl.read_parquet(path, glob=False).with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
        rows = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("lawbook_row")
        frames.append(frame.select(pl.lit(number, pl.Int32).alias("lawbook_file"), rows, pl.all()))
    connection.register("reader_frame", pl.concat(frames, how="vertical_relaxed"))
    connection.execute(sql("stage_frame"))
    connection.unregister("reader_frame")
