"""A log file that was found: its place, the namespace of its runs, and what of it tells whether it has changed."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.readers.reader import resolved


@dataclass(frozen=True)
class Found:
    """A file, the namespace of its runs, and whether a file that no reader knows is an error here (it is in the inbox).

    `wrong` says why its place or name forbids that it is looked at.
    `beside` changes with size or time of any file that may be read with this one. `uri` is where a copy comes from.
    """

    path: Path
    namespace: str
    size: int
    mtime_ns: int
    strict: bool = True
    outside: bool = False
    wrong: str = ""
    root: Path | None = None
    beside: str = ""
    base: Path | None = None
    uri: str = ""

    @property
    def source_uri(self) -> str:
        """What a person calls it: its path, or the address of the object that it is a copy of."""
        return self.uri or str(self.path)

    @property
    def names(self) -> Path:
        """The folder below which the log's place names its run: the namespace's."""
        return self.base or self.root or self.path.parent

    def leads_out(self, beside: Path) -> bool:
        """Whether a file that would be read with this one is a link out of the folder that may be read."""
        folder = self.root or self.path.parent
        return os.path.islink(beside) and not resolved(beside).is_relative_to(resolved(folder))  # noqa: PTH114  # asked at every look

    @property
    def content_hash(self) -> str:
        """The first 32 hexadecimal digits of the SHA-256 of the bytes; of what may not be looked at, its place."""
        return f"link:{self.source_uri}" if self.outside or self.wrong else file_hash(self.path)


def file_hash(path: Path) -> str:
    """The first 32 hexadecimal digits of the SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]
