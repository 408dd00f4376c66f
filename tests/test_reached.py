"""Every module of the program is reached by the program: none is imported by tests alone."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENTRANCES = ("pipeline/cli/main.py", "pipeline/cli/__main__.py", "assets/definitions.py", "pipeline/__init__.py")
"""What a person, the daemon or a notebook starts; laws, questions and readers are discovered by their folders."""
DISCOVERED = ("pipeline/laws/catalogue/", "pipeline/planning/questions/", "pipeline/readers/")

WAITING: set[str] = set()
"""Files that no study or command asks yet."""


def imports(path: Path) -> set[Path]:
    """The files of the program that a file imports, inside functions and by name too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.replace(".", "").isidentifier():
            own = ".".join(path.relative_to(ROOT).with_suffix("").parts[:-1])
            names = [node.value, f"{own}.{node.value}"]  # a table of modules that are imported when they are asked for
        for name in names:
            place = ROOT / name.replace(".", "/")
            found |= {each for each in (place.with_suffix(".py"), place / "__init__.py") if each.is_file()}
    return found


def reached() -> set[Path]:
    """The files that the entrances import, directly or not."""
    waiting = [ROOT / name for name in ENTRANCES]
    waiting += [path for folder in DISCOVERED for path in (ROOT / folder).rglob("*.py")]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += imports(path)
    return found


def test_no_module_of_the_pipeline_is_imported_by_tests_alone() -> None:
    known = reached()
    modules = [path for path in (ROOT / "pipeline").rglob("*.py") if path.name != "__init__.py"]
    assert {str(path.relative_to(ROOT)) for path in modules if path not in known} <= WAITING
