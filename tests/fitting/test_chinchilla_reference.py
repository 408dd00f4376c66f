"""The public Chinchilla points: known optimum, known errors, known outlier and objective sensitivity."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from fitting_cases import chinchilla_points

from pipeline.fitting import Fit, certify, fit, sensitivity
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.setup import searched, set_up
from pipeline.laws import laws
from pipeline.laws.law import Objective

CHINCHILLA = laws["chinchilla"]
MINIMUM = 0.00101827401780
HOFFMANN = {"E": 1.6934, "A": 406.4, "B": 410.7, "alpha": 0.3392, "beta": 0.2849}


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> Fit:
    return fit(CHINCHILLA, chinchilla_points(shared_data), draws=640)


def test_the_known_minimum_is_reached_to_five_digits(reference: Fit) -> None:
    known = {"E": 1.817218, "A": 477.826, "B": 2143.417, "alpha": 0.3473105, "beta": 0.3671724}
    assert reference.objective_value <= MINIMUM * (1 + 1e-9)
    assert reference.parameters == pytest.approx(known, rel=2e-6)


def test_every_start_reaches_the_minimum(reference: Fit) -> None:
    assert reference.certificate.starts == 64
    assert reference.certificate.reached_best == 64
    assert reference.grade == "clean", reference.certificate.reasons


def test_bootstrap_errors_are_the_replications(reference: Fit) -> None:
    published = {"E": 0.02566, "A": 124.5, "B": 1293.3, "alpha": 0.0154, "beta": 0.02059}
    assert dict(zip(reference.names, reference.std_error, strict=True)) == pytest.approx(published, rel=0.25)


def test_the_replications_own_resamples_give_its_standard_errors_and_intervals(shared_data: Path) -> None:
    """4000 classic resamples in the order of the file, seed 42 of NumPy's old generator, as its notebook draws them."""
    points = pl.read_csv(shared_data / "epoch_chinchilla" / "svg_extracted_data.csv").with_row_index("place")
    kept = points.sort("loss").head(240).sort("place")
    params = pl.col("Model Size")
    frame = kept.select(params=params, data_seen=pl.col("Training FLOP") / (6 * params), loss="loss")
    setup = set_up(CHINCHILLA, frame, CHINCHILLA.objective, None, None)
    begin = searched(setup, 0, None, None).best.w
    dice = np.random.RandomState(42)
    weight = np.stack([np.bincount(dice.choice(240, 240), minlength=240) for _ in range(4000)]).astype(float)
    found = minimise(setup.problem, np.tile(begin, (4000, 1)), weight, iterations=80)
    theta = dict(zip(("E", "A", "B", "alpha", "beta"), setup.problem.natural(found.w).T, strict=True))
    published = {"E": 0.02566, "A": 124.52, "B": 1293.3, "alpha": 0.0154, "beta": 0.02059}
    assert {name: values.std() for name, values in theta.items()} == pytest.approx(published, rel=0.01)
    assert np.percentile(theta["A"], [2.5, 97.5]) == pytest.approx([286.1, 743.6], rel=1e-3)
    assert np.percentile(theta["B"], [2.5, 97.5]) == pytest.approx([1042, 5810], rel=1e-3)


def test_compute_optimum_interval_holds_the_replications(reference: Fit) -> None:
    _, a, b, alpha, beta = reference.draws.T
    balance = (alpha * a / (beta * b)) ** (1 / (alpha + beta))
    params = balance * (5.76e23 / 6) ** (beta / (alpha + beta))
    low, high = np.quantile(params, [0.05, 0.95])
    assert low < 7.24e10 < high
    assert low < 5.76e23 / 6 / 1.33e12 < high


def test_least_absolute_deviations_is_the_published_point(shared_data: Path) -> None:
    lad = fit(CHINCHILLA, chinchilla_points(shared_data), draws=0, objective=Objective("log", "lad"))
    known = {"E": 1.816864, "A": 482.0057, "B": 2085.434, "alpha": 0.34781303, "beta": 0.36585412}
    assert lad.parameters == pytest.approx(known, rel=1e-6)


def test_sensitivity_shows_how_dropped_outliers_move_beta(shared_data: Path) -> None:
    table = sensitivity(CHINCHILLA, chinchilla_points(shared_data, drop=0))
    known = {
        0: 0.4530,
        1: 0.4122,
        2: 0.4031,
        3: 0.3825,
        4: 0.3708,
        5: 0.3672,
        8: 0.3583,
        10: 0.3582,
    }  # the sixth largest is a tie
    assert {k: table["beta"][k] for k in known} == pytest.approx(known, abs=6e-5)


def test_mean_instead_of_sum_is_refused(shared_data: Path) -> None:
    """Hoffmann's bug: the mean of tiny losses meets SciPy's tolerance at the start, and success is reported."""
    from scipy.optimize import minimize

    frame = chinchilla_points(shared_data)
    n, d, y = (frame[c].to_numpy() for c in ("params", "data_seen", "loss"))

    def mean_huber(w: np.ndarray) -> float:
        predicted = np.exp(w[0]) + np.exp(w[1]) / n ** w[3] + np.exp(w[2]) / d ** w[4]
        size = np.abs(np.log(predicted) - np.log(y))
        return float(np.mean(np.where(size <= 1e-3, size**2 / 2, 1e-3 * (size - 5e-4))))

    begin = np.array([*np.log([HOFFMANN[k] for k in ("E", "A", "B")]), HOFFMANN["alpha"], HOFFMANN["beta"]])
    ended = minimize(mean_huber, begin, method="L-BFGS-B")
    assert ended.success
    reported = dict(zip(HOFFMANN, [*np.exp(ended.x[:3]), *ended.x[3:]], strict=True))
    verdict = certify(CHINCHILLA, frame, reported, start=HOFFMANN)
    assert verdict.grade == "refused"
    assert any("not converged" in reason for reason in verdict.reasons)


def test_the_minimum_itself_is_certified(reference: Fit, shared_data: Path) -> None:
    assert certify(CHINCHILLA, chinchilla_points(shared_data), reference.parameters).grade == "clean"


def test_a_warm_refit_ends_where_the_cold_one_did(reference: Fit, shared_data: Path) -> None:
    warm = fit(CHINCHILLA, chinchilla_points(shared_data), draws=0, warm_start=reference)
    assert warm.objective_value == pytest.approx(reference.objective_value, rel=1e-12)
    assert warm.certificate.starts == 9
