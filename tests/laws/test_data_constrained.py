"""data_constrained reproduces the worked values and the published objective on the released runs."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.laws import laws
from pipeline.laws.catalogue.repetition.data_constrained import C4
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows

LAW = laws["data_constrained"]
THETA = np.array([[C4[p.name] for p in LAW.parameters]])


def loss(params: list[float], seen: list[float], unique: list[float]) -> np.ndarray:
    columns = {"params": np.array(params), "data_seen": np.array(seen), "data_unique": np.array(unique)}
    return compiled(LAW).value(THETA, Rows(columns))[0]


def test_worked_losses() -> None:
    found = loss([6.34e9, 8.67e9, 2.81e9, 2.81e9], [242e9, 178e9, 55e9, 55e9], [25e9, 25e9, 4e9, 55e9])
    expected = [2.2256440889984477, 2.2269634075087867, 2.4720390976, 2.3540987161]
    np.testing.assert_allclose(found[:2], expected[:2], rtol=1e-14)
    np.testing.assert_allclose(found[2:], expected[2:], atol=5e-11)


def test_worth_of_repeated_tokens() -> None:
    """D'/U, read back from the data term of a model that is small enough to have no excess parameters."""
    epochs = np.array([1, 2, 4, 8, 16, 40, 100.0])
    unique, params = np.full(7, 1e10), np.full(7, 1e6)
    term = loss(list(params), list(unique * epochs), list(unique)) - C4["E"] - C4["A"] / params ** C4["alpha"]
    worth = (C4["B"] / term) ** (1 / C4["beta"]) / unique
    np.testing.assert_allclose(worth, [1, 1.968199, 3.725673, 6.624119, 10.582457, 15.167465, 16.363035], atol=5e-7)


def test_published_objective_on_the_182_released_runs(shared_data: Path) -> None:
    """Source: ../shared/data/datablations, rows of the published fit."""
    runs = pl.read_csv(shared_data / "datablations" / "final_losses.csv", infer_schema_length=None)
    runs = runs.filter(pl.col("in_paper_fit") == 1)
    observed = runs["val_loss_in_paper_fit"].cast(pl.Float64).to_numpy()
    unique = runs["unique_tokens"].fill_null(0).to_list()
    predicted = loss(runs["N"].to_list(), runs["D_total"].to_list(), unique)
    residual = np.abs(np.log(predicted) - np.log(observed))
    huber = np.where(residual < 1e-3, residual**2 / 2, 1e-3 * (residual - 5e-4)).sum()
    explained = 1 - ((predicted - observed) ** 2).sum() / ((observed - observed.mean()) ** 2).sum()
    assert len(observed) == 182
    assert huber == pytest.approx(0.0158259, abs=5e-8)
    assert explained == pytest.approx(0.7722046, abs=5e-8)


def test_excess_parameters_are_worth_less_than_fresh_ones() -> None:
    more = loss([3e8, 3e9, 3e10], [4e9] * 3, [4e9] * 3)
    gains = -np.diff(more)
    assert np.all(gains > 0)
    assert gains[1] < gains[0]
