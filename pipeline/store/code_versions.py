"""Versions of what makes fits and plans: the code and the statements that an answer depends on, and the book of laws."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from pathlib import Path

from pipeline.laws import laws
from pipeline.laws.engine import cache as kept_code
from pipeline.laws.engine.compile import version
from pipeline.places import PACKAGE
from pipeline.store.statements import SQL
from pipeline.store.store import short_hash

ANSWERS = (
    "pipeline/fitting/fitter.py",
    "pipeline/fitting/evidence/selection.py",
    "pipeline/planning/__init__.py",
    "pipeline/planning/outside.py",
    "pipeline/study/observations.py",
)
"""Where answers come from: rows of a study, fits of them, the choice among laws, plans."""
CARRIERS = ("pipeline/store/", "pipeline/wording/", "pipeline/laws/catalogue/")
"""What carries an answer and does not make it. Laws are not among the code: each has a version of its own."""
PLAIN = ("pipeline/home.py", "pipeline/errors.py", "pipeline/progress.py", "pipeline/clock.py", "pipeline/compute.py")


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
    trees = _closure(project)
    asked = {word for tree in trees for word in _words(tree) if word in named}
    texts = [_plain(tree) for tree in trees]
    texts += [re.sub(r"\s+", " ", named[word].read_text(encoding="utf-8")) for word in asked]
    hashed = blake2b(digest_size=8)
    for digest in sorted(blake2b(text.encode(), digest_size=16).digest() for text in texts):
        hashed.update(digest)
    return hashed.hexdigest()


def book_version() -> str:
    """Hash of all laws and of the code that an answer depends on: Dagster's code version of the fits."""
    return short_hash(code_version(), *(f"{name}@{version(law)}" for name, law in sorted(laws.items())))


def _closure(project: Path) -> list[ast.Module]:
    """The parsed files that answers are made by."""
    waiting, found = [project / name for name in ANSWERS], dict[Path, ast.Module]()
    while waiting:
        path = waiting.pop()
        if path in found or _carries(path.relative_to(project).as_posix()):
            continue
        found[path] = ast.parse(path.read_text(encoding="utf-8"))
        waiting += _imports(found[path], project)
    return list(found.values())


def _carries(name: str) -> bool:
    return name in PLAIN or name.startswith(CARRIERS)


def _imports(tree: ast.Module, project: Path) -> Iterator[Path]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "pipeline":
            for name in (node.module, *(f"{node.module}.{each.name}" for each in node.names)):
                place = project / name.replace(".", "/")
                yield from (path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file())


def _plain(tree: ast.Module) -> str:
    """The code without imports and docstrings, so that a file that moves or explains itself better changes nothing."""
    _Bare().visit(tree)
    return ast.dump(tree)


class _Bare(ast.NodeTransformer):
    def visit(self, node: ast.AST) -> ast.AST | None:
        documents = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        return None if documents or isinstance(node, ast.Import | ast.ImportFrom) else self.generic_visit(node)


def _words(tree: ast.Module) -> Iterator[str]:
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
