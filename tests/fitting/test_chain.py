"""Two laws in a row as one fit: values, draws and errors of the whole chain."""

from functools import cache

import numpy as np
import polars as pl

from pipeline.fitting import Fit, common_design, fit
from pipeline.fitting.evidence.chain import ChainedFit, chain_errors, chained
from pipeline.laws import laws

FIRST, SECOND = laws["chinchilla"], laws["gadre_error"]
E, A, B, ALPHA, BETA = 1.7, 400.0, 2000.0, 0.34, 0.37


def runs(loss_noise: float, error_noise: float = 0.002, seed: int = 0) -> pl.DataFrame:
    """A grid of runs with their loss and the error that follows from it."""
    rng = np.random.default_rng(seed)
    n, d = (each.ravel() for each in np.meshgrid(np.geomspace(1e7, 1e9, 6), np.geomspace(1e9, 3e10, 5)))
    loss = (E + A * n**-ALPHA + B * d**-BETA) * np.exp(loss_noise * rng.standard_normal(len(n)))
    error = 0.85 - 2.0 * np.exp(-0.75 * loss) + error_noise * rng.standard_normal(len(n))
    return pl.DataFrame({"run_key": [f"r{i}" for i in range(len(n))], "params": n, "data_seen": d, "loss": loss, "value": error,
                         "used": True})  # fmt: skip


@cache
def both(loss_noise: float, seed: int = 0) -> tuple[pl.DataFrame, Fit, Fit]:
    """The rows, the loss law and the error law, held out from the same runs."""
    rows = runs(loss_noise, seed=seed)
    blocks = common_design([FIRST, SECOND], rows)
    first = fit(FIRST, rows.with_columns(value="loss"), draws=200, design=blocks)
    return rows, first, fit(SECOND, rows, draws=200, design=blocks)


def chain(loss_noise: float, seed: int = 0) -> ChainedFit:
    rows, first, second = both(loss_noise, seed)
    return chained(first, second, "loss", chain_errors(first, second, "loss", rows))


PLANNED = pl.DataFrame({"params": [3e9], "data_seen": [6e10]})


def test_its_value_is_the_second_law_at_the_first_laws_value() -> None:
    _, first, second = both(0.01)
    loss = first.value(PLANNED)
    assert chain(0.01).value(PLANNED) == second.value(PLANNED.with_columns(loss=pl.Series(loss)))


def test_each_draw_has_one_draw_of_both_laws() -> None:
    _, first, second = both(0.01)
    losses = first.predict_draws(PLANNED, misfit=False)[:, 0]
    by_hand = [second.code.value(theta[None], _rows(loss))[0, 0] for theta, loss in zip(second.draws, losses, strict=True)]
    assert np.array_equal(chain(0.01).predict_draws(PLANNED, misfit=False)[:, 0], by_hand)


def _rows(loss: float) -> object:
    from pipeline.laws.engine.rows import Rows

    return Rows({"loss": np.array([loss])})


def test_it_asks_a_run_for_what_the_first_law_reads_and_no_more() -> None:
    assert chain(0.01).law.columns == ("params", "data_seen")


def test_what_is_not_known_of_the_loss_widens_the_error() -> None:
    _, _, second = both(0.03)
    loss = pl.Series(both(0.03)[1].value(PLANNED))
    known = second.predict(PLANNED.with_columns(loss=loss), new_run=True)
    found = chain(0.03).predict(PLANNED, new_run=True)
    widths = [(each["predicted_high"] - each["predicted_low"]).item() for each in (found, known)]
    assert widths[0] > 1.5 * widths[1]


def test_runs_whose_loss_scatters_give_a_chain_that_misses_more() -> None:
    quiet, loud = chain(0.002), chain(0.03)
    assert loud.residual_sd > 3 * quiet.residual_sd
    assert loud.extrapolation_error > quiet.extrapolation_error


def test_the_held_out_error_is_that_of_predicting_the_error_from_size_and_data() -> None:
    rows, _, _ = both(0.01)
    found = chain(0.01)
    small = rows.with_columns(used=6 * pl.col("params") * pl.col("data_seen") < 1e19)
    first = fit(FIRST, small.with_columns(value="loss"), draws=0)
    alone = chained(first, fit(SECOND, small, draws=0), "loss", chain_errors(first, fit(SECOND, small, draws=0), "loss", small))
    large = rows.filter(~small["used"])
    miss = np.sqrt(np.mean(np.log(alone.value(large) / large["value"].to_numpy()) ** 2))
    assert 0.2 < found.extrapolation_error / miss < 5


def test_nine_in_ten_new_runs_end_inside_the_interval() -> None:
    new = pl.concat([runs(0.01, seed=seed) for seed in range(11, 21)])
    inside = []
    for seed in (1, 2, 3):
        found = chain(0.01, seed).predict(new, new_run=True)
        inside.append(found.select(pl.col("value").is_between("predicted_low", "predicted_high").mean()).item())
    assert 0.85 <= np.mean(inside) <= 0.98


def test_a_benchmark_of_few_items_keeps_the_interval_wide() -> None:
    rows, first, second = both(0.01)
    noisy = chained(first, second, "loss", chain_errors(first, second, "loss", rows, noise=0.1))
    assert noisy.residual_sd == 0.1
    plain, wide = (each.predict(PLANNED, new_run=True) for each in (chain(0.01), noisy))
    assert (wide["predicted_high"] - wide["predicted_low"]).item() > (plain["predicted_high"] - plain["predicted_low"]).item()
