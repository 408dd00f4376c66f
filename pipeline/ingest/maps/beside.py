"""What a run's configuration says that lies beside its log: values that a map's expressions name `config.NAME`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pipeline.expressions.expression import Expression
from pipeline.store.statements import literal

PREFIX = "config."
NAMED = re.compile(r'"config\.([^"]+)"|(?<!["\w.])config\.(\w+(?:\.\w+)*)')
"""A value of the configuration in an expression; other names than words with points between stand in double quotes."""


class Placed(Protocol):
    """A log that lies somewhere: its path, and the folder of its namespace, below which its place names its run."""

    @property
    def path(self) -> Path: ...
    @property
    def names(self) -> Path: ...


def folder_path(log: Placed) -> str:
    """The folder of a log below its namespace's folder, `sweep/seed-0`; of a log right in that folder, its name."""
    folder = log.path.parent
    within = folder.relative_to(log.names).as_posix() if folder.is_relative_to(log.names) else "."
    return folder.name if within == "." else within


def keys_named(texts: Iterable[str]) -> set[str]:
    """The values of a configuration that expressions name."""
    return {quoted or plain for text in texts for quoted, plain in NAMED.findall(text)}


def columns_of(found: Sequence[Mapping[str, str]], names: Iterable[str]) -> dict[str, Expression]:
    """Each value as an expression that differs from file to file; empty where a run's configuration has none."""
    lower = [{name.lower(): value for name, value in values.items()} for values in found]
    return {f"{PREFIX}{name}".lower(): each([values.get(name.lower()) for values in lower]) for name in sorted(names)}


def each(values: Sequence[str | None], kind: str = "raw") -> Expression:
    """A text that differs from file to file of a batch."""
    listed = ", ".join("NULL" if value is None else literal(value) for value in values)
    return Expression(f"CAST([{listed}] AS VARCHAR[])[lawbook_file + 1]", kind)
