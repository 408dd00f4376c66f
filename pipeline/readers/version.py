"""The version of the code that reads logs: what one release could not read, the next one is given again."""

from functools import cache
from hashlib import blake2b
from pathlib import Path

from pipeline.places import PACKAGE

FOLDERS = ("readers", "ingest", "expressions")
REFUSED = "|refused by "
"""Stands behind how a file was read that was refused whole, and before the version that refused it."""


@cache
def readers_version(package: Path = PACKAGE) -> str:
    """Hash of the code in `FOLDERS`, whatever its place and the times of its files."""
    digest = blake2b(digest_size=8)
    for path in sorted(path for folder in FOLDERS for path in (package / folder).rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def refused_by(read_as: str) -> str:
    """How a file was to be read, with the version that could not."""
    return f"{read_as}{REFUSED}{readers_version()}"


def stands(read_as: str) -> str | None:
    """How a file was read, as it would be now; None where another version refused it, which says nothing of this one."""
    plain, sign, version = read_as.partition(REFUSED)
    return plain if not sign or version == readers_version() else None
