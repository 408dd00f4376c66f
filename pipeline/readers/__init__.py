"""The log formats that Lawbook reads: recognised by content, in the order in which they are asked; one file each."""

import csv
from pathlib import Path

import polars as pl

from pipeline.discovery import modules_below
from pipeline.errors import ReaderError
from pipeline.faults import stops
from pipeline.readers import formats
from pipeline.readers.reader import COPY, Reader, Tables
from pipeline.readers.shape import not_read

OTHERS = 900
"""When a reader is asked whose file does not say it: after all that do, but before the last resort."""


def _found() -> tuple[Reader, ...]:
    """The `READERS` of every file of `formats/`, in the order of their `ASKED`: those that can be sure of their format first."""
    modules = [module for module in modules_below(formats.__name__, formats.__path__).values() if hasattr(module, "READERS")]
    return tuple(reader for module in sorted(modules, key=lambda m: getattr(m, "ASKED", OTHERS)) for reader in module.READERS)


READERS = _found()


def reader_for(path: Path, head: bytes) -> Reader | None:
    """The first reader that knows the file."""
    for reader in READERS:
        try:
            if reader.recognise(path, head):
                return reader
        except OSError as error:
            raise not_read(error) from error
        except (csv.Error, ValueError, RecursionError, pl.exceptions.PolarsError):
            continue  # what cannot even be looked at is not this reader's format
    return None


def read_log(reader: Reader, path: Path, run: str) -> Tables:
    """What the reader makes of the file, whose place names `run`; what a damaged file makes it stumble over is a ReaderError."""
    try:
        return reader.read(path, run)
    except ReaderError:
        raise
    except OSError as error:
        raise not_read(error) from error
    except Exception as error:
        if stops(error):
            raise
        raise ReaderError(f"{reader.name}: {type(error).__name__}: {error}", place=str(path), fix=COPY) from error


__all__ = ["READERS", "Reader", "Tables", "read_log", "reader_for"]
