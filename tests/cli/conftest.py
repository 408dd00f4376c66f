"""Homes for tests of the command line: one is refitted once a session, and each test gets a copy of it."""

import shutil
from pathlib import Path

import pytest
from small_home import make_home, without_report

from pipeline.home import Home
from pipeline.refit.refit import refit


@pytest.fixture(scope="session")
def refitted_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the datasets `first` and `second`, refitted and published."""
    root = tmp_path_factory.mktemp("refitted")
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        report = refit(make_home(root / "home", "first", "second"))
    assert report.refitted == ["first", "second"], (report.errors, report.failed)
    return root / "home"


@pytest.fixture
def home(refitted_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A refitted home of the test's own."""
    without_report(monkeypatch)
    shutil.copytree(refitted_once, tmp_path / "home")
    return Home.open(tmp_path / "home")


@pytest.fixture
def fresh_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The same home before its first refit."""
    without_report(monkeypatch)
    return make_home(tmp_path / "fresh", "first", "second")
