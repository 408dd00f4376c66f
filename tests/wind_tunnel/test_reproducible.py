"""A run is a function of its declaration. Needs torch (`pip install .[wind-tunnel]`) and the corpus that the runner fetched."""

import numpy as np
import polars as pl
import pytest

from data.wind_tunnel.again import KINDS, SHIPPED, new_curve, shipped_curve, tolerance
from data.wind_tunnel.design import declared


@pytest.fixture
def trainable() -> bool:
    """Whether sums have the order of the shipped runs; skips, with the reason, where no run can be trained as they were."""
    torch = pytest.importorskip("torch", reason="training needs torch: pip install .[wind-tunnel]")
    runner = pytest.importorskip("data.wind_tunnel.runner")
    if not (runner.WORK / "corpus").is_dir():
        pytest.skip("the corpus is not here: `make wind-tunnel-again` fetches it")
    [version] = pl.read_parquet(SHIPPED / "grid.runs.parquet")["torch"].unique()
    if version != torch.__version__:
        pytest.skip(f"the shipped runs were made with torch {version}, this is {torch.__version__}")
    return pytest.importorskip("data.wind_tunnel.kernels").compute_as_shipped()


def test_a_run_of_each_kind_is_trained_again() -> None:
    shipped = {path.name.split(".")[0] for path in SHIPPED.rglob("*.runs.parquet")}
    groups = {group for group in shipped if not group.startswith("sealed-")} | {
        "sealed-mixtures"
    }  # others are of the kinds above
    assert {declared(run_id).group for run_id in KINDS.values()} == groups


@pytest.mark.slow
@pytest.mark.parametrize("run_id", KINDS.values(), ids=KINDS)
def test_training_a_run_again_gives_its_shipped_curve_to_the_printed_digits(run_id: str, trainable: bool) -> None:
    """A sparse run and one of the largest rate only where the CPU has the kernels of the shipped runs."""
    run = declared(run_id)
    assert np.abs(new_curve(run) - shipped_curve(run)).max() < tolerance(run, trainable)


@pytest.mark.slow
@pytest.mark.usefixtures("trainable")
@pytest.mark.parametrize("run_id", [KINDS["mixture"], KINDS["sparse"]])
def test_training_a_run_twice_on_one_machine_gives_the_same_bits(run_id: str) -> None:
    run = declared(run_id)
    assert (new_curve(run) == new_curve(run)).all()


def test_an_unknown_run_is_named_with_the_nearest_of_the_design() -> None:
    with pytest.raises(ValueError, match=r"grid-d48-t165k-s9.*grid-d48-t165k-s0"):
        declared("grid-d48-t165k-s9")
