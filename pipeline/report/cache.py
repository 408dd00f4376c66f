"""Sections of report.html that are kept: a study whose fits, forecasts and plans are the same is not drawn again."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pipeline.report.published import Published
from pipeline.store.statements import sql


class Section(NamedTuple):
    """One study of the page: its pictures as members of a JSON object, as text that nobody parses again, and its HTML."""

    specs: str
    html: str


HERE = Path(__file__).parent


class Sections:
    """The drawn sections in a folder, one file a study, named by a hash of what it was drawn from."""

    def __init__(self, folder: Path, published: Published) -> None:
        self.folder = folder
        rows = published.connection.execute(sql("select_study_keys")).fetchall()
        self.keys = {row[0]: _hash(row, _code()) for row in rows}

    def get(self, study: str, draw: Callable[[], Section]) -> Section:
        """The section of a study, kept or drawn now and kept. The first line of its file, maybe empty, is the pictures'."""
        path = self.folder / f"{_hash(study)}.{self.keys.get(study, '')}.section"
        try:
            specs, line, html = path.read_text(encoding="utf-8").partition("\n")
        except (OSError, ValueError):
            return self._drawn(study, draw, path)
        return Section(specs, html) if line else self._drawn(study, draw, path)

    def script(self, name: str, make: Callable[[], str]) -> str:
        """The text of a script that takes seconds to make: kept under its name, or made now and kept; older ones go."""
        path = self.folder / f"{name}.js"
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.js"):
            old.unlink(missing_ok=True)
        text = make()
        _write(path, text)
        return text

    def _drawn(self, study: str, draw: Callable[[], Section], path: Path) -> Section:
        made = draw()
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob(f"{_hash(study)}.*"):
            old.unlink(missing_ok=True)
        _write(path, f"{made.specs}\n{made.html}")
        return made


def _write(path: Path, text: str) -> None:
    """In one step: who reads meanwhile finds a whole file or none."""
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _hash(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


@cache
def _code() -> str:
    """Hash of the code and the statements that draw."""
    spoken = [path for pattern in ("*words.py", "outline*.py") for path in (HERE.parent / "planning").glob(pattern)]
    files = sorted([*HERE.glob("*.*"), *spoken, *HERE.parents[1].glob("sql/report_*.sql")])
    return _hash(*(path.read_bytes() for path in files))
