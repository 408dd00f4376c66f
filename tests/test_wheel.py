"""What `pip install` of the built wheel puts into site-packages, and that it works from any folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipeline import __version__
from pipeline.places import shipped

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = "pipeline/_bundled"
PARTS = ("sql", "assets", "data", ":!data/wind_tunnel")
RUN = "import sys; sys.path.insert(0, sys.argv.pop(1)); from pipeline.cli.main import main; sys.exit(main())"
GRAPH = "import sys; sys.path.insert(0, sys.argv[1]); from pipeline.places import SHIPPED; sys.path.insert(0, str(SHIPPED)); \
from assets.definitions import defs; import assets, pipeline; print(assets.__file__); print(pipeline.__file__)"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built in CI's way: without isolation and without a network."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The files that it installs."""
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site-packages that has this wheel alone."""
    folder = tmp_path_factory.mktemp("site-packages")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def installed(site: Path, elsewhere: Path, code: str, *arguments: str) -> subprocess.CompletedProcess:
    """Runs the installed package in a folder that is no clone."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "LAWBOOK_HOME")}
    command = [sys.executable, "-c", code, str(site), *arguments]
    return subprocess.run(command, cwd=elsewhere, env=kept, capture_output=True, text=True, timeout=300)


def test_nothing_but_the_package_stands_at_the_top_of_site_packages(names):
    assert {name.split("/")[0] for name in names} == {"pipeline", f"lawbook-{__version__}.dist-info"}


def test_every_statement_and_every_shipped_file_is_inside(names):
    tracked = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *PARTS], cwd=ROOT, capture_output=True, text=True)
    files = [name for name in tracked.stdout.splitlines() if (ROOT / name).is_file()]
    if not files:
        pytest.skip("this is no clone: nothing says which files are the repository's")
    assert {f"{BUNDLED}/{name}" for name in files} == {name for name in names if name.startswith(BUNDLED)}


def test_no_training_code_and_no_test_is_inside(names):
    assert not [name for name in names if "data/wind_tunnel/" in name or "/tests/" in name or name.endswith(".pyc")]


def test_the_package_says_that_it_is_typed(names):
    assert "pipeline/py.typed" in names


def test_the_version_is_said_once(wheel):
    metadata = zipfile.ZipFile(wheel).read(f"lawbook-{__version__}.dist-info/METADATA").decode()
    assert f"\nVersion: {__version__}\n" in metadata


def test_a_clone_reads_what_ships_beside_the_package_and_an_installation_inside_it(tmp_path):
    package = tmp_path / "pipeline"
    (package / "_bundled").mkdir(parents=True)
    assert shipped(package) == package / "_bundled"
    (package / "_bundled").rmdir()
    assert shipped(package) == tmp_path


def test_the_installed_command_says_its_version_from_any_folder(site, tmp_path):
    done = installed(site, tmp_path, RUN, "--version")
    assert (done.returncode, done.stdout) == (0, f"lawbook {__version__}\n"), done.stderr


def test_the_installed_command_makes_a_home_with_dagsters_settings(site, tmp_path):
    done = installed(site, tmp_path, RUN, "home", "--create")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".lawbook" / "dagster" / "dagster.yaml").read_text() == (ROOT / "assets" / "dagster.yaml").read_text()


@pytest.mark.slow
def test_the_installed_command_ingests_a_log_and_publishes_it(site, tmp_path):
    """Statements, maps and the store: an ingest and a publication use most of what is bundled."""
    (tmp_path / ".lawbook" / "inbox" / "lab").mkdir(parents=True)
    (tmp_path / ".lawbook" / "inbox" / "lab" / "a.runs.csv").write_text(
        "run_id,dataset,params,data_seen,metric:loss\nr1,d,1000000,20000000,3.1\n"
    )
    done = installed(site, tmp_path, RUN, "refit")
    assert done.returncode == 0, done.stderr
    asked = installed(site, tmp_path, RUN, "sql", "SELECT count(*) AS n FROM runs")
    assert "1" in asked.stdout, asked.stderr


@pytest.mark.slow
def test_the_installed_demo_fits_the_shipped_runs(site, tmp_path):
    done = installed(site, tmp_path, RUN, "demo")
    assert done.returncode == 0, done.stderr
    assert "wind-tunnel-filtering" in done.stdout


@pytest.mark.slow
def test_dagster_finds_the_graph_inside_the_installed_package(site, tmp_path):
    done = installed(site, tmp_path, GRAPH)
    assert done.returncode == 0, done.stderr
    assert all(str(site) in line for line in done.stdout.splitlines()[-2:])
