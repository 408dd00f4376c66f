"""From plain bootstrap draws to draws whose percentiles cover what they say.

Percentiles over few runs are too narrow: leverage hides a run's residual, and few runs have a Student spread. How much depends
on law, loss and design, so it is measured: sweeps are simulated from the fitted law with its own residuals, whole runs at a time,
and refitted; the draws are then moved away from the estimate until their 90 % range holds 90 % of those refits, never towards it.
One factor serves all parameters, because factors of their own would tear apart parameters that trade off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from pipeline.fitting.numerics.near_starts import near_starts
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.problem import Problem

Array = np.ndarray
LEVEL, ENDS = 0.9, (0.05, 0.95)
"""What every stored interval is to hold, and the percentiles that are its ends."""
SWEEPS = 128
NARROWEST, WIDEST = 1.0, 3.0
LEEWAY, STEPS, MOST_ROWS = 3.0, 16, 1000
"""How much farther than in proportion a draw's predictions may go, in how many steps it is called back, and of how many rows."""
HIDDEN = 0.7
"""Most of a residual's variance that leverage may be taken to have hidden."""


@dataclass(frozen=True)
class SimulatedSweeps:
    """Targets = fitted + residuals of randomly drawn runs with random signs, widened for what the fit has absorbed.

    sd: how far each observation strays, where some do farther than others: residuals are drawn in that unit.
    """

    fitted: Array
    residual: Array
    run: Array
    widened: float
    sd: Array | float = 1.0

    def targets(self, seed: int, count: int) -> Array:
        """(count, n) targets; a run keeps its donor's residuals in order, stretched to its own length."""
        rng = np.random.default_rng([seed, 3])
        length = np.bincount(self.run)
        order = np.argsort(self.run, kind="stable")
        begin = np.concatenate([[0], np.cumsum(length)[:-1]])
        place = np.empty(len(self.run), int)
        place[order] = np.arange(len(self.run)) - np.repeat(begin, length)
        donor = rng.integers(len(length), size=(count, len(length)))[:, self.run]
        sign = rng.choice([-1.0, 1.0], size=(count, len(length)))[:, self.run]
        part = (place + 0.5) / length[self.run]
        source = order[begin[donor] + (part * length[donor]).astype(int)]
        return self.fitted + self.sd * self.widened * sign * (self.residual / self.sd)[source]


def simulated_refits(problem: Problem, w: Array, run: Array, weight: Array, seed: int, count: int = SWEEPS) -> Array:
    """Working optima (count, P) of sweeps simulated from the law at w."""
    predicted = problem.predicted(w[None])[0]
    fitted = np.log(predicted) if problem.objective.space == "log" else predicted
    runs = int(run.max()) + 1
    widened = 1.0 / np.sqrt(1.0 - min(problem.free.size / runs, HIDDEN))
    sd = 1.0 if problem.unequal is None else problem.unequal.sd
    sweeps = SimulatedSweeps(fitted, problem.target - fitted, run, widened, sd)
    targets = sweeps.targets(seed, count)
    begin, metric = near_starts(problem, w, weight, np.tile(weight, (count, 1)), targets)
    found = minimise(problem, begin, weight, targets, iterations=50, patient=False, metric=metric)
    return found.w[found.converged]


def calibration_factor(refits: Array, draws: Array, w: Array, free: Array, runs: int, level: float = LEVEL) -> float:
    """The factor on draws: median over parameters of (90 % of |refit − w|) / (half the draws' range), times t over normal."""
    if runs < 2 or not free.size or len(draws) < 20 or len(refits) < 20:
        return 1.0
    needed = np.quantile(np.abs(refits[:, free] - w[free]), level, axis=0)
    tail = (1 - level) / 2
    low, high = np.quantile(draws[:, free], [tail, 1 - tail], axis=0)
    with np.errstate(all="ignore"):
        ratios = 2 * needed / (high - low)
    known = ratios[np.isfinite(ratios)]
    if not known.size:
        return 1.0
    student = float(stdtrit(max(runs - free.size, 4), 1 - tail) / ndtri(1 - tail))
    return float(np.clip(np.median(known), NARROWEST, WIDEST)) * student


def calibrated(problem: Problem, draws: Array, centre: Array, factor: float) -> Array:
    """centre + factor·(draws − centre), in working coordinates, or less where the law would leave the observations.

    Along a ridge on which parameters make up for each other, a small step of the predictions would become any: a draw goes as far
    as its predictions stay within LEEWAY times the factor of how far they were from those at the centre.
    """
    if factor <= 1 or not len(draws):
        return centre + factor * (draws - centre)
    rows = problem.take(np.unique(np.linspace(0, problem.rows.n - 1, MOST_ROWS).astype(int)))
    fitted = _compared(rows, centre[None])
    allowed = LEEWAY * factor * _distance(_compared(rows, draws), fitted)
    moved = centre + factor * (draws - centre)
    far = np.arange(len(draws))
    for less in np.linspace(factor, 1, STEPS)[1:]:
        far = far[~(_distance(_compared(rows, moved[far]), fitted) <= allowed[far])]
        if not far.size:
            break
        moved[far] = centre + less * (draws[far] - centre)
    return moved


def _compared(problem: Problem, w: Array) -> Array:
    """What the law predicts of the observations at each w, as the objective compares it."""
    predicted = problem.predicted(w)
    with np.errstate(all="ignore"):
        return np.log(predicted) if problem.objective.space == "log" else predicted


def _distance(predicted: Array, fitted: Array) -> Array:
    return np.sqrt(np.mean((predicted - fitted) ** 2, axis=1))
