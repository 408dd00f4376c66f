"""Every module of the program is reached by the program: none is imported by tests alone."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENTRANCES = (
    "pipeline/cli/main.py",
    "pipeline/cli/start.py",
    "pipeline/cli/__main__.py",
    "assets/definitions.py",
    "pipeline/__init__.py",
)
"""What a person, the daemon or a notebook starts; laws, questions and readers are discovered by their folders."""
DISCOVERED = (
    "pipeline/laws/catalogue/",
    "pipeline/schema/plans/",
    "pipeline/planning/questions/",
    "pipeline/wording/questions/",
    "pipeline/report/questions/",
    "pipeline/readers/",
)

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


UNASKED = WAITING | {"pipeline/faults.py"}
"""Files whose functions are asked from outside: by `make judgement`, and by tests that stop the program at its fault points."""
YARDSTICKS = {
    "pipeline/fitting/evidence/weights.py: stacked",
    "pipeline/planning/costs/prices.py: training_flops",
    "pipeline/planning/design/run_candidates.py: naive_grid",
    "pipeline/planning/estimators/predictability.py: chain",
    "pipeline/planning/pools/interpolated_sets.py: interpolated_values",
    "pipeline/study/derived/schedules.py: two_stage",
    "pipeline/wording/sentences.py: refusal",
}
"""Functions by which tests and campaigns measure what the program does in another way; nothing is added here without need."""


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def declared(tree: ast.Module) -> list[ast.FunctionDef | ast.ClassDef]:
    """The public functions and classes of a module that no decorator hands on to something else (a command, an asset)."""
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and (isinstance(node, ast.ClassDef) or not node.decorator_list)
    ]


def named_outside(tree: ast.Module, own: ast.AST) -> set[str]:
    """Every name, attribute and text that is an identifier of a module, without those inside one of its definitions."""
    inside = set(ast.walk(own))
    found = set()
    for node in ast.walk(tree):
        if node in inside:
            continue
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            found.add(node.value)
    return found


def test_no_public_function_of_the_pipeline_is_called_by_tests_alone() -> None:
    files = [path for folder in ("pipeline", "assets", "data") for path in (ROOT / folder).rglob("*.py")]
    trees = {path: parsed(path) for path in files}
    users: dict[Path, set[str]] = {}
    for path, tree in trees.items():
        names = named_outside(tree, ast.Module(body=[], type_ignores=[]))
        names |= {each.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for each in node.names}
        for module in imports(path):
            users.setdefault(module, set()).update(names)
    alone = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path, tree in trees.items()
        if str(path.relative_to(ROOT)).startswith("pipeline/") and str(path.relative_to(ROOT)) not in UNASKED
        for node in declared(tree)
        if node.name not in users.get(path, set()) | named_outside(tree, node)
    ]
    assert set(alone) <= YARDSTICKS
