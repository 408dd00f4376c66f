"""The same work gives the same numbers wherever it runs; the scheduler and its workers really start here."""

import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import dagster as dg
import numpy as np
import pytest
from small_home import own_home

from assets.resources import Lawbook
from assets.runs import ingest
from pipeline.cli.main import main
from pipeline.compute import counted, mapper
from pipeline.errors import ComputeError
from pipeline.study.jobs import Result, run_job
from tests.compute.compute_cases import cluster, jobs


def tile(seed: int, size: int) -> np.ndarray:
    """A piece of work whose result depends on every bit of its arguments."""
    numbers = np.random.default_rng(seed).standard_normal(size)
    return np.sort(np.exp(numbers) / (1 + numbers**2))


ROOT = Path(__file__).resolve().parents[2]
SEEDS, SIZES = [3, 1, 4, 1, 5, 9, 2, 6], [100, 200, 300, 400, 500, 600, 700, 800]


@pytest.fixture(scope="module")
def dask_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster that the tests share."""
    with cluster(tmp_path_factory.mktemp("dask")) as (address, _):
        yield address


def run(compute: str) -> list[bytes]:
    with mapper(compute) as over:
        return [result.tobytes() for result in over(tile, SEEDS, SIZES)]


def test_processes_give_the_bits_of_local() -> None:
    assert run("processes:2") == run("local")


def test_a_dask_cluster_gives_the_bits_of_local(dask_address: str) -> None:
    assert run(dask_address) == run("local")


def test_the_dashboard_of_a_cluster_is_printed_by_a_refit_and_progress_counts_its_tasks(
    dask_address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = own_home(tmp_path / "home")
    (home.root / "config.toml").write_text(f'shipped = false\ncompute = "{dask_address}"\n', encoding="utf-8")
    assert main(["--home", str(home.root), "refit"]) == 0
    assert re.search(r"Dask's dashboard is at http://127\.0\.0\.1:\d+/status", capsys.readouterr().err)
    heard: list[str] = []
    with mapper(dask_address) as over:
        assert list(counted(over, heard.append, "sorting")(len, ["a", "bb"])) == [1, 2]
    assert heard == ["sorting: 1 of 2 done", "sorting: 2 of 2 done"]


def test_the_dashboard_of_a_cluster_is_metadata_of_the_assets_that_it_works_for(dask_address: str, tmp_path: Path) -> None:
    home = own_home(tmp_path / "home")
    (home.root / "config.toml").write_text(f'shipped = false\ncompute = "{dask_address}"\n', encoding="utf-8")
    with dg.instance_for_test() as instance:
        done = dg.materialize([ingest], resources={"lawbook": Lawbook(home=str(home.root))}, instance=instance)
    (event,) = done.asset_materializations_for_node("ingest")[-1:]
    assert "/status" in str(event.metadata["Dask's dashboard"].value)


def test_an_unknown_setting_is_refused_with_the_cure() -> None:
    with pytest.raises(ComputeError, match=r"config.toml: .* is no place to compute; write .*processes:N"), mapper("spark"):
        pass


def test_a_silent_scheduler_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.compute.ANSWERS_WITHIN", "500ms")
    with pytest.raises(ComputeError, match=r"no Dask scheduler answers at tcp://127.0.0.1:9"), mapper("dask://127.0.0.1:9"):
        pass


def bits(results: Iterable[Result]) -> list[tuple[bytes, bytes]]:
    """Estimates and draws of the fits, to the bit."""
    return [(result.fit.estimate.tobytes(), result.fit.draws.tobytes()) for result in results]


def test_fits_and_draws_on_a_cluster_are_those_of_local_to_the_bit(dask_address: str) -> None:
    with mapper(dask_address) as over:
        assert bits(over(run_job, jobs(3))) == bits(map(run_job, jobs(3)))


def test_a_worker_that_is_killed_mid_way_changes_no_bit_and_repeats_no_result(tmp_path: Path) -> None:
    with cluster(tmp_path) as (address, workers), mapper(address) as over:
        list(over(tile, SEEDS, SIZES))  # both workers have joined and imported
        killer = threading.Timer(0.5, workers[0].kill)
        killer.start()
        done = bits(over(run_job, jobs(6)))
        killer.join()
        assert workers[0].wait(30) != 0
        assert done == bits(map(run_job, jobs(6)))
