"""What must not matter: units, the order of rows, the tile a row is in. And what must be exact: derivatives, recovery."""

import numpy as np
import polars as pl
import pytest
from fitting_cases import TRUTH, loss_of, sweep
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.fitting import fit
from pipeline.fitting.setup import set_up, with_warm_start
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.law import Objective

CHINCHILLA = laws["chinchilla"]
OBJECTIVES = [
    Objective(space, loss, one_sided=side) for space in ("log", "linear") for loss in ("huber", "l2") for side in (1.0, 10.0)
]


@settings(max_examples=8, deadline=None)
@given(unit=st.floats(1e-3, 1e3), seed=st.integers(0, 5))
def test_counting_parameters_in_other_units_moves_only_their_coefficient(unit: float, seed: int) -> None:
    frame = sweep(20, seed)
    plain = fit(CHINCHILLA, frame, draws=0)
    scaled = fit(CHINCHILLA, frame.with_columns(params=pl.col("params") * unit), draws=0)
    assert scaled.objective_value == pytest.approx(plain.objective_value, rel=1e-9)
    assert scaled.parameters["alpha"] == pytest.approx(plain.parameters["alpha"], rel=1e-5)
    assert scaled.parameters["A"] == pytest.approx(plain.parameters["A"] * unit ** plain.parameters["alpha"], rel=1e-4)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    frame = sweep(20, 0)
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=seed)
    assert fit(CHINCHILLA, shuffled, draws=0).objective_value == pytest.approx(
        fit(CHINCHILLA, frame, draws=0).objective_value, rel=1e-11
    )


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: o.name)
def test_gradient_and_hessian_of_the_objective_are_its_differences(objective: Objective) -> None:
    setup = set_up(CHINCHILLA, sweep(20, 0), objective, None, None)
    w = with_warm_start(setup, 4, 0, None)
    weight, step = np.ones(60), 1e-6
    _, gradient, hessian, _ = setup.problem.evaluate(w, weight)
    for i in range(5):
        up, down = w.copy(), w.copy()
        up[:, i] += step
        down[:, i] -= step
        above, below = setup.problem.evaluate(up, weight), setup.problem.evaluate(down, weight)
        assert (above[0] - below[0]) / (2 * step) == pytest.approx(gradient[:, i], rel=1e-5, abs=1e-6 * np.abs(gradient).max())
        if objective.loss == "l2":  # a Huber slope has kinks, which a difference straddles
            assert (above[1] - below[1]) / (2 * step) == pytest.approx(
                hessian[:, :, i], rel=1e-4, abs=1e-6 * np.abs(hessian).max()
            )


@pytest.mark.parametrize(
    "objective", [Objective("log", "huber"), Objective("log", "l2"), Objective("linear", "l2"), Objective("log", "lad")]
)
def test_noise_free_runs_give_the_constants_back(objective: Objective) -> None:
    frame = sweep(24, 0, noise=0.0)
    found = fit(CHINCHILLA, frame, draws=0, objective=objective)
    assert found.parameters == pytest.approx(TRUTH, rel=1e-6)


def test_both_backends_give_the_same_sums() -> None:
    from pipeline.fitting.numerics.contraction import Block
    from pipeline.fitting.numerics.dense_sums import DenseContraction
    from pipeline.fitting.numerics.power_term_sums import PowerTermContraction

    frame = sweep(20, 0)
    setup = set_up(CHINCHILLA, frame, CHINCHILLA.objective, None, None)
    law, rows = compiled(CHINCHILLA), setup.observed.rows
    w = with_warm_start(setup, 6, 0, None)
    results = []
    for backend in (DenseContraction(law, rows), PowerTermContraction(law, rows)):
        setup.problem.blocks = [Block(slice(0, rows.n), backend)]
        results.append(setup.problem.evaluate(w, np.ones(rows.n), metric=True))
    for dense, terms in zip(*results, strict=True):
        assert terms == pytest.approx(dense, rel=1e-9, abs=1e-12 * np.abs(dense).max())


def test_predictions_beyond_the_data_widen_with_distance() -> None:
    found = fit(CHINCHILLA, sweep(40, 0), draws=256)
    ahead = pl.DataFrame({"params": [5e9, 5e10, 5e11], "data_seen": [5e11, 5e12, 5e13]})
    out = found.predict(ahead)
    width = (out["predicted_high"] - out["predicted_low"]).to_numpy() / out["predicted"].to_numpy()
    assert (np.diff(found.distance(ahead)) > 1.9).all()
    assert (np.diff(width) > 0).all()
    new = found.predict(ahead, new_run=True)
    assert ((new["predicted_high"] - new["predicted_low"]) > (out["predicted_high"] - out["predicted_low"])).all()
    assert found.value(ahead) == pytest.approx(out["predicted"].to_numpy())
    assert found.value(ahead) == pytest.approx(loss_of(ahead["params"].to_numpy(), ahead["data_seen"].to_numpy()), rel=0.05)
