"""The chain from log-probability to accuracy, and how predictable each of its steps is."""

import numpy as np
import polars as pl
import pytest

from pipeline.planning.estimators.predictability import chain, furthest_step, predictability


@pytest.mark.parametrize(("others", "accuracy", "brier"), [((0.2, 0.2, 0.2), 1, 0.48), ((0.6, 1e-300, 1e-300), 0, 0.72)])
def test_worked_items(others: tuple[float, float, float], accuracy: float, brier: float) -> None:
    found = chain(np.log([0.4, *others]), correct=0)
    assert (found["accuracy"], found["brier"]) == pytest.approx((accuracy, brier))


def test_a_rising_and_a_falling_item_have_median_zero() -> None:
    frame = pl.DataFrame({"item_id": ["a"] * 3 + ["b"] * 3, "flops": [1.0, 2, 3] * 2, "score": [0.1, 0.2, 0.3, 0.3, 0.2, 0.1]})
    found = predictability(frame)
    assert found.median == 0
    assert found.above(0.75) == 0.5


def test_a_monotone_step_leaves_rank_correlations_as_they_are() -> None:
    rng = np.random.default_rng(1)
    frame = pl.DataFrame(
        {"item_id": np.repeat(np.arange(20), 6), "flops": np.tile(np.arange(1.0, 7), 20), "score": rng.normal(size=120)}
    )
    raised = frame.with_columns(pl.col("score").exp())
    np.testing.assert_array_equal(predictability(frame).correlations, predictability(raised).correlations)


def test_forecasts_stop_where_the_chain_breaks() -> None:
    """Log-probability of the right choice rises smoothly; that of the wrong ones is noise, so the choice is not predictable."""
    rng = np.random.default_rng(2)
    rows = []
    for item in range(60):
        for model in range(8):
            log_p = np.concatenate([[-3 + 0.2 * model + 0.02 * rng.normal()], rng.normal(-2, 2, 3)])
            rows.append({"item_id": item, "flops": 10.0**model} | chain(log_p, 0))
    assert furthest_step(pl.DataFrame(rows)) == "log_p"
