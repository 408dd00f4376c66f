"""Where what ships with the program lies: beside the package in a clone, inside it where it was installed from a wheel.

Every SQL statement, shipped run, map, study and setting is looked up below `SHIPPED`, and nowhere else.
"""

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
