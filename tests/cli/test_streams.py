"""What a command writes to may be full, closed or read by nobody: that is told as what it is, and long work goes on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.home import Home
from tests.small_home import make_home

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")


def told(home: Path, arguments: str, around: str) -> subprocess.CompletedProcess[str]:
    """A command, its streams set as a shell does."""
    command = f'"$0" -m pipeline.cli --home "$1" {arguments} {around}'
    return subprocess.run(["bash", "-c", command, sys.executable, str(home)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_home(tmp_path_factory.mktemp("streams") / "home")


@pytest.mark.parametrize("asked", ["home", "--json home"])
def test_an_answer_that_finds_no_space_is_told_as_a_fault_of_the_output(home: Home, asked: str) -> None:
    done = told(home.root, asked, ">/dev/full")
    assert done.returncode == 4
    assert done.stderr.startswith("lawbook: there is no space left on the disk of standard output")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("asked", ["plan", "--json plan"])
def test_an_error_that_nobody_can_read_ends_with_its_own_code(home: Home, asked: str) -> None:
    done = told(home.root, asked, ">/dev/full 2>&1")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_an_answer_whose_reader_has_gone_ends_quietly(home: Home) -> None:
    done = told(home.root, "laws", '| head -1; exit "${PIPESTATUS[0]}"')
    assert (done.returncode, done.stderr, len(done.stdout.splitlines())) == (0, "", 1)


def test_a_refit_whose_progress_nobody_reads_comes_to_its_end(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", "first")
    done = told(home.root, "refit", '2>&1 | head -1; exit "${PIPESTATUS[0]}"')
    assert done.returncode == 0
    assert home.published_db.exists()


def test_a_closed_stream_is_never_the_number_of_a_file_of_the_store() -> None:
    program = (
        "import os, sys; from pipeline.cli.streams import prepare; prepare(); print('seen', file=sys.stdout, flush=True); "
        "os._exit(os.open('/dev/zero', os.O_RDONLY))"
    )
    done = subprocess.run(["bash", "-c", '"$0" -c "$1" <&- >&- 2>&-', sys.executable, program], check=False)
    assert done.returncode == 3


def test_a_sign_that_a_terminal_lacks_is_shown_as_an_escape() -> None:
    program = "from pipeline.cli.streams import prepare; prepare(); print('10 \u2192 20')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert done.stdout == "10 \\u2192 20\n"
