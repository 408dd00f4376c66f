"""Starts and draws that run off to where float64 ends: the fit says what it cannot know, and does not break down."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import fit
from pipeline.fitting.evidence.grading import _largest_sd
from pipeline.fitting.numerics.steps import _guarded_step
from pipeline.laws import laws

RUNS = Path(__file__).parents[2] / "data" / "runs"


def nine_runs() -> pl.DataFrame:
    """The runs of one width: compute and final loss."""
    runs = pl.read_parquet(RUNS / "grid.runs.parquet").filter(width=24)
    loss = pl.read_parquet(RUNS / "grid.measurements.parquet").filter(metric="loss", split="validation")
    last = loss.sort("step").group_by("run_id").last().select("run_id", "value")
    return runs.join(last, on="run_id").select("flops", "value", run_key="run_id")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_broken_power_law_on_nine_runs_is_refused_with_a_reason(seed: int) -> None:
    found = fit(laws["broken_power_law"], nine_runs(), draws=50, seed=seed)
    assert found.grade == "refused"
    assert "not identified" in "; ".join(found.certificate.reasons)


def test_a_slope_whose_square_underflows_does_not_stop_the_solver() -> None:
    slopes = np.array([0.25, 2.0, 1e-170])  # of a break at 1e160 FLOP, say: its square is 0, its products are not
    metric = np.outer(slopes, slopes)[None]
    metric[0, 2, 2] = 0.0
    metric[0, :2, 2] = metric[0, 2, :2] = slopes[:2] * 1e-9
    step, predicted, _ = _guarded_step(np.ones((1, 3)), metric, metric, np.zeros(1), 1e-3)
    assert np.isfinite(step).all()
    assert np.isfinite(predicted).all()


def test_a_metric_that_overflows_does_not_stop_the_other_rows() -> None:
    metric = np.stack([np.eye(2), np.full((2, 2), np.inf)])
    with np.errstate(all="ignore"):
        step, _, _ = _guarded_step(np.ones((2, 2)), np.stack([np.eye(2)] * 2), metric, np.zeros(2), 1e-3)
    assert np.allclose(step[0], -1.0)


def test_a_cell_is_as_uncertain_as_its_finite_draws_where_few_predict_an_infinity() -> None:
    spread = np.append(np.random.default_rng(0).normal(0, 0.1, 199), np.inf)[:, None]
    assert _largest_sd(spread) == pytest.approx(0.1, rel=0.1)


def test_a_cell_that_a_tenth_of_the_draws_predict_infinite_is_uncertain_without_bound() -> None:
    spread = np.append(np.random.default_rng(0).normal(0, 0.1, 180), np.full(20, np.inf))[:, None]
    assert _largest_sd(spread) == np.inf


def test_a_score_of_zero_does_not_spoil_the_starts() -> None:
    """A task that the smallest models never solve."""
    loss = np.linspace(0.4, 3.0, 12)
    score = np.where(loss > 2.2, 0.0, 0.6 / (1 + np.exp(6 * (loss - 1.2))))
    found = fit(laws["ladder_score"], pl.DataFrame({"task_loss": loss, "value": score}), draws=20)
    assert np.abs(found.residuals).max() < 0.01


def test_a_switch_of_zero_and_one_has_two_levels_and_that_is_enough() -> None:
    flops = np.tile(np.geomspace(1e10, 1e14, 8), 2)
    treated = np.repeat([0.0, 1.0], 8)
    loss = 1.5 + 300.0 * (flops / 2.0**treated) ** -0.25
    found = fit(laws["compute_multiplier"], pl.DataFrame({"flops": flops, "treated": treated, "value": loss}), draws=20)
    assert found.certificate.levels["treated"] == 2
    assert found.grade == "clean"


def test_a_law_of_capability_has_intervals_though_half_of_the_models_are_below_the_mean() -> None:
    """Capability is a logarithm of a scale: as a budget it was negative there, and no draw was a number."""
    law, capability = laws["observational"], np.linspace(-2.0, 2.0, 40)
    noise = np.random.default_rng(1).normal(0, 0.01, 40)
    frame = pl.DataFrame({"capability": capability, "value": 0.9 / (1 + np.exp(1.0 - 1.2 * capability)) + noise})
    made = fit(law, frame, draws=50).predict(frame, new_run=True)
    assert made["predicted_low"].null_count() == 0
    assert made["value"].is_between(made["predicted_low"], made["predicted_high"]).mean() > 0.8  # type: ignore[operator]  # of numbers
