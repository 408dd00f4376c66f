"""Where what ships with the program lies: beside the package in a clone, inside it where it was installed from a wheel.

Every SQL statement, shipped run, map, study and setting is looked up below `SHIPPED`, and nowhere else.
"""

import os
from pathlib import Path

from pipeline.errors import ConfigError

PACKAGE = Path(__file__).resolve().parent
"""The package itself."""
BUNDLED = PACKAGE / "_bundled"
"""Where a wheel has `sql/`, `data/` and `assets/`, so that nothing of these names stands at the top of site-packages."""


def shipped(package: Path = PACKAGE) -> Path:
    """The folder that has `sql/`, `data/` and `assets/`."""
    bundled = package / BUNDLED.name
    return bundled if bundled.is_dir() else package.parent


SHIPPED = shipped()


def kept_on_machine() -> Path:
    """What is made once on a machine: $LAWBOOK_CACHE, or `lawbook` in the user's cache folder."""
    chosen = os.environ.get("LAWBOOK_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "lawbook"
    except RuntimeError:  # a user of a container, who has no home folder: nothing is kept
        return Path(os.devnull) / "lawbook"


def expanded(path: str | Path) -> Path:
    """A place that a person has named, with the folder that a ~ stands for. Raises ConfigError where that user has none."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        fix = "write the whole path, or set HOME to a folder"
        raise ConfigError("no home folder is known of the user whom its ~ means", place=str(path), fix=fix) from error
