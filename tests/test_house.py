"""The house keeps its order: who may import what, where SQL lives, what a lock may say."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pipeline import errors
from tests.house_picture import LEVELS, against_the_direction, rooms

ROOT = Path(__file__).resolve().parents[1]
STATEMENT = re.compile(r"^\s*(SELECT\b.+\bFROM|INSERT INTO|CREATE (OR REPLACE )?(TABLE|VIEW)|MERGE INTO|UPDATE \w+ SET|DELETE)\b")
FROM_FORMULAS = "pipeline/laws/engine/sql_form.py"  # writes the macros out of the declared formulas


def python(folder: str) -> Iterator[Path]:
    return (ROOT / folder).rglob("*.py")


def imported(path: Path) -> set[str]:
    """Top-level packages that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """String constants that are no docstrings, with their lines."""
    tree = ast.parse(path.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(n.body[0].value) for n in ast.walk(tree) if isinstance(n, documented) and n.body and isinstance(n.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def test_the_pipeline_imports_no_dagster() -> None:
    assert not [path for path in python("pipeline") if {"dagster", "assets"} & imported(path)]


def test_assets_hold_no_mathematics() -> None:
    assert not [path for path in python("assets") if {"numpy", "scipy", "sympy"} & imported(path)]


def test_sql_statements_live_in_the_sql_folder() -> None:
    paths = [path for path in (*python("pipeline"), *python("assets")) if path != ROOT / FROM_FORMULAS]
    assert not [f"{path.relative_to(ROOT)}:{line}" for path in paths for line, text in texts(path) if STATEMENT.search(text)]


def test_a_sql_file_holds_one_statement() -> None:
    assert not [path.name for path in (ROOT / "sql").rglob("*.sql") if path.read_text().rstrip().rstrip(";").count(";\n")]


def errors_without_a_fix(path: Path) -> Iterator[int]:
    """Lines on which an error of the project's own is made of one text: what to do about it is no field of its own."""
    own = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.LawbookError)}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in own and "fix" not in {k.arg for k in node.keywords}:
            yield node.lineno


def test_every_error_says_its_fix_apart() -> None:
    paths = [*python("pipeline"), *python("assets")]
    assert not [f"{path.relative_to(ROOT)}:{line}" for path in paths for line in errors_without_a_fix(path)]


def test_no_sentence_of_the_projects_own_is_taken_apart() -> None:
    """What a sentence is about stands in a field or a column beside it: a better sentence must change nothing else."""
    code = re.compile(r"""(?:partition|split)\(["']; ["']""")
    told = r"(?:\w+\.)?(?:detail|meaning|note|message|failure|reason)\b"
    query = re.compile(
        rf"(?:contains|starts_with|ends_with|regexp_\w+|instr)\(\s*{told}|{told}\s+(?:NOT\s+)?I?LIKE", re.IGNORECASE
    )
    found = [path for folder in ("pipeline", "assets") for path in python(folder) if code.search(path.read_text())]
    assert not [*found, *(path for path in (ROOT / "sql").rglob("*.sql") if query.search(path.read_text()))]


def test_a_type_check_is_silenced_with_a_reason_only() -> None:
    bare = re.compile(r"# type: ignore\[[\w, -]+\](?!\s+# \w)")
    files = [path for folder in ("pipeline", "assets") for path in python(folder)]
    assert not [
        f"{p.relative_to(ROOT)}:{n}" for p in files for n, line in enumerate(p.read_text().splitlines(), 1) if bare.search(line)
    ]


def test_definitions_only_compose() -> None:
    assert len((ROOT / "assets" / "definitions.py").read_text().splitlines()) < 60


def test_the_locks_name_no_address_and_hash_every_package() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        assert not re.search(r"://|--(extra-)?index-url|--find-links", text), lock.name
        pinned = re.findall(r"^\S+==\S+ \\$", text, re.MULTILINE)
        assert len(pinned) == len(re.findall(r"^[\w\-.\[\]]+==", text, re.MULTILINE)), lock.name


def written_by_hand() -> list[Path]:
    """Every text file that is committed, this one apart."""
    suffixes = {".py", ".md", ".sql", ".toml", ".yaml", ".in", ".lock"}
    folders = ("pipeline", "assets", "sql", "data", "docs", "tests")
    found = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    beside = [path for path in ROOT.glob("*.*") if path.name != ".git"]  # of a linked work tree: it holds a path
    return [path for path in [*found, *beside] if path.is_file() and path != Path(__file__)]


def test_no_path_of_one_machine_is_committed() -> None:
    machine = re.compile(r"(?<![\w.])/(work|root|home/\w+|Users/\w+)/\w")
    assert not [str(p.relative_to(ROOT)) for p in written_by_hand() if machine.search(p.read_text(errors="ignore"))]


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "data").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text()):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken


def test_every_package_has_its_floor() -> None:
    assert set(rooms()) <= set(LEVELS)


def test_nothing_is_imported_against_the_direction() -> None:
    assert against_the_direction() == []


def test_no_folder_of_code_or_statements_is_crowded() -> None:
    folders = {path.parent for pattern in ("pipeline/**/*.py", "sql/**/*.sql") for path in ROOT.glob(pattern)}
    files = {folder: [path for path in folder.iterdir() if path.suffix in (".py", ".sql")] for folder in folders}
    assert {str(folder.relative_to(ROOT)): len(found) for folder, found in files.items() if len(found) > 24} == {}


def test_what_the_makefile_runs_can_be_imported_without_pytest() -> None:
    named = set(re.findall(r"-m (tests[\w.]*)", (ROOT / "Makefile").read_text()))
    modules = sorted(name if (ROOT / f"{name.replace('.', '/')}.py").exists() else f"{name}.__main__" for name in named)
    assert len(modules) >= 6
    subprocess.run([sys.executable, "-c", f"import {', '.join(modules)}"], cwd=ROOT, check=True)
