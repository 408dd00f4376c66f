"""The log formats that Lawbook reads: one file each, recognised by content, in the order in which they are asked."""

from pathlib import Path

from pipeline.readers.reader import Reader, Tables

READERS: tuple[Reader, ...] = ()


def reader_for(path: Path, head: bytes) -> Reader | None:
    """The first reader that knows the file."""
    return next((reader for reader in READERS if reader.recognise(path, head)), None)


__all__ = ["READERS", "Reader", "Tables", "reader_for"]
