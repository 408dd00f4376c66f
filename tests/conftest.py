"""Shared fixtures: the public run data beside the checkout, where they are present."""

from pathlib import Path

import pytest
from hypothesis import settings
from published_case import published_home

from pipeline.home import Home

settings.register_profile("lawbook", deadline=None)  # a loaded machine is no defect of the code
settings.load_profile("lawbook")
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public run logs; tests that read it name its source."""
    if not (SHARED / "data").is_dir():
        pytest.skip("../shared/data is not here: this test reads public runs that are not part of the project")
    return SHARED / "data"


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with two simulated studies, refitted and published; only read by tests."""
    return published_home(tmp_path_factory.mktemp("published"))
