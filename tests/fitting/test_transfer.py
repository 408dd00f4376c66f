"""Shapes are carried from cohorts of many runs to one of few; intervals hold the error of carrying over."""

import functools
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipeline.errors import FitError
from pipeline.fitting import Fit, fit
from pipeline.fitting.shapes import BETWEEN, Carried, carried
from pipeline.fitting.transfer import fit_with
from pipeline.laws import laws

LAW = laws["chinchilla"]
SHAPE = ("alpha", "beta")


def sweep(seed: int, runs: int, alpha: float, beta: float, floor: float, largest: float = 10.0) -> pl.DataFrame:
    """Runs of one corpus: alpha and beta near the others', its own floor."""
    rng = np.random.default_rng(seed)
    n, d = 10 ** rng.uniform(7, largest - 1, runs), 10 ** rng.uniform(8.5, largest + 0.5, runs)
    loss = floor + 400 * (1e8 / n) ** alpha / 1e3 + 300 * (1e10 / d) ** beta / 1e3
    return pl.DataFrame(
        {
            "run_key": [f"r{i}" for i in range(runs)],
            "params": n,
            "data_seen": d,
            "value": loss * np.exp(0.003 * rng.standard_normal(runs)),
        }
    )


@functools.cache
def others() -> tuple[Fit, ...]:
    """Three corpora of sixty runs each, whose exponents differ by some hundredths."""
    planted = ((0.34, 0.28, 1.7), (0.36, 0.30, 1.9), (0.33, 0.27, 1.5))
    return tuple(fit(LAW, sweep(k, 60, *values), draws=100) for k, values in enumerate(planted))


def test_what_is_expected_of_a_new_cohort_is_where_the_others_are() -> None:
    found = carried(others(), SHAPE)
    assert found["alpha"].value == pytest.approx(0.343, rel=0.1)
    assert found["beta"].value == pytest.approx(0.283, rel=0.1)
    assert found["alpha"].cohorts == 3


def test_cohorts_that_disagree_are_carried_over_with_a_wider_error() -> None:
    far = fit(LAW, sweep(9, 60, 0.7, 0.28, 1.6), draws=100)
    assert carried([*others(), far], ["alpha"])["alpha"].sd > 1.5 * carried(others(), ["alpha"])["alpha"].sd


def test_one_cohort_is_carried_over_with_the_error_that_is_expected_between_cohorts() -> None:
    assert carried(others()[:1], ["alpha"])["alpha"].sd >= BETWEEN


def new_corpus(runs: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Few small runs of a new corpus, and large ones of it without noise that matters."""
    return sweep(21, runs, 0.35, 0.29, 2.1, largest=9.5), sweep(22, 40, 0.35, 0.29, 2.1, largest=11.0)


def test_eight_runs_with_shapes_of_other_corpora_forecast_closer_than_alone() -> None:
    few, large = new_corpus(8)
    alone, together = fit(LAW, few, draws=0), fit_with(LAW, few, carried(others(), SHAPE), draws=0)
    value = large["value"].to_numpy()
    missed = [np.abs(one.value(large) - value).mean() for one in (alone, together)]
    assert missed[1] < missed[0]


@pytest.mark.parametrize("beta", [0.6, 0.9])
def test_a_corpus_unlike_the_others_is_left_what_its_own_runs_say(beta: float) -> None:
    """Its data exponent is two or three times theirs: taken whole, their word would cost it its forecasts."""
    few, large = sweep(21, 9, 0.35, beta, 2.1, largest=9.5), sweep(22, 40, 0.35, beta, 2.1, largest=11.0)
    shapes, value = carried(others(), SHAPE), large["value"].to_numpy()
    whole = {name: one.prior() for name, one in shapes.items()}
    found = [
        fit_with(LAW, few, shapes, draws=0),
        fit(LAW, few, draws=0),
        fit(LAW, few, draws=0, prior=whole, run_sd=shapes.run_sd),
    ]
    missed = [np.abs(one.value(large) - value).mean() for one in found]
    assert found[0].certificate.shared["beta"]["strength"] > 1
    assert missed[0] < min(missed[1:])


def test_python_from_c4_is_forecast_as_well_as_from_its_own_mixtures(shared_data: Path) -> None:
    folder = shared_data / "datablations"
    table = pl.read_csv(folder / "c4_python_mix_loss_curves.csv").filter(metric="python_val_loss").sort("tokens")
    ends = table.group_by("python_percent", maintain_order=True).last().sort("python_percent")
    frame = ends.select(
        "value", run_key=pl.col("python_percent").cast(pl.String), data_seen=pl.col("D_total") * pl.col("python_percent") / 100
    )
    known, asked = frame[:5], frame[5:]
    c4 = Carried(float(np.log(0.44)), 0.27, True, 1)
    found = [fit(laws["power_law"], known, draws=0), fit_with(laws["power_law"], known, {"alpha": c4}, draws=0)]
    missed = [np.abs(one.value(asked) - asked["value"].to_numpy()).mean() for one in found]
    assert missed[1] < 1.05 * missed[0]


@pytest.mark.parametrize("runs", [4, 8])
def test_the_error_of_carrying_over_is_in_the_interval(runs: int) -> None:
    few, large = new_corpus(runs)
    found = fit_with(LAW, few, carried(others(), SHAPE), draws=64)
    made = found.predict(large)
    inside = pl.Series(large["value"]).is_between(made["predicted_low"], made["predicted_high"])
    assert inside.mean() >= 0.8
    alpha = found.draws[:, found.names.index("alpha")]
    assert np.log(alpha).std() > 0.02


def test_a_tight_prior_holds_the_draws_where_the_runs_say_little() -> None:
    few, _ = new_corpus(8)
    tight = {"alpha": Carried(float(np.log(0.35)), 0.01, True, 5), "beta": Carried(float(np.log(0.29)), 0.01, True, 5)}
    found = fit_with(LAW, few, tight, draws=64)
    assert np.log(found.draws[:, found.names.index("alpha")]).std() < 0.03


def test_what_moves_together_in_a_cohort_is_carried_together() -> None:
    """A coefficient and its exponent trade off: apart, they would carry over terms that no cohort had."""
    shapes = carried(others()[:1], ["A", "alpha"])
    rng = np.random.default_rng(0)
    draws = np.array([[shift["A"], shift["alpha"]] for shift in (shapes.drawn(rng) for _ in range(400))])
    assert shapes.correlation[0, 1] > 0.8
    assert draws.std(axis=0) == pytest.approx([1.0, 1.0], rel=0.15)


def test_a_name_that_is_no_parameter_is_refused_with_those_that_are() -> None:
    with pytest.raises(FitError, match=r"gamma.*alpha"):
        carried(others(), ["gamma"])
