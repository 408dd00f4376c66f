"""The multi-power law fitted as its authors' released code does it: a descent that is stopped early, from a coarser law.

First E, A, alpha, B of E + A S1^-alpha - B (peak - rate) by L-BFGS-B from 135 starts; then all seven constants by AdamW, from
these and relaxation 1, beta and gamma 1/2, for 200 steps or until 20 bring nothing. Both on the sum of Huber losses (.001) of
ln L.
"""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
from scipy.optimize import minimize
from scipy.stats import linregress

from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame

DELTA, STEPS, PATIENCE = 1e-3, 200, 20
RATES = np.array([5e-2, 5e-2, 5e-3, 5e-2, 5e-2, 5e-3, 5e-3])  # of E, A, alpha, B, relaxation, beta, gamma
LAW = laws["multi_power_law"]


def huber(residual: np.ndarray) -> tuple[float, np.ndarray]:
    """The sum of Huber losses and its derivative in each residual."""
    size = np.abs(residual)
    value = np.where(size < DELTA, residual**2 / 2, DELTA * (size - DELTA / 2)).sum()
    return float(value), np.clip(residual, -DELTA, DELTA)


def start(frame: pl.DataFrame, peak: float) -> np.ndarray:
    """E, A, alpha, B of the coarser law, the loss falling at once with the rate. `frame` has s1, lr and value."""
    area, fallen, loss = frame["s1"].to_numpy(), peak - frame["lr"].to_numpy(), frame["value"].to_numpy()
    least = loss.min()
    line = linregress(np.log(area), np.log(loss - least + 0.01))
    A = np.exp(line.intercept)

    def objective(theta: np.ndarray) -> float:
        with np.errstate(all="ignore"):
            predicted = theta[0] + theta[1] * area ** -theta[2] - theta[3] * fallen
            return huber(np.nan_to_num(np.log(loss / predicted), nan=1e3, posinf=1e3, neginf=-1e3))[0]

    ranges = (least - 0.2, least + 0.2, 5), (A - 0.1, A + 0.1, 3), (-line.slope - 0.1, -line.slope + 0.1, 3), (100, 1000, 3)
    starts = itertools.product(*(np.linspace(*r) for r in ranges))
    options = {"maxiter": 100_000, "ftol": 1e-9, "gtol": 1e-6}
    found = [minimize(objective, s, method="L-BFGS-B", bounds=[(0, np.inf)] * 4, options=options) for s in starts]
    return min(found, key=lambda f: f.fun).x


def descend(frame: pl.DataFrame, groups: tuple[str, ...], theta: np.ndarray) -> np.ndarray:
    """All seven constants by AdamW; the point after the step from the best one, as the released code keeps it."""
    law, rows, observed = compiled(LAW), rows_from_frame(LAW, frame, groups), frame["value"].to_numpy()
    first, second, best, best_loss, idle = np.zeros(7), np.zeros(7), theta, np.inf, 0
    for step in range(1, STEPS + 1):
        value, slope = (part[0] for part in law.gradient(theta, rows))
        loss, pull = huber(np.log(value / observed))
        gradient = slope.T @ (pull / value)
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        change = first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        theta = theta - RATES * (change + 0.01 * theta)
        idle = 0 if loss < best_loss else idle + 1
        if loss < best_loss:
            best, best_loss = theta, loss
        if step > PATIENCE + 1 and idle >= PATIENCE:
            break
    return best


def fitted(frame: pl.DataFrame, groups: tuple[str, ...], peak: float) -> np.ndarray:
    """The seven constants in the law's order."""
    return descend(frame, groups, np.concatenate([start(frame, peak), [1.0, 0.5, 0.5]]))
