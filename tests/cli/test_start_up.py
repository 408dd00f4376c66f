"""What a command loads: nothing that it can do without. Modules are counted, not seconds (make bench has those)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.home import Home

HEAVY = ("sympy", "scipy", "polars", "pyarrow", "altair", "numpy", "dagster")
LOADED = """
import json, sys
from pipeline.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def loaded(*arguments: str) -> set[str]:
    """The top-level packages that a command has imported when it ends."""
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=True, env=here, timeout=60
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def settled(refitted_once: Path) -> Home:
    """A refitted home that is only read."""
    return Home.open(refitted_once)


def test_help_loads_neither_the_database_nor_the_settings() -> None:
    assert not loaded("--help") & {*HEAVY, "duckdb", "pydantic"}


@pytest.mark.parametrize("command", [["sql", "SELECT 1 AS one"], ["home"], ["plan"], ["plan", "first"]], ids=" ".join)
def test_a_command_that_computes_nothing_loads_no_mathematics(settled: Home, command: list[str]) -> None:
    assert not loaded("--home", str(settled.root), *command) & set(HEAVY)


def test_a_refit_that_has_nothing_to_do_loads_nothing_and_says_what_the_long_way_says(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.report.write_text("drawn")
    answers = []
    for _ in range(2):
        assert main(["--home", str(home.root), "refit"]) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1]
    assert not loaded("--home", str(home.root), "refit") & {*HEAVY, "duckdb"}


def test_the_doctor_does_not_load_the_laws_that_a_refit_has_read_without_an_error(home: Home) -> None:
    home.report.write_text("drawn")
    assert main(["--home", str(home.root), "refit"]) == 0
    assert not loaded("--home", str(home.root), "doctor") & {"sympy", "scipy", "altair", "dagster"}


def test_what_a_refit_needs_loads_without_the_large_parts_of_scipy() -> None:
    """`scipy.stats` alone takes a quarter of the start; the few that ask for it load it when they do."""
    program = "import sys, pipeline.refit.refit; print('scipy.stats' in sys.modules, 'scipy.signal' in sys.modules)"
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=here, timeout=60)
    assert done.stdout.split() == ["False", "False"]


STARTED = """
import os, signal, sys
from pipeline.cli.start import main
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["lawbook", "--home", {home!r}, "home"]
sys.exit(main())
"""


@pytest.mark.parametrize(("module", "code"), [("pipeline.cli.main", -2), ("pipeline.home", 130)])
def test_ctrl_c_while_a_command_is_loaded_shows_no_traceback(settled: Home, module: str, code: int) -> None:
    program = STARTED.format(module=module, home=str(settled.root))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
