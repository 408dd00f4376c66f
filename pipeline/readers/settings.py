"""A run's configuration in a file of its own beside its log: JSON, YAML or TOML, as people write it who log without a tracker."""

import json
import tomllib
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import ReaderError
from pipeline.readers.histories import flattened
from pipeline.readers.names import RUN_COLUMNS
from pipeline.readers.plain_yaml import read_yaml
from pipeline.readers.reader import COPY

FORMS: dict[str, Callable[[Path], Any]] = {
    ".json": lambda path: json.loads(path.read_text(encoding="utf-8-sig")),
    ".toml": lambda path: tomllib.loads(path.read_text(encoding="utf-8-sig")),
    ".yaml": read_yaml,
    ".yml": read_yaml,
}
STEMS = ("config", "hparams", "hyperparameters", "params", "args", "settings", "conf")
"""What such a file is called, the likeliest first."""
OF_THE_RUN = ("name", "status")
"""Columns that only a run's own key says, not one inside a part of it (`data.name`)."""
MOST_LOOKED_AT = 50
"""Folders beside a log's own that are asked for a file of its name."""


def settings(path: Path) -> dict[str, str]:
    """The plain values of a configuration, `model.layers` for what is nested; none where there is no such file.

    A ReaderError says why a file holds none.
    """
    if not path.is_file():
        return {}
    try:
        found = FORMS[path.suffix.lower()](path)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise ReaderError(f"not whole: {error}", place=str(path), fix=COPY) from error
    if not isinstance(found, dict):
        raise ReaderError(f"it holds {type(found).__name__}, not names with values", place=str(path), fix=COPY)
    return {str(name): _text(value) for name, value in flattened(found).items() if value is not None}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def settings_beside(log: Path) -> tuple[str, dict[str, str]]:
    """The name of the configuration in the log's folder, and what it says; of none, two times nothing."""
    for stem in STEMS:
        for ending in FORMS:
            path = log.with_name(f"{stem}{ending}")
            if path != log and path.is_file() and not path.is_symlink():
                try:
                    return path.name, settings(path)
                except (ReaderError, OSError):
                    continue
    return "", {}


def drafted_columns(found: Mapping[str, str]) -> dict[str, str]:
    """Columns of a run as expressions of its configuration: by a key of its own before one that is nested."""
    columns: dict[str, str] = {}
    for key in sorted(found, key=lambda key: key.count(".")):
        column = RUN_COLUMNS.get(key.rpartition(".")[2].lower())
        if column and not ("." in key and column in OF_THE_RUN):
            columns.setdefault(column, _named(key))
    return columns


def _named(key: str) -> str:
    """The value in an expression: in double quotes where its name is no words with points between."""
    plain = all(part.isidentifier() and part.isascii() for part in key.split("."))
    return f"config.{key}" if plain else '"config.' + key.replace('"', '""') + '"'


def run_by_place(log: Path) -> str:
    """What tells runs apart that only their place names: the file's name, its folder where each has its own, or both."""
    alone = sum(other.suffix == log.suffix and other.stem not in STEMS for other in log.parent.iterdir()) == 1
    others = (folder / log.name for folder in islice(log.parent.parent.iterdir(), MOST_LOOKED_AT))
    if settings_beside(log)[0] and alone:
        return "folder_path"
    if not any(other.exists() for other in others if other != log):
        return "file_name"
    return "folder_path" if alone else "folder_path || '/' || file_name"
