"""A run is a function of its declaration. Needs torch (`pip install .[wind-tunnel]`) and the corpus that the runner fetched."""

import json
from pathlib import Path

import polars as pl
import pytest

from data.wind_tunnel.design import expand, load

SHIPPED = Path(__file__).parents[2] / "data" / "runs"


@pytest.mark.slow
@pytest.mark.parametrize("run_id", ["grid-d48-t165k-s0", "pools-d32-t192k-best2-s0", "recipe-d64-t190k-relu2-lion-s0"])
def test_training_a_run_again_gives_its_shipped_curve(run_id, tmp_path):
    torch = pytest.importorskip("torch")
    runner = pytest.importorskip("data.wind_tunnel.runner")
    if not (runner.WORK / "corpus").is_dir():
        pytest.skip("the corpus is not here: `python -m data.wind_tunnel.runner --only ID` fetches it")
    run = next(run for run in expand(load()) if run.run_id == run_id)
    shipped = pl.read_parquet(SHIPPED / f"{run.group}.runs.parquet").filter(run_id=run_id)
    if shipped["torch"][0] != torch.__version__:
        pytest.skip(f"the shipped run was made with torch {shipped['torch'][0]}")
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
    runner.perform(run, tmp_path)
    points = json.loads((tmp_path / f"{run_id}.json").read_text())["points"]
    curve = pl.read_parquet(SHIPPED / f"{run.group}.measurements.parquet").filter(run_id=run_id)
    assert [round(point["value"], 6) for point in points] == [round(value, 6) for value in curve["value"]]
