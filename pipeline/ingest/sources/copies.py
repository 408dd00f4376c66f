"""Files of the same bytes: one that was renamed is the run that it was, two that lie side by side are two runs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from pipeline.ingest.load.batch import LogFile

Key = tuple[str, str, str]
"""Content, namespace and way of reading of a file that was taken."""
APART = "run:"


class Copies:
    """Which files hold the same bytes, as they were last seen, and as how many files these bytes were taken."""

    def __init__(self, contents: Mapping[str, str], known: Iterable[Key]) -> None:
        """`contents`: of each path that was seen; `known`: what was taken."""
        self._contents: dict[str, str] = {}
        self._paths: dict[str, set[str]] = {}
        self._taken: dict[tuple[str, str], set[str]] = {}
        for path, content in contents.items():
            self.see(path, content)
        for content, namespace, read_as in known:
            self._taken.setdefault((content, namespace), set()).add(read_as)

    def see(self, path: str, content: str) -> None:
        """A file as it is now."""
        self._paths.get(self._contents.get(path, ""), set()).discard(path)
        self._contents[path] = content
        self._paths.setdefault(content, set()).add(path)

    def told_apart(self, file: LogFile, run: str) -> LogFile:
        """A file whose place names its run, apart from another of the same bytes that still lies in its own place.

        Where no more of them are there than were taken, it is one of these, renamed.
        """
        taken = self._taken.setdefault((file.content_hash, file.namespace), set())
        if file.read_as in taken:
            mine = [how for how in taken if how == file.read_as or how.startswith(f"{file.read_as}{APART}")]
            there = [path for path in self._paths.get(file.content_hash, ()) if path != str(file.path) and Path(path).exists()]
            file = replace(file, read_as=f"{file.read_as}{APART}{run}") if len(there) + 1 > len(mine) else file
        taken.add(file.read_as)
        return file
