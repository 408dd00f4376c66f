"""Benchmarks whose standard errors, or items, differ from run to run: in the weights of the fit, from the dropped log on."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.families.dropped import printed, published, rows
from tests.small_home import without_report

STUDY = """study = "score"
runs = "dataset = 'scored'"
metric = "accuracy"
laws = ["rises_along_axis"]
derive = { axis = "flops" }
plan = { response = { axis = [1e24] } }
draws = 100
"""
FLOPS = np.geomspace(1e19, 1e23, 20)
ITEMS = np.tile([100, 10_000], 10)
TRUTH = 0.95 - 0.7 * (FLOPS / 1e19) ** -0.12
SEEN = np.random.default_rng(3).binomial(ITEMS, TRUTH) / ITEMS


def scored(column: str, values: np.ndarray | None) -> pl.DataFrame:
    """A table of runs with accuracies, and beside them what tells their noise."""
    frame = pl.DataFrame({"run_id": [f"r{k}" for k in range(len(FLOPS))], "flops": FLOPS, "metric:accuracy": SEEN})
    more = [] if values is None else [pl.Series(column, values)]
    return frame.with_columns(*more, status=pl.lit("finished"), dataset=pl.lit("scored"))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_report(monkeypatch)


def weights(tmp_path: Path, column: str, values: np.ndarray | None) -> tuple[list[float], dict[str, float]]:
    home = published(tmp_path, STUDY, scored_runs=scored(column, values))
    (fit,) = rows(home, "SELECT certificate FROM fits")
    (plan,) = rows(home, "SELECT value, value_low, value_high FROM best_response")
    said = printed(home, "score")
    assert "expect an accuracy of" in said
    assert ("values weigh by their own noise" in said) is (values is not None)
    return json.loads(fit["certificate"])["weights"], plan


@pytest.mark.parametrize(("column", "values"), [("metric:accuracy_stderr", np.sqrt(SEEN * (1 - SEEN) / ITEMS)), ("items", ITEMS)])
def test_the_score_of_more_compute_stands_on_the_runs_that_were_asked_more(
    tmp_path: Path, column: str, values: np.ndarray
) -> None:
    (least, most), told = weights(tmp_path / "told", column, values)
    none, untold = weights(tmp_path / "untold", column, None)
    assert most > 10 * least
    assert none == []
    assert told["value_high"] - told["value_low"] < 0.6 * (untold["value_high"] - untold["value_low"])
    assert told["value_low"] < 0.95 - 0.7 * 1e5**-0.12 < told["value_high"]
