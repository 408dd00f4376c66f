"""Errors and scores with no loss beside them: what levels off at chance is not forecast as one power."""

from functools import cache

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import common_design, fit
from pipeline.fitting.effort import REPLAY
from pipeline.fitting.evidence.stack import stack
from pipeline.laws import laws
from pipeline.study.proposals.asks import FALLS, RISES

LARGEST, BEYOND, SWEEPS = 1e21, 10.0, 3
FARTHER = pl.DataFrame({"axis": [LARGEST * BEYOND]})
both = pytest.mark.parametrize("score", [False, True], ids=["error", "score"])


def error_at(compute: np.ndarray) -> np.ndarray:
    """A logistic in ln compute from .7 to .1, half of it gone at 1e20 FLOP."""
    return 0.1 + 0.6 / (1 + (compute / 1e20) ** 0.5)


def truth(score: bool) -> float:
    (error,) = error_at(FARTHER["axis"].to_numpy())
    return float(1 - error if score else error)


@cache
def missed(score: bool) -> np.ndarray:
    """(sweeps, 3): what the power and the three rivals miss ten times farther than 24 noisy runs, and whether these hold it."""
    compute, found = np.repeat(np.geomspace(1e18, LARGEST, 8), 3), []
    for seed in range(SWEEPS):
        error = error_at(compute) + 0.006 * np.random.default_rng(seed).standard_normal(len(compute))
        keys = [f"r{k}" for k in range(len(compute))]
        rows = pl.DataFrame({"run_key": keys, "axis": compute, "value": 1 - error if score else error})
        rivals = [laws[name] for name in (RISES if score else FALLS)]
        blocks = common_design(rivals, rows)
        fits = [fit(law, rows, draws=100, design=blocks, effort=REPLAY) for law in rivals]
        (row,) = stack(fits, horizon=1.0).predict(FARTHER).to_dicts()
        inside = row["predicted_low"] <= truth(score) <= row["predicted_high"]
        found.append((abs(fits[0].value(FARTHER)[0] - truth(score)), abs(row["predicted"] - truth(score)), inside))
    return np.array(found)


@both
def test_a_metric_that_levels_off_is_forecast_better_by_the_rivals_than_by_the_power(score: bool) -> None:
    power, together, _ = missed(score).mean(axis=0)
    assert together < power


@both
def test_the_interval_of_the_rivals_holds_where_a_metric_that_levels_off_ends(score: bool) -> None:
    assert missed(score)[:, 2].all()
