"""Observations that stray unequally, as a logged standard error or a benchmark's items say: the fit weighs them so."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import Fit, fit
from pipeline.fitting.unequal import Sampling, common_sd, efficient
from pipeline.laws import laws
from pipeline.laws.law import Objective

AMOUNTS = np.geomspace(1e3, 1e7, 24)
TRUTH = 0.5 + 3 * AMOUNTS**-0.2
BEYOND = pl.DataFrame({"axis": [1e8]})
SEEDS = 16


def runs(seed: int, sd: np.ndarray) -> pl.DataFrame:
    """Runs of one law whose values stray by sd, and say so."""
    value = TRUTH + sd * np.random.default_rng(seed).standard_normal(len(TRUTH))
    keys = [f"r{place}" for place in range(len(TRUTH))]
    return pl.DataFrame({"axis": AMOUNTS, "value": value, "run_key": keys, "sampling_sd": sd})


def fitted(frame: pl.DataFrame, draws: int = 200) -> Fit:
    return fit(laws["falls_along_axis"], frame, draws=draws)


def test_unequal_noise_that_is_told_is_weighed_so_that_estimates_are_tighter_and_intervals_hold() -> None:
    """Of a hundred such sweeps 84 % of the intervals held, as of sweeps whose runs all stray alike (83 %)."""
    sd = np.where(np.arange(len(AMOUNTS)) % 2 == 0, 0.002, 0.03)
    truth, error, inside, width = 0.5 + 3 * 1e8**-0.2, {}, {}, {}
    for told in (True, False):
        frames = [runs(seed, sd) if told else runs(seed, sd).drop("sampling_sd") for seed in range(SEEDS)]
        fits = [fitted(frame) for frame in frames]
        ends = np.array([np.quantile(one.predict_draws(BEYOND, misfit=False)[:, 0], [0.05, 0.95]) for one in fits])
        error[told] = np.sqrt(np.mean([(one.value(BEYOND)[0] - truth) ** 2 for one in fits]))
        inside[told] = np.mean((ends[:, 0] <= truth) & (truth <= ends[:, 1]))
        width[told] = np.median(ends[:, 1] - ends[:, 0])
    assert error[True] < 0.5 * error[False]
    assert width[True] < 0.5 * width[False]
    assert inside[True] >= 0.7


def test_equal_noise_gives_the_same_fit_to_the_bit() -> None:
    frame = runs(1, np.full(len(AMOUNTS), 0.01))
    told, untold = fitted(frame.with_columns(sampling_sd=0.01 * pl.col("value")), 50), fitted(frame.drop("sampling_sd"), 50)
    np.testing.assert_array_equal(told.estimate, untold.estimate)
    np.testing.assert_array_equal(told.draws, untold.draws)
    assert told.fit_id == untold.fit_id
    assert told.certificate.weights == []


def test_noise_that_all_have_in_common_makes_weights_even() -> None:
    """Sampling sd of .0001 and .002 are nothing beside runs that stray by .05 in ln."""
    frame = runs(1, 0.05 * TRUTH).with_columns(sampling_sd=pl.Series(np.tile([1e-4, 2e-3], 12)))
    least, most = fitted(frame, 20).certificate.weights or (1.0, 1.0)
    assert least > 0.98
    assert most < 1.02


def test_a_share_s_noise_follows_what_is_expected_of_it_and_not_what_came_out() -> None:
    """A run that passes all of its 20 items logs no standard error; weighed by that it would be all that counts."""
    told = Sampling(np.array([0.0, 0.01]), np.array([20.0, np.nan]))
    np.testing.assert_allclose(told.at(np.array([0.9, 0.5]), "linear"), [np.sqrt(0.09 / 20), 0.01])
    np.testing.assert_allclose(told.at(np.array([0.9, 0.5]), "log"), [np.sqrt(0.09 / 20) / 0.9, 0.02])


@pytest.mark.parametrize(("loss", "power"), [("l2", 2.0), ("lad", 1.0), ("huber", 1.0)])
def test_weights_are_the_efficient_ones_of_the_loss(loss: str, power: float) -> None:
    """One over the variance of squares, one over the sd of absolute errors and of Huber's far outside its delta."""
    weight = efficient(np.array([0.1, 0.4]), Objective("log", loss, 1e-5))  # type: ignore[arg-type]  # one of the losses
    assert weight[0] / weight[1] == pytest.approx(4**power, rel=0.02)


def test_what_residuals_leave_beyond_their_own_noise_is_found() -> None:
    own = np.tile([0.01, 0.05], 2000)
    residual = np.hypot(own, 0.03) * np.random.default_rng(0).standard_normal(4000)
    assert common_sd(residual, own, 2) == pytest.approx(0.03, rel=0.05)
    assert common_sd(own * np.random.default_rng(0).standard_normal(4000) * 0.5, own, 2) == 0.0
