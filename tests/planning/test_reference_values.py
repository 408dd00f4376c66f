"""Worked values that public papers and their data give for compute-optimal runs, over-training, benchmarks, and devices."""

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import fit
from pipeline.hardware import load_hardware
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.planning.costs.memory import Shape, checkpoint_bytes
from pipeline.planning.costs.prices import Attention, bill, training_flops
from pipeline.planning.costs.throughput import mfu, pipeline_bubble
from pipeline.planning.sizes.minimum import minimise

CHINCHILLA, GADRE, ERROR = laws["chinchilla"], laws["gadre"], laws["gadre_error"]
ROUNDED = (1.69, 406.4, 410.7, 0.34, 0.28)
UNROUNDED = (np.exp(0.5267228), np.exp(6.0073404), np.exp(6.0179186), 0.33917084, 0.2849083)
BESIROGLU = (1.81686, 482.006, 2085.434, 0.34781, 0.36585)
RUNS = (  # RedPajama, 17 tasks: N, D/N, loss, error (Gadre et al. 2024, the authors' runs)
    (10569312, 20, 5.3870, 0.8135),
    (78914048, 20, 3.8999, 0.7250),
    (153677376, 20, 3.5311, 0.6710),
    (411616256, 20, 3.1498, 0.6366),
    (10569312, 320, 4.5723, 0.7671),
    (1439795200, 20, 2.7688, 0.5473),
)


def loss_of(law, theta, params, data):
    columns = {"params": np.atleast_1d(params), "data_seen": np.atleast_1d(data)}
    return compiled(law).value(np.array([theta]), Rows(columns, None, (), np.size(params)))[0]


@pytest.fixture(scope="module")
def over_trained():
    """(loss law, error law) fitted to the runs as the authors do: the first five, then all six."""
    frame = pl.DataFrame(RUNS, schema=["params", "ratio", "loss", "error"], orient="row").cast(pl.Float64)
    frame = frame.with_columns(data_seen=pl.col("params") * pl.col("ratio"))
    objective = laws["gadre_error"].objective
    first = fit(GADRE, frame.head(5).rename({"loss": "value"}), draws=0, objective=objective)
    second = fit(ERROR, frame.rename({"error": "value"}), draws=0)
    return first, second


@pytest.mark.parametrize(
    ("theta", "params", "data", "ratio"),
    [
        (ROUNDED, 3.21899e10, 2.98231e12, 92.65),
        (UNROUNDED, 4.03609e10, 2.37854e12, 58.93),
        (BESIROGLU, 7.23527e10, 1.32683e12, 18.34),
    ],
)
def test_the_optimum_at_chinchillas_budget_by_each_set_of_constants(theta, params, data, ratio):
    def loss(size):
        return loss_of(CHINCHILLA, theta, size[0], 5.76e23 / (6 * size[0]))[None]

    found = minimise(loss, np.array([3e11]))[0][0, 0]
    assert found == pytest.approx(params, rel=1e-5)
    assert 5.76e23 / (6 * found) == pytest.approx(data, rel=1e-5)
    assert 5.76e23 / (6 * found**2) == pytest.approx(ratio, abs=0.005)


@pytest.mark.parametrize(("theta", "loss"), [(ROUNDED, 1.936645), (UNROUNDED, 1.920846), (BESIROGLU, 1.973416)])
def test_the_loss_of_chinchilla_by_each_set_of_constants(theta, loss):
    assert loss_of(CHINCHILLA, theta, 70e9, 1.4e12)[0] == pytest.approx(loss, abs=1e-6)


def test_fresh_data_under_the_constants_of_limited_data_give_their_own_optimum():
    """Muennighoff et al. 2023 on C4: all data fresh, so that the law is Chinchilla's with its constants."""
    law = laws["data_constrained"]
    theta = [law.published[0].values[parameter.name] for parameter in law.parameters]

    def loss(params, data):
        columns = {"params": np.atleast_1d(params), "data_seen": np.atleast_1d(data), "data_unique": np.atleast_1d(data)}
        return compiled(law).value(np.array([theta]), Rows(columns, None, (), np.size(params)))[0]

    found = minimise(lambda size: loss(size[0], 5.76e23 / (6 * size[0]))[None], np.array([3e11]))[0][0, 0]
    assert found == pytest.approx(6.99622e10, rel=1e-4)
    assert 5.76e23 / (6 * found**2) == pytest.approx(19.61, abs=0.01)
    assert loss(70e9, 1.4e12)[0] == pytest.approx(2.024597, abs=1e-6)


def test_over_training_by_compute_is_the_same_law_as_by_size_and_data():
    e, over, under, eta = 1.83665, 212.236, 366.687, 0.136425
    n, ratio = 1.4e9, 640
    flops = 6 * n * n * ratio
    assert flops == pytest.approx(7.5264e21)
    by_compute = e + (over * ratio**eta + under * ratio**-eta) * flops**-eta
    assert loss_of(GADRE, (e, over, under, eta), n, ratio * n)[0] == pytest.approx(by_compute, abs=1e-12)


def test_five_runs_give_the_constants_of_the_over_training_law(over_trained):
    found = over_trained[0].parameters
    assert found["E"] == pytest.approx(1.83723, rel=5e-3)
    assert 2 * found["eta"] == pytest.approx(0.272921, rel=5e-3)
    assert found["under"] == pytest.approx(367.126, rel=5e-3)
    assert found["over"] == pytest.approx(166.375 * 6 ** found["eta"], rel=5e-3)


def test_six_runs_give_the_constants_of_the_error_law(over_trained):
    found = over_trained[1].parameters
    assert found["amplitude"] == pytest.approx(2.20653, rel=5e-3)
    assert found["gamma"] == pytest.approx(0.714574, rel=5e-3)
    assert found["epsilon"] == pytest.approx(0.857000, rel=5e-3)


@pytest.mark.parametrize(
    ("params", "ratio", "loss", "error"), [(1439795200, 640, 2.5198, 0.4925), (6889410560, 20, 2.4427, 0.4719)]
)
def test_the_chain_forecasts_the_authors_large_runs(over_trained, params, ratio, loss, error):
    first, second = over_trained
    said = float(loss_of(GADRE, first.estimate, float(params), float(params) * ratio)[0])
    assert said == pytest.approx(loss, abs=3e-4)
    epsilon, amplitude, gamma = (second.parameters[n] for n in ("epsilon", "amplitude", "gamma"))
    assert epsilon - amplitude * np.exp(-gamma * said) == pytest.approx(error, abs=2e-4)


def test_which_loss_buys_an_error_and_what_a_hundredth_of_a_nat_is_worth():
    theta = np.array([[0.857, 2.21, 0.715]])
    rows = Rows({"loss": np.array([2.36634, 2.495, 2.505])}, None, (), 3)
    found = compiled(ERROR).value(theta, rows)[0]
    assert found[0] == pytest.approx(0.45, abs=1e-5)
    assert found[2] - found[1] == pytest.approx(0.00264, abs=1e-5)


def test_palm_takes_38_days_at_the_rate_that_was_logged():
    flops = training_flops(540.35e9, 780e9, Attention(layers=118, heads=48, head_dim=256, sequence_length=2048))
    busy = 780e9 / 238_300 / 3600
    assert busy / 24 == pytest.approx(37.88, abs=5e-3)
    assert busy * 6144 == pytest.approx(5.586e6, rel=2e-4)
    assert flops / (busy * 3600 * 6144 * 275e12) == pytest.approx(0.4623, abs=1e-4)


def test_zero_infinitys_trillion_keeps_activations_by_its_formulas():
    shape = Shape(layers=128, width=25600, heads=256)
    assert checkpoint_bytes(shape, 1, 1024, every=2) == 2 * 1024 * 25600 * 128 / 2


def test_frontiers_trillion_on_twenty_trillion_is_1_2e26():
    assert training_flops(1e12, 20e12) == pytest.approx(1.2e26)
    hours = bill(1.2e26, load_hardware().accelerator("mi250x-gcd"), 3072, mfu=0.3196).accelerator_hours
    assert hours == pytest.approx(5.446e8, rel=1e-3)


def test_glm_130b_by_its_log_lines():
    tokens_per_second = 50 * 2048
    assert tokens_per_second * 8 * 130e9 / 768 / 1e12 == pytest.approx(138.7, abs=0.05)
    assert mfu(tokens_per_second, 768, 312e12, 130e9) == pytest.approx(0.333, abs=5e-4)
    assert training_flops(130e9, 400e9) / (0.325 * 312e12) / 3600 == pytest.approx(8.547e5, rel=2e-3)


def test_the_bubble_over_ideal_time_is_another_ratio_than_the_bubble_of_a_step():
    share = pipeline_bubble(8, 32)
    assert share == pytest.approx(0.17949, abs=5e-6)
    assert share / (1 - share) == pytest.approx(7 / 32)
