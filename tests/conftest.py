"""Shared fixtures: public run data beside the checkout, and homes that are refitted once a session, a copy for each test."""

import atexit
import os
import shutil
import sys
from pathlib import Path

# before NumPy is loaded: the solver's arrays are small, and more threads than cores only wait for each other
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import settings
from published_case import published_home
from raise_sites import record
from small_home import make_home, without_report

from pipeline.home import Home
from pipeline.refit.refit import refit

settings.register_profile("lawbook", deadline=None)  # a loaded machine is no defect of the code
settings.load_profile("lawbook")
if sites := os.environ.get("LAWBOOK_RAISE_SITES"):
    record(Path(sites))
SHARED = Path(__file__).resolve().parents[2] / "shared"


@atexit.register
def _last_line_is_the_count() -> None:
    """DuckDB's binding lists, as the interpreter ends, what Python frees after it: sixty lines that read like a failure."""
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stderr__.fileno() if sys.__stderr__ else 2)


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
