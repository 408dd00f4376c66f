"""The second stage of a chain has rivals: benchmarks of several forms are forecast ten times farther than their runs."""

from collections.abc import Callable
from functools import cache

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import common_design, fit
from pipeline.fitting.effort import REPLAY
from pipeline.fitting.evidence.chain import ChainedFit, chain_errors, chained, each_through
from pipeline.fitting.evidence.stack import stack
from pipeline.laws import laws
from pipeline.laws.families import rivals

Array = np.ndarray
Truth = Callable[[Array, np.random.Generator], Array]
ITEMS, LARGEST, BEYOND = 2000, 1e21, 10.0


def _sigmoid(loss: Array, steepness: float, midpoint: float) -> Array:
    return 1 / (1 + np.exp(-steepness * (loss - midpoint)))


TRUTHS: dict[str, Truth] = {
    "exponential": lambda loss, rng: 0.85 - rng.uniform(0.4, 0.7) * np.exp(-rng.uniform(0.6, 1.1) * (loss - 2.2)),
    "logistic": lambda loss, rng: 0.75 * _sigmoid(loss, rng.uniform(1.5, 4), rng.uniform(2.2, 3)),
    "with a floor": lambda loss, rng: 0.2 + 0.55 * _sigmoid(loss, rng.uniform(1.5, 4), rng.uniform(2.4, 3.1)),
    "emergent late": lambda loss, rng: 0.75 * _sigmoid(loss, rng.uniform(4, 8), rng.uniform(2.0, 2.4)),
    "a power of the loss": lambda loss, rng: 0.8 * (loss / 5) ** rng.uniform(0.8, 2.5),
}
"""Errors of a benchmark at a loss: the last is the form of no rival."""


def loss_of(params: Array, data: Array) -> Array:
    return 1.7 + 400 * params**-0.34 + 1500 * data**-0.33


@cache
def sweep(truth: str, score: bool, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Forty runs with their loss and the share of so many items that they miss (or solve), and the run ten times larger."""
    rng = np.random.default_rng([seed, 3])
    budgets = np.append(np.repeat(np.geomspace(1e18, LARGEST, 8), 5), LARGEST * BEYOND)
    params = np.sqrt(budgets / 120) * 10 ** np.append(rng.uniform(-0.4, 0.4, len(budgets) - 1), 0.0)
    data = budgets / (6 * params)
    loss = loss_of(params, data) * np.exp(0.003 * rng.standard_normal(len(params)))
    missed = rng.binomial(ITEMS, np.clip(TRUTHS[truth](loss, rng), 0.001, 0.999)) / ITEMS
    value = np.maximum(1 - missed if score else missed, 0.5 / ITEMS)
    keys = [f"r{k}" for k in range(len(params))]
    rows = pl.DataFrame({"run_key": keys, "params": params, "data_seen": data, "loss": loss, "value": value, "used": True})
    return rows[:-1], rows[-1:]


@cache
def chain(truth: str, score: bool = False, seed: int = 0, alone: str | None = None) -> ChainedFit:
    """chinchilla, then the family that answers from the loss, or one law of it `alone`."""
    rows, _ = sweep(truth, score, seed)
    seconds = [laws[name] for name in ([alone] if alone else rivals("score_from_loss" if score else "error_from_loss"))]
    blocks = common_design([laws["chinchilla"], *seconds], rows)
    first = fit(laws["chinchilla"], rows.with_columns(value="loss"), draws=200, design=blocks, effort=REPLAY)
    second = stack([fit(law, rows, draws=200, design=blocks, effort=REPLAY) for law in seconds], horizon=1.0)
    return chained(first, second, "loss", chain_errors(first, second, "loss", rows))


def missed(truth: str, score: bool, seed: int, alone: str | None = None) -> tuple[float, bool]:
    """How far the forecast of the larger run is off, and whether its interval held it."""
    found = chain(truth, score, seed, alone).predict(sweep(truth, score, seed)[1], new_run=True)
    low, value, high = (found[name][0] for name in ("predicted_low", "value", "predicted_high"))
    return abs(found["predicted"][0] - value), low <= value <= high


def test_a_logistic_benchmark_is_not_forecast_as_an_exponential() -> None:
    alone, inside = missed("with a floor", False, 0, "gadre_error")
    together, held = missed("with a floor", False, 0)
    assert together < 0.6 * alone
    assert (inside, held) == (False, True)


@pytest.mark.parametrize(("truth", "score"), [(truth, bool(k % 2)) for k, truth in enumerate(TRUTHS)])
def test_a_benchmark_of_any_form_ends_near_its_forecast(truth: str, score: bool) -> None:
    assert missed(truth, score, 1)[0] < 0.05


@pytest.mark.slow
def test_nine_in_ten_benchmarks_end_inside_their_interval() -> None:
    found = [missed(truth, score, seed) for truth in TRUTHS for score in (False, True) for seed in range(12)]
    assert 0.85 <= np.mean([inside for _, inside in found]) <= 0.98
    assert np.mean([error for error, _ in found]) < 0.025


def test_each_law_of_the_second_stage_speaks_through_the_link() -> None:
    whole, larger = chain("exponential", seed=1), sweep("exponential", False, 1)[1].select("params", "data_seen")
    apart = [*each_through(whole)]
    assert len(apart) > 1
    for alone in apart:
        assert whole.first is not None
        assert alone.second is not None
        by_hand = alone.second.value(larger.with_columns(loss=pl.Series(whole.first.value(larger))))
        assert (alone.law.name, alone.value(larger)) == (alone.second.law.name, by_hand)
        assert alone.misfit == whole.misfit


def test_a_chain_of_single_laws_has_no_law_to_speak_for_itself() -> None:
    assert not [*each_through(chain("logistic", alone="logistic_error"))]
