"""The tables of measurements of a large store as folders of Parquet files, of which a publication writes those that changed.

published/measurements.parquet/part-00012.parquet      every value of the runs whose first series lies in the part
"""

import shutil
from pathlib import Path

import duckdb

from pipeline.home import Home
from pipeline.store.publication.last_publication import place
from pipeline.store.publication.published_file import attached
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import Fragment, literal, sql

PARTED = ("measurements", "measurements_history")
LARGE = 1_000_000
"""Versions of values from which on a publication follows what changed; also how many a part holds about."""


def width(series: int, versions: int) -> int:
    """How many series a part holds, so that it is a file of about LARGE values."""
    return max(1, round(LARGE * series / max(versions, 1)))


def write_all(connection: duckdb.DuckDBPyConnection, home: Home, path: Path, versions: int) -> int:
    """Writes every part of the file at `path` beside the old ones, then puts the folders in their place; gives the width."""
    with attached(connection, path):
        [(series,)] = connection.execute(sql("select_series_count")).fetchall()
        wide = width(series, versions)
        connection.execute(sql("create_all_runs"))
        _use(connection)
        for name in PARTED:
            unfinished = home.published_dir / f"{name}.parquet.tmp"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            for part in _changed(connection, wide):
                _copy(connection, name, unfinished, wide, part)
    for name in PARTED:
        folder = home.published_dir / f"{name}.parquet"
        remove(folder)
        folder.with_suffix(".parquet.tmp").rename(folder)
    return wide


def write_changed(connection: duckdb.DuckDBPyConnection, home: Home, path: Path, wide: int) -> None:
    """Writes the parts of the file at `path` that hold a run of the temporary table changed_runs, each in one step."""
    with attached(connection, path):
        _use(connection)
        for part in _changed(connection, wide):
            for name in PARTED:
                _copy(connection, name, home.published_dir / f"{name}.parquet", wide, part)


def remove(target: Path) -> None:
    """Removes a file, or a folder with all that is in it, if it is there."""
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)


def places(home: Home) -> str:
    """Hash over all parts with their sizes and times."""
    found = sorted(path for name in PARTED for path in (home.published_dir / f"{name}.parquet").glob("*.parquet"))
    return short_hash(*(f"{path.parent.name}/{path.name} {place(path)}" for path in found))


def _use(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(sql("use_catalog", catalog="pub"))


def _changed(connection: duckdb.DuckDBPyConnection, wide: int) -> list[int]:
    rows = connection.execute(sql("select_changed_parts"), {"width": wide}).fetchall()
    return [int(part) for (part,) in rows]


def _copy(connection: duckdb.DuckDBPyConnection, table: str, folder: Path, wide: int, part: int) -> None:
    target = folder / f"part-{part:05d}.parquet"
    unfinished = target.with_suffix(".parquet.tmp")
    numbers = {"width": Fragment(str(wide)), "part": Fragment(str(part))}
    connection.execute(sql("copy_part_to_parquet", table=table, file=Fragment(literal(str(unfinished))), **numbers))
    unfinished.replace(target)
