"""Shared fixtures: the public run data beside the checkout, where they are present."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public run logs; tests that read it name its source."""
    if not (SHARED / "data").is_dir():
        pytest.skip("../shared/data is not here: this test reads public runs that are not part of the project")
    return SHARED / "data"
