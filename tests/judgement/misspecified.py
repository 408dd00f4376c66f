"""Sweeps whose truth no rival is: how often the combination's intervals hold the loss of a new run and the compute-optimal size.

Four truths outside the family of size and data: size and data that help each other, an exponent that falls along the way, a wall
of starved runs, and two corpora's powers in one. Each sweep has its own constants, noise and sizes. Rivals compete as by default.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.fitting import Fit, common_design
from pipeline.fitting.effort import REPLAY
from pipeline.laws import laws
from tests.judgement.scores import combination, fitted
from tests.judgement.splits import Case

Array = np.ndarray
RIVALS = ("chinchilla", "gadre", "skaling")
RUNS, NOISE, BEYOND = 48, 0.004, 10.0
GRID = 61
STARVED = 200.0
"""Parameters over tokens, in the units of the truths, beyond which runs are starved: below 5 tokens a parameter."""
Truth = Callable[[Array, Array, Array], Array]


def _interacting(n: Array, d: Array, c: Array) -> Array:
    return c[0] + c[1] * n ** -c[3] + c[2] * d ** -c[4] + 0.4 * np.sqrt(c[1] * c[2]) * n ** (-c[3] / 2) * d ** (-c[4] / 2)


def _slowing(n: Array, d: Array, c: Array) -> Array:
    return c[0] + c[1] * n ** (-c[3] * (1 - 0.015 * np.log(n / 10))) + c[2] * d ** -c[4]


def _starved(n: Array, d: Array, c: Array) -> Array:
    return c[0] + c[1] * n ** -c[3] + c[2] * d ** -c[4] * (1 + (n / (STARVED * d)) ** 0.7)


def _two_powers(n: Array, d: Array, c: Array) -> Array:
    return c[0] + c[1] * n ** -c[3] + 0.6 * c[2] * d ** -c[4] + 0.02 * c[2] * d ** (-c[4] / 3)


TRUTHS: dict[str, Truth] = {
    "size and data help each other": _interacting,
    "an exponent that falls": _slowing,
    "starved runs": _starved,
    "two powers of the data": _two_powers,
}
"""Losses of n (units of 1e6 parameters) and d (units of 1e9 tokens)."""


@dataclass(frozen=True)
class Held:
    """One sweep: whether the interval of a new run and of the optimum, at ten times the largest budget, held the truth."""

    truth: str
    new_run: bool
    optimum: bool


def sweep(truth: Truth, seed: int) -> tuple[pl.DataFrame, Callable[[Array, Array], Array]]:
    """Runs of isoFLOP profiles of one truth, and the truth itself of params and tokens."""
    rng = np.random.default_rng([seed, 7])
    c = np.array(
        [rng.uniform(1.5, 2.2), rng.uniform(2, 6), rng.uniform(0.5, 1.5), rng.uniform(0.25, 0.4), rng.uniform(0.25, 0.4)]
    )

    def loss(params: Array, data: Array) -> Array:
        return truth(params / 1e6, data / 1e9, c)

    budgets = np.repeat(np.geomspace(1e17, 1e19, RUNS // 8), 8)
    params = np.sqrt(budgets / 120) * 10 ** rng.uniform(-0.5, 0.5, RUNS)
    data = budgets / (6 * params)
    value = loss(params, data) * np.exp(NOISE * rng.standard_normal(RUNS))
    keys = [f"r{k}" for k in range(RUNS)]
    return pl.DataFrame({"run_key": keys, "params": params, "data_seen": data, "flops": budgets, "value": value}), loss


def optimum(params: Array, losses: Array) -> Array:
    """(m,) the size of least loss for each row of losses (m, n): the parabola through the least one and its neighbours, in ln."""
    least = np.clip(losses.argmin(axis=1), 1, len(params) - 2)
    before, at, after = (np.log(losses[np.arange(len(losses)), least + k]) for k in (-1, 0, 1))
    bend = np.maximum(before - 2 * at + after, 1e-12)
    steps = np.clip((before - after) / (2 * bend), -1.0, 1.0)
    return np.asarray(params[least] * (params[1] / params[0]) ** steps)


def held(name: str, seed: int) -> Held:
    """Fits the rivals to one sweep, combines them, and asks ten times farther."""
    frame, loss = sweep(TRUTHS[name], seed)
    budget = BEYOND * float(frame["flops"].max())
    params = np.sqrt(budget / 120) * np.geomspace(0.03, 30, GRID)
    grid = pl.DataFrame({"params": params, "data_seen": budget / (6 * params), "flops": np.full(GRID, budget)})
    case = Case(name, "misspecified", str(seed), RIVALS, frame, grid, (), REPLAY)
    blocks = common_design([laws[law] for law in RIVALS], frame)
    fits = [one for law in RIVALS if isinstance(one := fitted(case, law, blocks), Fit)]
    together = combination(fits, grid)
    if together is None:
        return Held(name, False, False)
    rng = np.random.default_rng([seed, 11])
    true = loss(params, budget / (6 * params))
    best = int(true.argmin())
    new = together.predict(grid[best : best + 1], new_run=True)
    observed = true[best] * np.exp(NOISE * rng.standard_normal())
    means = together.predict_draws(grid, misfit=False)
    low, high = np.quantile(optimum(params, means), [0.05, 0.95])
    sought = optimum(params, true[None])[0]
    return Held(name, bool(new["predicted_low"][0] <= observed <= new["predicted_high"][0]), bool(low <= sought <= high))


def campaign(each: int) -> list[Held]:
    """So many sweeps of each truth."""
    return [held(name, seed) for name in TRUTHS for seed in range(each)]
