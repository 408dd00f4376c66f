"""Homes for tests of operations: refitted once, a copy for each test."""

import shutil
from pathlib import Path

import pytest
from small_home import make_home, without_report

from pipeline.home import Home
from pipeline.refit.refit import refit


@pytest.fixture(scope="session")
def operated_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one study, refitted and published."""
    root = tmp_path_factory.mktemp("operated") / "home"
    with pytest.MonkeyPatch.context() as patch:
        without_report(patch)
        refit(make_home(root, "first"))
    return root


@pytest.fixture
def home(operated_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home of the test's own."""
    without_report(monkeypatch)
    shutil.copytree(operated_once, tmp_path / "home")
    return Home.open(tmp_path / "home")
