"""Simulated sweeps with a known law, and what refits leave of a target's interval after the runs of a design and of a grid."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl

from pipeline.fitting import fit
from pipeline.fitting.result import Misfit
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Law
from pipeline.planning.design.experiment_budget import Spendable
from pipeline.planning.design.run_candidates import naive_grid, pooled, sized
from pipeline.planning.design.run_targets import Target, best_set, loss_at, size_at
from pipeline.planning.fitted_runs import TRAINING_FLOP
from pipeline.planning.pools.candidates import pool_budgets, values_of_sets
from pipeline.planning.pools.pool_sets import PoolSets, all_sets
from pipeline.planning.questions.costs import next_runs
from pipeline.planning.setting import Setting

CHINCHILLA, UTILITY = laws["chinchilla"], laws["repeated_utility"]
TRUTH = np.array([1.817218, 477.826, 2143.417, 0.3473105, 0.3671724])
NOISE = 0.002  # of ln loss between seeds
FAR = 30.0  # the target's budget over the largest run's
POOLS = ("best", "good", "fair")
SIZES = np.array([4e6, 6e6, 1e7])
WORTH = np.array([0.025, 0.1, -0.16, -0.14, -0.12, 3.0, 4.0, 5.0])  # a, d, b and tau of each pool
ERROR_NOISE = 0.002
BEYOND = 8.0  # the target's samples over the largest run's


def setting_of(law: Law, frame: pl.DataFrame, draws: int, **plan: Any) -> Setting:
    """A refit of a law to a frame, as plans see it; the law is true here, and known to be."""
    found = replace(fit(law, frame, draws=draws, seed=0), misfit=Misfit())
    return Setting(found, SimpleNamespace(study="case", metric="loss", plan=plan), frame)


def observed(params: np.ndarray, data: np.ndarray, rng: np.random.Generator, tag: str) -> pl.DataFrame:
    """Runs of the true law of size and data with seed noise."""
    e, a, b, alpha, beta = TRUTH
    loss = (e + a / params**alpha + b / data**beta) * np.exp(NOISE * rng.standard_normal(len(params)))
    keys = [f"{tag}{i}" for i in range(len(params))]
    return pl.DataFrame({"run_key": keys, "params": params, "data_seen": data, "flops": 6 * params * data, "value": loss})


def observed_pools(sets: PoolSets, data: np.ndarray, rng: np.random.Generator, tag: str) -> pl.DataFrame:
    """Runs of the true law of pools, one a set and amount, with seed noise."""
    parts = sets.members()
    rows = Rows({"data_seen": data}, {"share": parts.share, "unique": parts.unique, "size": parts.size}, POOLS, len(data))
    value = compiled(UTILITY).value(WORTH[None], rows)[0] + ERROR_NOISE * rng.standard_normal(len(data))
    members = [
        [
            {"pool": p, "share": float(w), "unique": float(u), "size": float(n)}
            for p, w, u, n in zip(POOLS, *each, strict=True)
            if w > 0
        ]
        for each in zip(parts.share, parts.unique, parts.size, strict=True)
    ]
    keys = [f"{tag}{i}" for i in range(len(data))]
    return pl.DataFrame({"run_key": keys, "data_seen": data, "members": members, "value": value})


def size_ratio(seed: int, target: str) -> float:
    """Width after a naive grid over width after the designed runs, at equal cost: of the loss, or of the best size."""
    rng = np.random.default_rng(seed)
    params = 10 ** rng.uniform(7.5, 9, 16)
    sweep = observed(params, params * 10 ** rng.uniform(0.7, 1.9, 16), rng, "s")
    budget, flops = float(sweep["flops"].sum()), FAR * float(sweep["flops"].max())
    setting = setting_of(CHINCHILLA, sweep, 1000, flops=[flops])
    goal = (size_at if target == "params" else loss_at)(setting, flops)
    rows = next_runs.runs_for(setting, goal, sized(setting, budget), Spendable(budget, "declared"))
    chosen = [(row["params"], row["data_seen"]) for row in rows for _ in range(row.get("replicates", 0))]
    designed = observed(*np.array(chosen).T, rng, "d")
    naive = observed(*naive_grid(setting, budget), rng, "n")
    assert designed["flops"].sum() <= naive["flops"].sum() * (1 + 1e-9)

    def width(frame: pl.DataFrame) -> float:
        return _size_width(setting_of(CHINCHILLA, frame, 400), goal, target)

    return width(pl.concat([sweep, naive])) / width(pl.concat([sweep, designed]))


def _size_width(setting: Setting, goal: Target, target: str) -> float:
    """ln width of the 90 % interval of the best size, or of the loss of the run that the first fit recommends."""
    if target == "params":
        draws = next_runs.compute_optimal.optimum(setting, setting.draws, np.array([goal.flops]))[0]
    else:
        seen = np.array([goal.data_seen])
        draws = setting.value(setting.draws, params=goal.flops / (TRAINING_FLOP * seen), data_seen=seen)
    low, high = np.nanpercentile(np.log(draws[:, 0]), [5, 95])
    return float(high - low)


def pool_ratio(seed: int) -> float:
    """The same for the lead of the best pool set over the runner-up."""
    rng = np.random.default_rng(seed)
    sets = all_sets(POOLS, SIZES)
    tried = sets.take(np.flatnonzero(sets.nested | (sets.inside.sum(axis=1) == 1)))
    each = np.repeat(np.arange(len(tried)), 3)
    sweep = observed_pools(tried.take(each), 10 ** rng.uniform(6.3, 7.7, len(each)), rng, "s")
    budget, seen = float(sweep["data_seen"].sum()), BEYOND * float(sweep["data_seen"].max())
    setting = setting_of(UTILITY, sweep, 1000, data_seen=[seen])
    goal = best_set(setting)
    candidates = pooled(setting, budget, goal.runs.sets)
    rows = next_runs.runs_for(setting, goal, candidates, Spendable(budget, "declared"))
    chosen = [(row["pools"], row["data_seen"]) for row in rows for _ in range(row.get("replicates", 0))]
    where = np.array([sets.inside.tolist().index([p in pools for p in POOLS]) for pools, _ in chosen])
    designed = observed_pools(sets.take(where), np.array([n for _, n in chosen]), rng, "d")
    grid = np.tile(np.geomspace(*sweep["data_seen"].sort().gather([0, -1]).to_list(), 4), len(POOLS))
    nested = sets.take(np.repeat(np.flatnonzero(sets.nested), 4))
    naive = observed_pools(nested, grid * budget / grid.sum(), rng, "n")
    assert designed["data_seen"].sum() <= naive["data_seen"].sum() * (1 + 1e-9)
    pair = _contenders(setting)

    def width(frame: pl.DataFrame) -> float:
        return _lead_width(setting_of(UTILITY, frame, 400), pair, seen)

    return width(pl.concat([sweep, naive])) / width(pl.concat([sweep, designed]))


def _contenders(setting: Setting) -> PoolSets:
    """The best set and the runner-up of the first fit."""
    sets, budget = all_sets(setting.pools, setting.sizes), pool_budgets(setting)[-1]
    value = values_of_sets(setting, setting.estimate, sets, *budget.of_sets(setting, sets))[0]
    return sets.take(np.argsort(value)[:2])


def _lead_width(setting: Setting, pair: PoolSets, seen: float) -> float:
    value = values_of_sets(setting, setting.draws, pair, np.full(2, np.nan), np.full(2, seen))
    low, high = np.nanpercentile(value[:, 1] - value[:, 0], [5, 95])
    return float(high - low)
