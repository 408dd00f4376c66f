"""The rooms of pipeline/ as the imports have them: a picture, the way of a loss value through it, and a table of the rooms."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOWN = (
    ("cli",),
    ("notebook",),
    ("operations",),
    ("refit",),
    ("report",),
    ("wording",),
    ("planning", "forecasts"),
    ("study",),
    ("ingest",),
    ("readers",),
    ("expressions",),
    ("store",),
    ("fitting",),
    ("laws",),
    ("schema",),
)
"""Packages of pipeline/ from the door to the ground: a file may import from floors below its own only."""
WAY = ("readers", "ingest", "store", "study", "fitting", "planning", "wording", "report")
"""Through which rooms a logged loss goes until somebody reads a plan."""
LEVELS = {package: level for level, packages in enumerate(DOWN) for package in packages}


def rooms() -> list[str]:
    """The packages of pipeline/."""
    return sorted(path.name for path in (ROOT / "pipeline").iterdir() if (path / "__init__.py").exists())


def imports(package: str) -> dict[str, list[str]]:
    """The packages that the files of one import when they run, with the files; what only type checkers read is left out."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "pipeline" / package).rglob("*.py")):
        for other in _imported(ast.parse(path.read_text(encoding="utf-8"))):
            if other != package and other in LEVELS:
                found.setdefault(other, []).append(path.relative_to(ROOT).as_posix())
    return found


def against_the_direction() -> list[str]:
    """Files that import from their own floor's other rooms, or from above."""
    return [
        f"{file} imports pipeline.{other}"
        for package in rooms()
        for other, files in imports(package).items()
        if LEVELS[other] <= LEVELS[package]
        for file in files
    ]


def page() -> str:
    """The picture, as Mermaid text, and the rooms with what each says of itself."""
    used = {package: imports(package) for package in rooms()}
    lines = ["```mermaid", "flowchart TD"]
    lines += [f"  {package}[{package}]" for floor in DOWN for package in floor if package in used]
    lines += [f"  {package} --> {other}" for package in used for other in sorted(used[package]) if _next(package, other, used)]
    lines += ["  classDef way fill:#dbeafe,stroke:#1d4ed8,color:#111", f"  class {','.join(WAY)} way", "```", ""]
    lines += [f"A logged loss goes through {', '.join(WAY)}.", "", "| room | what it is for | floors |", "|---|---|---|"]
    for package in (package for floor in DOWN for package in floor if package in used):
        lines.append(f"| `pipeline/{package}/` | {_says(package)} | {', '.join(_floors(package)) or '-'} |")
    return "\n".join(lines) + "\n"


def _imported(tree: ast.Module) -> Iterator[str]:
    hidden = {id(each) for node in ast.walk(tree) if _for_types(node) for each in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and id(node) not in hidden:
            whole = [f"pipeline.{name.name}" for name in node.names] if node.module == "pipeline" else [node.module]
            yield from (module.split(".")[1] for module in whole if module.startswith("pipeline."))


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _next(package: str, other: str, used: dict[str, dict[str, list[str]]]) -> bool:
    """Whether no third room lies between: the picture shows the shortest ways only."""
    return not any(other in used[between] and between in used[package] for between in used if between not in (package, other))


def _says(package: str) -> str:
    said = ast.get_docstring(ast.parse((ROOT / "pipeline" / package / "__init__.py").read_text(encoding="utf-8"))) or ""
    return said.split("\n")[0].replace("|", "/")


def _floors(package: str) -> list[str]:
    return sorted(path.parent.name for path in (ROOT / "pipeline" / package).glob("*/__init__.py"))
