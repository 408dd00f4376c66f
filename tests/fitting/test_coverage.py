"""Do nominal 90 % intervals hold 90 %? Measured on simulated sweeps with correlated points and heavy tails."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from fitting_cases import TRUTH, loss_of, sweep

from pipeline.fitting import fit
from pipeline.fitting.effort import FULL
from pipeline.laws import laws
from pipeline.laws.law import Objective

CHINCHILLA = laws["chinchilla"]
AHEAD = pl.DataFrame({"params": [5e9], "data_seen": [5e11]})
LOG_L2 = Objective("log", "l2")
UNCALIBRATED = replace(FULL, sweeps=0)
SIZES, SWEEPS = (16, 40, 240), 1000
QUANTITIES = ("E", "A", "B", "alpha", "beta", "N_opt", "new run")


def _optimal_params(theta: np.ndarray, flops: float) -> np.ndarray:
    _, a, b, alpha, beta = theta.T
    return (alpha * a / (beta * b)) ** (1 / (alpha + beta)) * (flops / 6) ** (beta / (alpha + beta))


def _covered(runs: int, sweeps: int, objective: Objective) -> pl.DataFrame:
    """Share of simulated sweeps whose 90 % interval holds the truth, by quantity, with calibrated draws and with plain ones.

    Quantities: parameters, N_opt ten times out, the loss of a new run.
    """
    truth = np.array([[TRUTH[name] for name in ("E", "A", "B", "alpha", "beta")]])
    inside: dict[str, list[list[bool]]] = {"calibrated": [], "plain": []}
    for seed in range(sweeps):
        frame = sweep(runs, seed)
        found = fit(CHINCHILLA, frame, draws=256, objective=objective, seed=seed)
        plain = fit(CHINCHILLA, frame, draws=256, objective=objective, seed=seed, warm_start=found, effort=UNCALIBRATED)
        own = np.random.default_rng([seed, 1]).standard_t(3.0, 2) / np.sqrt(3.0) * [0.005, 0.005 / 3]
        loss = loss_of(AHEAD["params"].to_numpy(), AHEAD["data_seen"].to_numpy())[0] * np.exp(own.sum())
        for kind, one in (("calibrated", found), ("plain", plain)):
            best = _optimal_params(one.draws, 6e21)
            new = np.quantile(one.predict_draws(AHEAD, misfit=False, new_run=True)[:, 0], [0.05, 0.95])
            low, high = np.quantile(one.draws, [0.05, 0.95], axis=0)
            hit = list((low <= truth[0]) & (truth[0] <= high))
            hit.append(np.quantile(best, 0.05) <= _optimal_params(truth, 6e21)[0] <= np.quantile(best, 0.95))
            inside[kind].append([*hit, new[0] <= loss <= new[1]])
    shares = [{"draws": kind, **dict(zip(QUANTITIES, np.mean(hits, axis=0), strict=True))} for kind, hits in inside.items()]
    return pl.DataFrame(shares)


def table(sweeps: int) -> str:
    """The coverage of every size and loss, as the page on fitting shows it."""
    lines = [f"| runs | loss | draws | {' | '.join(QUANTITIES)} |", "|" + "---|" * (3 + len(QUANTITIES))]
    for runs in (9, *SIZES):
        for objective in (CHINCHILLA.objective, LOG_L2):
            for row in _covered(runs, sweeps, objective).iter_rows(named=True):
                shares = " | ".join(f"{100 * row[name]:.1f}" for name in QUANTITIES)
                lines.append(f"| {runs} | {objective.loss} | {row['draws']} | {shares} |")
                print(lines[-1], flush=True)
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("runs", SIZES)
@pytest.mark.parametrize("objective", [CHINCHILLA.objective, LOG_L2], ids=lambda o: o.loss)
def test_ninety_percent_intervals_cover_85_to_95_percent(runs: int, objective: Objective) -> None:
    covered = _covered(runs, SWEEPS, objective).row(0, named=True)
    error = 2 * np.sqrt(0.9 * 0.1 / SWEEPS)
    assert all(0.85 - error <= covered[name] <= 0.95 + error for name in QUANTITIES), covered


@pytest.mark.slow
def test_plain_percentiles_miss_at_sixteen_runs() -> None:
    covered = _covered(16, SWEEPS, LOG_L2).row(1, named=True)
    assert max(covered[name] for name in TRUTH) < 0.82, covered


def test_calibration_widens_where_runs_are_few() -> None:
    factors = [
        np.median([fit(CHINCHILLA, sweep(n, s), draws=128, objective=LOG_L2).certificate.calibration for s in range(5)])
        for n in (9, 120)
    ]
    assert factors[0] > 1.4 > 1.15 > factors[1] >= 1.0
