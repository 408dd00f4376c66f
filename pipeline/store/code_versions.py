"""Versions of what makes fits and plans: the code and the statements that an answer depends on, and the book of laws."""

import re
import sys
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path
from types import CodeType

from pipeline.laws import laws
from pipeline.laws.engine import cache as kept_code
from pipeline.laws.engine.compile import version
from pipeline.places import PACKAGE
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import SQL

ANSWERS = (
    "pipeline/fitting/fitter.py",
    "pipeline/fitting/evidence/selection.py",
    "pipeline/planning/__init__.py",
    "pipeline/planning/questions/**/*.py",
    "pipeline/schema/plans/*.py",
    "pipeline/planning/outside.py",
    "pipeline/planning/influence.py",
    "pipeline/study/observations.py",
    "pipeline/study/jobs.py",
    "pipeline/study/sharing.py",
    "pipeline/study/rivals.py",
    "pipeline/refit/combining.py",
    "pipeline/refit/questions.py",
)
"""Where answers come from: rows of a study, fits of them alone and together, the choice among laws and their chains, plans."""
CARRIERS = tuple(f"pipeline/{each}/" for each in ("store", "wording", "laws/catalogue", "ingest", "readers", "notebook", "refit"))
"""What carries an answer and does not make it: what is taken from a log lies in the store, whoever read it. Laws are not among
the code: each has a version of its own."""
CARRIED = ("__init__", "discovery", "home", "places", "errors", "faults", "redaction", "terminal", "progress", "clock", "compute")
PLAIN = tuple(f"pipeline/{name}.py" for name in CARRIED)

IMPORT = re.compile(r"^\s*(?:from (pipeline[\w.]*) import (?:\(([^)]*)\)|(.*))|import (pipeline[\w.]*).*)$", re.MULTILINE)
QUOTED = re.compile(r"[\"']([a-z_0-9]+)[\"']")


@cache
def code_version() -> str:
    """Hash of the code and the SQL whose change may change a fit or a plan: neither comments, docstrings nor places of files.

    Reading all of it takes most of a second, so it is kept until one of the files has another moment or size.
    """
    files = sorted([*PACKAGE.rglob("*.py"), *SQL.rglob("*.sql")])
    stamps = [(str(path), stat.st_mtime_ns, stat.st_size) for path in files for stat in (path.stat(),)]
    key = f"answers-{short_hash(sys.version, *map(str, stamps))}"
    kept = kept_code.load(key)
    if kept is None:
        kept = answer_version(PACKAGE.parent, SQL)
        kept_code.store(key, kept)
    return kept


def answer_version(project: Path, statements: Path) -> str:
    """`code_version` of the checkout at `project`: what `ANSWERS` import, directly or not, and the statements that it names."""
    named = {path.stem: path for path in sorted(statements.rglob("*.sql"))}
    sources = _closure(project)
    asked = {word for source in sources for word in QUOTED.findall(source) if word in named}
    parts = [_plain(compile(source, "", "exec", dont_inherit=True, optimize=2)) for source in sources]
    parts += [re.sub(r"\s+", " ", named[word].read_text(encoding="utf-8")) for word in asked]
    hashed = blake2b(digest_size=8)
    for digest in sorted(blake2b(part.encode(), digest_size=16).digest() for part in parts):
        hashed.update(digest)
    return hashed.hexdigest()


def book_version() -> str:
    """Hash of all laws and of the code that an answer depends on: Dagster's code version of the fits."""
    return short_hash(code_version(), *(f"{name}@{version(law)}" for name, law in sorted(laws.items())))


def _closure(project: Path) -> list[str]:
    """The text of the files that answers are made by."""
    waiting, found = [path for name in ANSWERS for path in project.glob(name)], dict[Path, str]()
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path] = path.read_text(encoding="utf-8")
        waiting += [each for each in _imports(found[path], project) if not _carries(each.relative_to(project).as_posix())]
    return list(found.values())


def _carries(name: str) -> bool:
    return name in PLAIN or name.startswith(CARRIERS)


def _imports(source: str, project: Path) -> Iterator[Path]:
    """The files of the project that a text imports, at its head or within a function."""
    for module, several, one, whole in IMPORT.findall(source):
        names = re.findall(r"[A-Za-z_]\w*", re.sub(r"\bas\s+\w+|#.*", "", several or one))
        for name in (module or whole, *(f"{module}.{each}" for each in names)):
            place = project / name.replace(".", "/")
            yield from (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file())


def _plain(code: CodeType) -> str:
    """The compiled code without places: what moves, or is explained better by comment or docstring, changes nothing."""
    constants = [_plain(each) if isinstance(each, CodeType) else _stable(each) for each in code.co_consts]
    names = [name for name in code.co_names if not name.startswith("pipeline")]
    return repr((code.co_code, constants, names, code.co_varnames, code.co_freevars, code.co_argcount, code.co_kwonlyargcount))


def _stable(constant: object) -> str:
    """A constant as text; a set has no order of its own."""
    return repr(sorted(map(repr, constant))) if isinstance(constant, frozenset) else repr(constant)
