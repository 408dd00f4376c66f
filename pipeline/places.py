"""Where what ships with the program lies: beside the package in a clone, inside it where it was installed from a wheel.

Every SQL statement, shipped run, map, study and setting is looked up below `SHIPPED`, and nowhere else.
"""

import os
from pathlib import Path

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
    return (Path(base) if base else Path.home() / ".cache") / "lawbook"
