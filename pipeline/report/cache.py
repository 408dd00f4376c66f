"""Sections of report.html that are kept: a study whose fits, forecasts and plans are the same is not drawn again."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pipeline.report.published import Published
from pipeline.store.drawing_version import drawing_version
from pipeline.store.statements import sql


class Section(NamedTuple):
    """One study of the page, in UTF-8: its card of one line, its fits as members of a JSON list, and its HTML."""

    card: bytes
    live: bytes
    html: bytes


class Sections:
    """The drawn sections in a folder, one file a study, named by a hash of what it was drawn from."""

    def __init__(self, folder: Path, published: Published) -> None:
        self.folder = folder
        rows = published.connection.execute(sql("select_study_keys")).fetchall()
        self.keys = {row[0]: _hash(row, drawing_version()) for row in rows}

    def get(self, study: str) -> Section | None:
        """The section of a study if it is kept. Its file holds a line for each part, maybe empty, and the HTML."""
        try:
            parts = self._path(study).read_bytes().split(b"\n", len(Section._fields) - 1)
        except OSError:
            return None
        return Section(*parts) if len(parts) == len(Section._fields) else None

    def put(self, study: str, made: Section) -> None:
        """Keeps the section of a study in the place of older ones."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob(f"{_hash(study)}.*"):
            old.unlink(missing_ok=True)
        _write(self._path(study), b"\n".join(made))

    def _path(self, study: str) -> Path:
        return self.folder / f"{_hash(study)}.{self.keys.get(study, '')}.section"

    def script(self, name: str, make: Callable[[], bytes]) -> bytes:
        """A script that takes seconds to make: kept under its name, or made now and kept; older ones go."""
        path = self.folder / f"{name}.js"
        try:
            return path.read_bytes()
        except OSError:
            self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.js"):
            old.unlink(missing_ok=True)
        made = make()
        _write(path, made)
        return made


def _write(path: Path, content: bytes) -> None:
    """In one step: who reads meanwhile finds a whole file or none."""
    unfinished = path.with_suffix(".tmp")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def _hash(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()
