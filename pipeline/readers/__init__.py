"""The log formats that Lawbook reads: recognised by content, in the order in which they are asked; one file each."""

import csv
from pathlib import Path

import polars as pl

from pipeline.errors import ReaderError
from pipeline.faults import stops
from pipeline.readers.formats.attempt_tables import ATTEMPT_TABLES
from pipeline.readers.formats.evaluations import EVALUATIONS
from pipeline.readers.formats.exported_tables import EXPORTED_TABLES
from pipeline.readers.formats.fairseq import FAIRSEQ
from pipeline.readers.formats.keras import KERAS
from pipeline.readers.formats.levanter import LEVANTER
from pipeline.readers.formats.llama_factory import LLAMA_FACTORY
from pipeline.readers.formats.mlflow_store import MLFLOW
from pipeline.readers.formats.open_lm import OPEN_LM
from pipeline.readers.formats.other_trackers import OTHER_TRACKERS
from pipeline.readers.formats.printed.composer_file import COMPOSER_FILE
from pipeline.readers.formats.printed.consoles import CONSOLES
from pipeline.readers.formats.printed.dictionaries import PRINTED
from pipeline.readers.formats.printed.more_consoles import MORE_CONSOLES
from pipeline.readers.formats.tensorboard import TENSORBOARD
from pipeline.readers.formats.textlogs import HUGGING_FACE_CONSOLE, TEXT_LOGS
from pipeline.readers.formats.trackio import TRACKIO
from pipeline.readers.formats.trainers import TRAINERS
from pipeline.readers.formats.wandb import WANDB
from pipeline.readers.formats.wandb_file import WANDB_FILE
from pipeline.readers.formats.wandb_project import WANDB_PROJECT
from pipeline.readers.reader import COPY, Reader, Tables
from pipeline.readers.shape import not_read

READERS: tuple[Reader, ...] = (
    *WANDB,
    *WANDB_FILE,
    *WANDB_PROJECT,
    *OTHER_TRACKERS,
    *TRAINERS,
    *LLAMA_FACTORY,
    *OPEN_LM,
    *EVALUATIONS,
    *TENSORBOARD,
    *MLFLOW,
    *TRACKIO,
    *EXPORTED_TABLES,
    *ATTEMPT_TABLES,
    *TEXT_LOGS,
    *FAIRSEQ,
    *KERAS,
    *LEVANTER,
    *COMPOSER_FILE,
    *CONSOLES,
    *MORE_CONSOLES,
    *PRINTED,
    HUGGING_FACE_CONSOLE,
)


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
