"""The sweep of rates and batches answers by the questions to any law: its best rate lies between the sweep's two best ones."""

from pathlib import Path

import polars as pl
import pytest

from pipeline.fitting import Fit, fit
from pipeline.home import Home
from pipeline.ingest.ingest import ingest
from pipeline.laws import laws
from pipeline.planning import PLANS
from pipeline.store.warehouse import Warehouse
from pipeline.study.declaration import Study
from pipeline.study.observations import observations
from pipeline.study.studies import read_study

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, pl.DataFrame, Fit]:
    home = Home.demo(tmp_path_factory.mktemp("rates") / "home")
    study = read_study(ROOT / "data" / "studies" / "wind_tunnel" / "rates-and-batches.toml")
    with Warehouse(home) as warehouse:
        ingest(home, warehouse=warehouse)
        frame = observations(warehouse.connection, study)
    return study, frame, fit(laws["rate_valley"], frame, draws=100)


def test_the_fit_of_the_sweep_is_clean_and_close(swept: tuple[Study, pl.DataFrame, Fit]) -> None:
    _, frame, found = swept
    assert found.certificate.grade == "clean"
    assert float((found.value(frame) / frame["value"] - 1).abs().max()) < 0.012


def test_the_best_rate_lies_between_the_neighbours_of_the_sweeps_best(swept: tuple[Study, pl.DataFrame, Fit]) -> None:
    study, frame, found = swept
    plan = PLANS["plan_optimum"].build(found, study, frame)
    for row in plan.iter_rows(named=True):
        at = {pair["key"]: pair["value"] for pair in row["given"]}
        cell = frame.filter((pl.col("params") / at["params"]).is_between(0.9, 1.1), batch_size=at["batch_size"]).sort("value")
        best = cell["peak_lr"][0]
        assert best / 2 <= row["amount"] <= 2 * best
        assert row["amount_low"] < row["amount"] < row["amount_high"]


def test_the_best_rate_falls_with_size_and_grows_with_the_batch(swept: tuple[Study, pl.DataFrame, Fit]) -> None:
    found = swept[2]
    assert -0.8 < found.parameters["size_exponent"] < -0.3
    assert 0.3 < found.parameters["batch_exponent"] < 0.7
