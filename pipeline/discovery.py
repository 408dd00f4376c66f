"""Files that are found where they lie: a folder of laws, tables, questions, words, pictures or readers needs no list of them."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType


def modules_below(package: str, folder: Iterable[str]) -> dict[str, ModuleType]:
    """Every module in the folder of a package and in its floors, by the name of its file and in the order of these names.

    package: its name; folder: its `__path__`. Two files of one name would hide each other: ValueError names both.
    """
    found: dict[str, ModuleType] = {}
    for here in map(Path, folder):
        for path in sorted(here.rglob("*.py"), key=lambda path: path.stem):
            if path.stem == "__init__":
                continue
            module = import_module(".".join((package, *path.relative_to(here).with_suffix("").parts)))
            if path.stem in found:
                raise ValueError(f"{found[path.stem].__name__} and {module.__name__} have one name; rename one of the files")
            found[path.stem] = module
    return found


def in_reading_order(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """The names in the order in which `known` has them; those that it does not name follow, as they come."""
    left = list(names)
    first = [name for name in known if name in left]
    return first + [name for name in left if name not in first]
