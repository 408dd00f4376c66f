"""Fifty simulated sweeps with a known law: refits after the designed runs against refits after a naive grid of the same cost."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from pipeline.fitting import fit
from pipeline.laws import laws
from pipeline.planning import compute_optimal, next_runs
from pipeline.planning.run_candidates import naive_grid, sized
from pipeline.planning.run_targets import size_at
from pipeline.planning.setting import Setting

CHINCHILLA = laws["chinchilla"]
TRUTH = np.array([1.817218, 477.826, 2143.417, 0.3473105, 0.3671724])
NOISE = 0.002  # of ln loss between seeds
FAR = 30.0  # the target's budget over the largest run's
SWEEPS = 50


def observed(params: np.ndarray, data: np.ndarray, rng: np.random.Generator, tag: str) -> pl.DataFrame:
    """Runs of the true law with seed noise."""
    e, a, b, alpha, beta = TRUTH
    loss = (e + a / params**alpha + b / data**beta) * np.exp(NOISE * rng.standard_normal(len(params)))
    keys = [f"{tag}{i}" for i in range(len(params))]
    return pl.DataFrame({"run_key": keys, "params": params, "data_seen": data, "flops": 6 * params * data, "value": loss})


def width(frame: pl.DataFrame, flops: float) -> float:
    """ln width of the 90 % interval of the compute-optimal model size, from a refit."""
    setting = Setting(fit(CHINCHILLA, frame, draws=400, seed=0), SimpleNamespace(study="case", plan={}), frame)
    draws = compute_optimal.optimum(setting, setting.draws, np.array([flops]))[0]
    low, high = np.nanpercentile(np.log(draws[:, 0]), [5, 95])
    return float(high - low)


def ratio(seed: int) -> float:
    """Width after a naive grid over width after the designed runs, at equal cost, for one simulated sweep."""
    rng = np.random.default_rng(seed)
    params = 10 ** rng.uniform(7.5, 9, 16)
    sweep = observed(params, params * 10 ** rng.uniform(0.7, 1.9, 16), rng, "s")
    budget, flops = float(sweep["flops"].sum()), FAR * float(sweep["flops"].max())
    study = SimpleNamespace(study="case", metric="loss", plan={"flops": [flops]})
    setting = Setting(fit(CHINCHILLA, sweep, draws=1000, seed=0), study, sweep)
    goal = size_at(setting, flops)
    rows = next_runs.runs_for(setting, goal, sized(setting, budget), budget)
    chosen = [(row["params"], row["data_seen"]) for row in rows for _ in range(row["replicates"] or 0)]
    assert chosen
    designed = observed(*np.array(chosen).T, rng, "d")
    naive = observed(*naive_grid(setting, budget), rng, "n")
    assert designed["flops"].sum() <= naive["flops"].sum() * (1 + 1e-9)
    return width(pl.concat([sweep, naive]), flops) / width(pl.concat([sweep, designed]), flops)


@pytest.mark.slow
def test_the_designed_runs_narrow_the_optimum_one_and_a_half_times_as_much_as_a_grid():
    ratios = [ratio(seed) for seed in range(SWEEPS)]
    assert np.median(ratios) >= 1.5


def test_one_designed_sweep_beats_the_grid():
    assert ratio(7) > 1.0
