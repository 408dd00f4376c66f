"""What refits everybody's studies is what their answers are made from, and nothing else: tried on copies of the code."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.places import PACKAGE
from pipeline.store.code_versions import ANSWERS, _closure, answer_version
from pipeline.store.statements import SQL


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("code")
    shutil.copytree(PACKAGE, place / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(SQL, place / "sql")
    return place


@pytest.fixture
def version(copy: Path) -> Callable[[], str]:
    return lambda: answer_version(copy, copy / "sql")


def changed(path: Path, version: Callable[[], str], edit: Callable[[str], str]) -> bool:
    """Whether the version is another one while the file is edited."""
    before, text = version(), path.read_text(encoding="utf-8")
    edited = edit(text)
    assert edited != text
    path.write_text(edited, encoding="utf-8")
    try:
        return version() != before
    finally:
        path.write_text(text, encoding="utf-8")


def statement(copy: Path, name: str) -> Path:
    (path,) = (copy / "sql").rglob(f"{name}.sql")
    return path


MADE_BY = (
    "planning/plan.py",
    "planning/sizes/minimum.py",
    "fitting/numerics/solver.py",
    "study/observations.py",
    "laws/engine/rows.py",
    "fitting/evidence/chain.py",
    "fitting/transfer.py",
    "study/rivals.py",
    "planning/influence.py",
    "refit/questions.py",
)


@pytest.mark.parametrize("file", MADE_BY)
def test_a_changed_number_of_what_answers_are_made_by_refits(copy: Path, version: Callable[[], str], file: str) -> None:
    assert changed(copy / "pipeline" / file, version, lambda text: text + "\nANOTHER = 12345.0\n")


def test_a_changed_statement_of_the_observations_refits(copy: Path, version: Callable[[], str]) -> None:
    assert changed(statement(copy, "select_observations"), version, lambda text: text.replace("SELECT", "SELECT DISTINCT", 1))


@pytest.mark.parametrize("file", ["wording/sentences.py", "wording/outline.py", "report/page.py", "cli/commands.py", "errors.py"])
def test_a_mended_sentence_refits_nothing(copy: Path, version: Callable[[], str], file: str) -> None:
    assert not changed(copy / "pipeline" / file, version, lambda text: text + "\nANOTHER = 'a better word'\n")


READS = ("readers/formats/textlogs.py", "ingest/load/taking.py", "notebook/reading.py", "refit/steps.py")


@pytest.mark.parametrize("file", READS)
def test_what_reads_logs_and_calls_the_work_refits_nothing(copy: Path, version: Callable[[], str], file: str) -> None:
    """A reader that is added or mended changes nothing of what was taken already."""
    assert not changed(copy / "pipeline" / file, version, lambda text: text + "\nANOTHER = 12345.0\n")


@pytest.mark.parametrize("line", ["import pipeline.made as made", "def f():\n    from pipeline import made"])
def test_every_way_to_import_is_followed(copy: Path, version: Callable[[], str], line: str) -> None:
    solver, made = copy / "pipeline/fitting/numerics/solver.py", copy / "pipeline/made.py"
    text = solver.read_text(encoding="utf-8")
    try:
        made.write_text("ONE = 1\n", encoding="utf-8")
        solver.write_text(f"{text}\n{line}\n", encoding="utf-8")
        assert changed(made, version, lambda text: text.replace("1", "2"))
    finally:
        made.unlink()
        solver.write_text(text, encoding="utf-8")


def test_a_changed_statement_of_the_report_refits_nothing(copy: Path, version: Callable[[], str]) -> None:
    assert not changed(statement(copy, "report_runs"), version, lambda text: text + "\nLIMIT 3\n")


def test_a_law_has_a_version_of_its_own_and_refits_no_other(copy: Path, version: Callable[[], str]) -> None:
    law = copy / "pipeline/laws/catalogue/size_and_data/chinchilla.py"
    assert not changed(law, version, lambda text: text.replace("E + ", "2 * E + ", 1))


def test_comments_and_docstrings_refit_nothing(copy: Path, version: Callable[[], str]) -> None:
    solver = copy / "pipeline/fitting/numerics/solver.py"
    assert not changed(solver, version, lambda text: "# why\n" + text.replace('"""', '"""Better said: ', 1))


def test_a_file_that_moves_stays_in_the_version_and_refits_nothing(copy: Path, version: Callable[[], str]) -> None:
    before = version()
    old, new = "pipeline.planning.sizes.minimum", "pipeline.planning.moved.least"
    target = copy / f"{new.replace('.', '/')}.py"
    target.parent.mkdir()
    (copy / f"{old.replace('.', '/')}.py").rename(target)
    named = re.compile(rf"{re.escape(old)}\b")
    texts = {path: path.read_text(encoding="utf-8") for path in (copy / "pipeline").rglob("*.py")}
    for path, text in texts.items():
        path.write_text(named.sub(new, text), encoding="utf-8")
    try:
        assert version() == before
        assert changed(target, version, lambda text: text + "\nANOTHER = 12345.0\n")
    finally:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
        target.rename(copy / f"{old.replace('.', '/')}.py")


def test_what_only_carries_answers_is_not_in_the_version() -> None:
    texts = _closure(PACKAGE.parent)
    parts = ("cli", "report", "wording", "operations", "refit", "ingest", "readers", "notebook")
    outside = [
        path
        for part in parts
        for path in (PACKAGE / part).rglob("*.py")
        if f"pipeline/{path.relative_to(PACKAGE)}" not in ANSWERS
    ]
    assert [path.name for path in outside if path.stat().st_size and path.read_text(encoding="utf-8") in texts] == []
