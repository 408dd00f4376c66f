"""Laws of repeats that fade or hurt: nested in each other, the reference's fit of the public runs, and best allocations."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize_scalar

from pipeline.fitting import Fit, fit
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame

BASE = {"E": 2.0, "A": 400.0, "B": 8000.0, "alpha": 0.34, "beta": 0.42}


def grid() -> pl.DataFrame:
    """Sizes, unique tokens and epochs, from a quarter of the first one on."""
    size, unique, epochs = np.meshgrid([1e7, 1e9, 8e9], [1e8, 4e9], [0.25, 1.0, 1.5, 4.0, 60.0])
    return pl.DataFrame({"params": size.ravel(), "data_unique": unique.ravel(), "data_seen": (unique * epochs).ravel()})


def value(name: str, frame: pl.DataFrame, **constants: float) -> np.ndarray:
    theta = np.array([[(BASE | constants)[p.name] for p in laws[name].parameters]])
    return compiled(laws[name]).value(theta, rows_from_frame(laws[name], frame))[0]


@pytest.mark.parametrize(
    ("larger", "nested", "constants"),
    [
        ("overfitting_penalty_powers", "overfitting_penalty", {"P": 3e-3, "delta": 1.0, "kappa": 1.0}),
        ("overfitting_penalty", "chinchilla", {"P": 0.0}),
        ("capacity_repetition", "decayed_data", {"K": 12.0, "Rd": 12.0, "rho": 0.0, "sigma": 0.0}),
        ("skaling_decayed", "decayed_data", {"Rd": 12.0, "joint_power": 1.0}),
        ("skaling_penalty", "overfitting_penalty", {"P": 3e-3, "joint_power": 1.0}),
    ],
)
def test_a_law_holds_the_one_that_it_extends(larger: str, nested: str, constants: dict[str, float]) -> None:
    np.testing.assert_allclose(value(larger, grid(), **constants), value(nested, grid(), **constants), rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "constants"),
    [
        ("overfitting_penalty", {"P": 3e-3}),
        ("overfitting_penalty_powers", {"P": 3e-3, "delta": 0.4, "kappa": 0.7}),
        ("decayed_data", {"Rd": 12.0}),
        ("logarithmic_data", {"Rd": 12.0}),
        ("capacity_repetition", {"K": 12.0, "rho": 0.2, "sigma": -0.8}),
    ],
)
def test_the_first_epoch_is_of_fresh_data_also_where_it_is_not_finished(name: str, constants: dict[str, float]) -> None:
    first = grid().filter(pl.col("data_seen") <= pl.col("data_unique"))
    np.testing.assert_allclose(value(name, first, **constants), value("chinchilla", first), rtol=1e-13)


def test_repeats_never_cost_where_they_fade_and_do_where_they_are_priced() -> None:
    epochs = pl.DataFrame({"data_seen": 1e8 * np.geomspace(1, 1e4, 60)}).with_columns(params=1e9, data_unique=1e8)
    for name in ("decayed_data", "logarithmic_data"):
        assert (np.diff(value(name, epochs, Rd=12.0)) <= 0).all()
    assert (np.diff(value("overfitting_penalty", epochs, P=3e-3)) > 0).any()


def test_a_power_of_the_repetitions_below_one_puts_an_infinite_price_on_the_first_of_them() -> None:
    """So that one epoch is always a local optimum: a search for the best number of epochs may not start there."""
    early = pl.DataFrame({"data_seen": 4e9 * (1 + np.array([0.0, 1e-8, 1e-6]))}).with_columns(params=1e9, data_unique=4e9)
    slopes = np.diff(value("overfitting_penalty_powers", early, P=3e-3, delta=0.35, kappa=0.7)) / np.diff(
        early["data_seen"] / 4e9
    )
    assert slopes[0] > 100 * 3e-3
    assert slopes[0] > 10 * slopes[1] > 0


@pytest.fixture(scope="module")
def public_runs(shared_data: Path) -> pl.DataFrame:
    """The 182 runs of the published fit. Source: ../shared/data/datablations."""
    every = pl.read_csv(shared_data / "datablations" / "final_losses.csv", infer_schema_length=None)
    runs = every.filter(pl.col("in_paper_fit") == 1)
    return runs.select(run_key="run", params="N", data_seen="D_total", data_unique="unique_tokens", value="val_loss_in_paper_fit")


@pytest.fixture(scope="module")
def to_100_epochs(public_runs: pl.DataFrame) -> Fit:
    few = public_runs.filter(pl.col("data_seen") <= 100.5 * pl.col("data_unique"))
    assert few.height == 139
    return fit(laws["overfitting_penalty"], few, draws=0)


@pytest.mark.parametrize(
    ("name", "objective"),
    [
        ("overfitting_penalty_powers", 0.00513),
        ("overfitting_penalty", 0.00749),
        ("decayed_data", 0.00657),
        ("chinchilla", 0.00895),
    ],
)
def test_the_public_runs_give_the_objectives_of_the_reference(name: str, objective: float, public_runs: pl.DataFrame) -> None:
    assert fit(laws[name], public_runs, draws=0).objective_value == pytest.approx(objective, abs=5e-6)


def test_the_public_runs_give_the_constants_of_the_reference_to_100_epochs(to_100_epochs: Fit) -> None:
    found = to_100_epochs.parameters
    assert to_100_epochs.objective_value == pytest.approx(0.00318, abs=5e-6)
    assert found["E"] == pytest.approx(2.123, abs=5e-4)
    assert found["alpha"] == pytest.approx(0.379, abs=5e-4)
    assert found["beta"] == pytest.approx(0.455, abs=5e-4)
    assert found["P"] == pytest.approx(0.00331, abs=5e-6)
    assert found["A"] / 1e9 ** found["alpha"] == pytest.approx(0.372, abs=5e-4)
    assert found["B"] / 1e9 ** found["beta"] == pytest.approx(1.354, abs=5e-4)


@pytest.mark.parametrize(
    ("params", "unique", "epochs", "loss"),
    [(2.81, 4, 13.75, 2.6227), (2.81, 4, 1, 3.0949), (8.67, 25, 7.12, 2.4223), (0.146, 0.1, 15, 4.087)],
)
def test_worked_losses_of_the_reference_to_100_epochs(
    params: float, unique: float, epochs: float, loss: float, to_100_epochs: Fit
) -> None:
    run = pl.DataFrame({"params": [params * 1e9], "data_unique": [unique * 1e9], "data_seen": [epochs * unique * 1e9]})
    assert to_100_epochs.value(run)[0] == pytest.approx(loss, abs=6e-4)


def test_best_allocations_of_the_reference_at_fixed_compute() -> None:
    """The published constants at 1e22, 1e20 and 1e23 FLOP; sizes and tokens in 1e9."""
    law = laws["overfitting_penalty"]
    constants = law.worked[0].at
    theta = np.array([[float(constants[p.name]) for p in law.parameters]])
    for flops, unique, epochs, params in ((1e22, 25, 6.65, 10.03), (1e20, 1, 20.6, 0.81), (1e23, 100, 4.68, 35.6)):

        def loss(log_epochs: float, flops: float = flops, unique: float = unique) -> float:
            data = unique * np.exp(log_epochs)
            run = pl.DataFrame({"params": [flops / 6e18 / data], "data_seen": [data], "data_unique": [float(unique)]})
            return float(compiled(law).value(theta, rows_from_frame(law, run))[0, 0])

        best = np.exp(minimize_scalar(loss, bounds=(0.1, 6), method="bounded", options={"xatol": 1e-9}).x)
        assert best == pytest.approx(epochs, rel=2e-3)
        assert flops / 6e18 / (unique * best) == pytest.approx(params, rel=3e-3)
