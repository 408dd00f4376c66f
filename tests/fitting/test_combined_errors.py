"""What a combination missed is forecast with the weights that it had before, and its noise holds what its laws disagree."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from fitting_cases import sweep

from pipeline.fitting import Fit, common_design, fit
from pipeline.fitting.evidence.combined_errors import combined_errors
from pipeline.fitting.evidence.weights import judge
from pipeline.laws import laws

RIVALS = ("chinchilla", "gadre")


@pytest.fixture(scope="module")
def fits() -> list[Fit]:
    frame, rivals = sweep(40, 3), [laws[name] for name in RIVALS]
    blocks = common_design(rivals, frame)
    return [fit(law, frame, draws=64, design=blocks) for law in rivals]


TOP = (pl.col("kind") == "compute") & (pl.col("part") == pl.col("part").filter(pl.col("kind") == "compute").max())


def missing(one: Fit, factor: float) -> Fit:
    """The fit as if what it missed beyond the last origin of compute had been so many times as much."""
    assert one.held_out is not None
    error = pl.when(TOP).then(pl.col("error") * factor).otherwise("error")
    return replace(one, held_out=one.held_out.with_columns(error=error))


def test_an_origin_is_forecast_with_weights_that_do_not_know_it(fits: list[Fit]) -> None:
    weights = judge(fits).weights
    lucky = combined_errors([missing(fits[0], 0.0), fits[1]], weights).filter(TOP)["error"].to_numpy()
    before = combined_errors(fits, weights).filter(TOP)["error"].to_numpy()
    second = combined_errors([missing(fits[0], 2.0), fits[1]], weights).filter(TOP)["error"].to_numpy()
    np.testing.assert_allclose(second - before, before - lucky, atol=1e-12)  # linear in the error: the weights stay


def test_the_noise_of_a_combination_holds_the_disagreement_of_its_laws(fits: list[Fit]) -> None:
    weights = judge(fits).weights
    apart = combined_errors([missing(fits[0], 50.0), fits[1]], weights).filter(TOP)
    assert (apart["noise"] > combined_errors(fits, weights).filter(TOP)["noise"]).all()


def test_one_law_alone_misses_what_it_missed(fits: list[Fit]) -> None:
    alone = combined_errors(fits[:1], np.ones(1))
    assert fits[0].held_out is not None
    assert alone.sort("kind", "part", "row").equals(fits[0].held_out.sort("kind", "part", "row"))


def test_a_member_with_weight_that_was_not_scored_leaves_nothing_to_say(fits: list[Fit]) -> None:
    assert combined_errors([fits[0], replace(fits[1], held_out=None)], np.array([0.5, 0.5])).is_empty()
