"""The version of what draws report.html: it follows code, words and numbers in words, and nothing that Python leaves there."""

import shutil
from pathlib import Path

import pytest

from pipeline.places import PACKAGE
from pipeline.store import drawing_version as module


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what draws, to be changed."""
    for name in ("report", "wording", "schema"):
        shutil.copytree(PACKAGE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(module, "PACKAGE", tmp_path)
    return tmp_path


def version() -> str:
    return module.drawing_version.__wrapped__()


def test_what_python_compiles_beside_the_code_draws_nothing_anew(package: Path) -> None:
    before = version()
    (package / "report" / "__pycache__").mkdir()
    (package / "report" / "__pycache__" / "page.cpython-311.pyc").write_bytes(b"compiled")
    assert version() == before


@pytest.mark.parametrize("name", ["report/cards.py", "wording/words.py", "schema/numbers_in_words.py"])
def test_what_draws_or_words_a_number_draws_the_page_anew(package: Path, name: str) -> None:
    before = version()
    with (package / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert version() != before
