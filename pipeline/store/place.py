"""Where the Parquet history lies: a folder, or an object store by its URL. Both act like a path; an object store renames nothing.

The keys of an object store come from the environment, as its own library reads them, and are never written anywhere.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipeline.errors import LawbookError, WarehouseError
from pipeline.faults import stops
from pipeline.home import Home

EXTRA = 'pip install "lawbook[object-store]"'


def is_folder(home: Home) -> bool:
    """Whether the history lies in a folder of this machine, where a name is given in one step."""
    return isinstance(home.history, Path)


@contextmanager
def reached(home: Home) -> Iterator[None]:
    """Whatever an object store answers that is no answer becomes a WarehouseError with its fix."""
    try:
        yield
    except (LawbookError, duckdb.Error):
        raise
    except ImportError as error:
        raise WarehouseError(
            f'history = "{home.config.history}" in config.toml: {error}',
            fix=f"install the package that it names; for S3: {EXTRA}",
        ) from error
    except Exception as error:
        if is_folder(home) or stops(error):
            raise
        fix = "check the address, the network and the keys in the environment"
        raise WarehouseError(f"{home.config.history} cannot be reached: {type(error).__name__}", fix=fix) from error


def register(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Lets the connection read and write the object store in place, through fsspec: no extension is loaded."""
    if not is_folder(home):
        with reached(home):
            connection.register_filesystem(home.history.fs)  # type: ignore[attr-defined]  # of a place in an object store


def parquet_files(home: Home) -> set[str]:
    """The files of measurements that are there, as paths below the history."""
    return {relative(home, str(path)) for path in (home.history / "measurements").rglob("*.parquet")}


def relative(home: Home, path: str) -> str:
    """The path below the history."""
    return path.removeprefix(f"{home.history}/")


def clear(folder: Path) -> None:
    """Removes a folder with all that is in it, if it is there."""
    if isinstance(folder, Path):
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.exists():
        folder.rmdir(recursive=True)
