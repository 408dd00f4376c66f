"""The log formats that Lawbook reads: recognised by content, in the order in which they are asked; one file each."""

from pathlib import Path

from pipeline.readers.reader import Reader, Tables
from pipeline.readers.tensorboard import TENSORBOARD
from pipeline.readers.textlogs import TEXT_LOGS
from pipeline.readers.trainers import TRAINERS
from pipeline.readers.wandb import WANDB

READERS: tuple[Reader, ...] = (*WANDB, *TRAINERS, *TENSORBOARD, *TEXT_LOGS)


def reader_for(path: Path, head: bytes) -> Reader | None:
    """The first reader that knows the file."""
    return next((reader for reader in READERS if reader.recognise(path, head)), None)


__all__ = ["READERS", "Reader", "Tables", "reader_for"]
