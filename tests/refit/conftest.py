"""Homes for refit tests."""

from pathlib import Path

import pytest
from small_home import make_home, without_project

from pipeline.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with the datasets `first` and `second`, each with its study."""
    without_project(monkeypatch, tmp_path)
    return make_home(tmp_path / "home", "first", "second")
