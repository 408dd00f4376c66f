"""The law book. A new law is one file in its family's folder of `catalogue/`: every law in it is registered by its name."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType, ModuleType

from pipeline.errors import LawError
from pipeline.faults import stops
from pipeline.laws.engine.sql_form import check_sql
from pipeline.laws.law import Law

EXAMPLE = "pipeline/laws/catalogue/size_and_data/chinchilla.py"


def _register(module: ModuleType, place: str) -> None:
    """Take the laws that a module declares; a law that it only imported from another file is already registered."""
    known = {id(law) for law in _registry.values()}
    found = {law.name: law for law in vars(module).values() if isinstance(law, Law) and id(law) not in known}
    if not found:
        raise LawError(f"{place}: declares no law", fix=f"bind a Law to a name, as {EXAMPLE} does")
    clash = sorted(set(found) & set(_registry))
    if clash:
        raise LawError(f"{place}: the name {clash[0]!r} is taken by another law", fix="rename yours")
    _registry.update(found)


_registry: dict[str, Law] = {}
laws: Mapping[str, Law] = MappingProxyType(_registry)


def catalogue_modules() -> list[tuple[str, str]]:
    """The modules of the catalogue, each with its family: `chinchilla` of `size_and_data` and so on."""
    files = sorted((Path(__file__).parent / "catalogue").glob("*/*.py"))
    named = [(path.parent.name, path.stem) for path in files if path.stem != "__init__"]
    return [(family, f"{__name__}.catalogue.{family}.{stem}") for family, stem in named]


def _discover() -> None:
    """Register the shipped laws. A file that imports another's law may register it first: a law is known by its own name."""
    for _, name in catalogue_modules():
        module = importlib.import_module(name)
        _registry.update({law.name: law for law in vars(module).values() if isinstance(law, Law)})


_discover()


def load_user_laws(folder: Path) -> list[LawError]:
    """Add the laws of a user's `$LAWBOOK_HOME/laws/*.py` to `laws`; a bad file is returned as an error and stops no other.

    Loading again takes the file as it now is: laws that it declared before are replaced.
    """
    errors = []
    for path in sorted(folder.glob("*.py")):
        try:
            _load_user_file(path)
        except LawError as error:
            errors.append(error if str(path) in error.place else LawError.at(str(path), error))
        except Exception as error:  # a user's file may fail in any way; it is named and the others still load
            if stops(error):
                raise
            errors.append(
                LawError(f"{type(error).__name__}: {error}", place=str(path), fix=f"correct the file ({EXAMPLE} is an example)")
            )
    return errors


def _load_user_file(path: Path) -> None:
    if not path.is_file():  # nobody may ever write into a pipe
        raise LawError("it is no plain file", place=str(path), fix="move it away")
    key = f"lawbook_user_laws.{path.stem}"
    before = sys.modules.pop(key, None)
    for name in [n for n, law in _registry.items() if before is not None and vars(before).get(n) is law]:
        del _registry[name]
    spec = importlib.util.spec_from_file_location(key, path)
    if spec is None or spec.loader is None:
        raise LawError("cannot be loaded as Python", place=str(path), fix="give it the ending .py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for law in vars(module).values():
        if isinstance(law, Law) and law not in _registry.values():
            check_sql(law)
    _register(module, str(path))
    sys.modules[key] = module


class _Book(ModuleType):
    """This module answers like the mapping `laws`: once it is imported, `from pipeline import laws` binds the module itself."""

    def __getitem__(self, name: str) -> Law:
        return laws[name]

    def __iter__(self) -> Iterator[str]:
        return iter(laws)

    def __len__(self) -> int:
        return len(laws)

    def __contains__(self, name: object) -> bool:
        return name in laws


sys.modules[__name__].__class__ = _Book
