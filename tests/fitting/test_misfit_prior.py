"""What scored forecasts teach about a law's own error: as much as they show, and no more than independent errors can."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting.evidence.heldout import EMPTY
from pipeline.fitting.evidence.law_error import estimate_misfit
from pipeline.fitting.evidence.law_error_prior import FIXED, INDEPENDENT, PULL, MisfitPrior, learnt, origin_weights

SPREAD = 0.02


def forecasts(study: str, ratio: float, k: float = 1.0, law: str = "chinchilla", seed: int = 0, origins: int = 4) -> pl.DataFrame:
    """Forecasts of one cohort whose law is wrong by SPREAD·exp(ratio + k·distance): four a doubling of the known runs."""
    rng = np.random.default_rng([seed, 7])
    known, distance = np.repeat(10 * 2 ** np.arange(origins), 4), np.tile([0.0, 0.3, 0.6, 1.0], origins)
    noise = np.full(len(known), 0.3 * SPREAD)
    sd = np.sqrt(noise**2 + SPREAD**2 + (SPREAD * np.exp(ratio + k * distance)) ** 2)
    return pl.DataFrame(
        {
            "study": study,
            "cohort": "",
            "law": law,
            "known_runs": known,
            "run_key": [f"{study}-{i}" for i in range(len(known))],
            "distance": distance,
            "parameter_sd": noise,
            "run_sd": SPREAD,
            "error": sd * rng.standard_normal(len(known)),
        }
    )


def population(count: int, location: float, spread: float, law: str = "chinchilla") -> pl.DataFrame:
    """Many cohorts, each wrong by a draw of its own."""
    ratios = location + spread * np.random.default_rng(3).standard_normal(count)
    return pl.concat([forecasts(f"{law}-{i}", ratio, law=law, seed=i, origins=6) for i, ratio in enumerate(ratios)])


def renamed(scored: pl.DataFrame, study: str) -> pl.DataFrame:
    """The same forecasts of the same runs in another study."""
    return scored.with_columns(study=pl.lit(study))


def test_without_a_scored_forecast_it_is_what_was_believed_before() -> None:
    nothing = forecasts("a", 0.0).clear()
    assert learnt(nothing, ["chinchilla"]) == {"chinchilla": FIXED}


@pytest.mark.parametrize(("location", "spread"), [(1.2, 0.5), (-0.3, 0.3)])
def test_many_cohorts_teach_how_wrong_laws_are_and_how_much_they_differ(location: float, spread: float) -> None:
    found = learnt(population(120, location, spread), ["another"])["another"]
    assert found.location == pytest.approx(location, abs=0.2)
    assert found.spread == pytest.approx(spread, abs=0.2)
    assert found.growth == pytest.approx(1.0, abs=0.2)


def test_one_cohort_moves_it_by_less_than_its_share_among_those_believed_before() -> None:
    found = learnt(forecasts("a", 2.5, origins=6), ["another"])["another"]
    assert 0.1 < found.location < 2.5 / (1 + PULL)


def test_a_cohort_that_shows_little_teaches_little() -> None:
    """One forecast with a parameter noise ten times as large as any error of the law."""
    vague = forecasts("a", 2.0).head(1).with_columns(parameter_sd=pl.lit(1.0), error=pl.lit(0.1))
    assert learnt(vague, ["chinchilla"])["chinchilla"].apart(FIXED) < 0.02


def test_a_hundred_studies_of_the_same_runs_teach_what_one_does() -> None:
    one = forecasts("a", 1.5)
    many = pl.concat([renamed(one, f"study-{i}") for i in range(100)])
    assert learnt(many, ["another"])["another"].apart(learnt(one, ["another"])["another"]) < 0.01


def test_forecasts_of_one_origin_weigh_together_as_a_few_independent_errors() -> None:
    weights = origin_weights(np.repeat([3.0, 4.0], [100, 2]))
    assert weights[:100].sum() == pytest.approx(INDEPENDENT)
    assert weights[100:].tolist() == [1.0, 1.0]


def test_fits_of_nearly_as_many_runs_are_one_origin() -> None:
    """Refits after each of fifty runs would else count as fifty origins."""
    one = pl.concat([forecasts("a", 1.5, seed=i, origins=1) for i in range(12)])
    one = one.with_columns(run_key=pl.format("r{}", pl.int_range(pl.len())))
    apart = one.with_columns(known_runs=8 + pl.int_range(pl.len()) % 8)
    assert learnt(apart, ["chinchilla"]) == learnt(one, ["chinchilla"])


def test_a_law_with_forecasts_of_its_own_differs_from_the_others_towards_them() -> None:
    wrong = population(12, 1.5, 0.2, law="power_law")
    found = learnt(pl.concat([population(12, -0.5, 0.2), wrong]), ["chinchilla", "power_law", "gadre"])
    assert found["chinchilla"].location < found["gadre"].location < found["power_law"].location


def test_the_order_of_the_forecasts_changes_nothing() -> None:
    scored = population(6, 0.5, 0.5)
    again = learnt(scored.sample(fraction=1.0, shuffle=True, seed=1), ["chinchilla"])["chinchilla"]
    assert again.apart(learnt(scored, ["chinchilla"])["chinchilla"]) <= 0.001


def test_a_fit_without_held_out_predictions_has_the_misfit_that_is_expected() -> None:
    found = estimate_misfit(EMPTY, 0.02, MisfitPrior(location=-1.0, spread=0.1, growth=2.0, growth_spread=0.1))
    assert found.s0 == pytest.approx(0.02 * np.exp(-1.0), rel=0.05)
    assert found.k == pytest.approx(2.0, abs=0.01)
    assert estimate_misfit(EMPTY, 0.02).s0 > 2 * found.s0


def test_errors_of_a_fits_own_outweigh_what_was_expected() -> None:
    """Sixteen left-out mixtures that a law with an error of 0.002 misses: a prior that expects 0.2 gives way."""
    rng = np.random.default_rng(5)
    held = pl.DataFrame(
        {
            "kind": ["mixture left out"] * 16,
            "part": np.arange(16.0),
            "origin": [float("nan")] * 16,
            "run_key": [f"r{i}" for i in range(16)],
            "row": np.arange(16),
            "distance": np.zeros(16),
            "error": 0.02 * rng.standard_normal(16),
            "noise": np.full(16, 0.002),
        },
        schema=EMPTY.schema,
    )
    assert estimate_misfit(held, 0.02, MisfitPrior(location=float(np.log(10.0)), spread=0.8)).s0 < 0.05
