"""What a law's own error is expected to be before its runs tell: from how wrong laws were in forecasts that have been scored.

Laws on cohorts are taken as draws from one population: ln(s0 / spread of single runs) and the growth k are normal. Location and
spread of both maximise what the scored forecasts say, pulled towards what was believed before, which weighs as PULL cohorts do.
Laws on the same runs share a weight, so that a hundred studies of one sweep teach what the sweep does. A cohort that says little
moves nothing: what counts is how many independent errors it shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np
import polars as pl
from scipy.optimize import minimize

Array = np.ndarray
RATIO = np.linspace(-5.0, 5.0, 81)
"""ln(s0 / spread of single runs), the grid of the marginal likelihood."""
K = np.linspace(0.0, 3.0, 31)
"""Growth of the law's error in ln a decade of budget."""
INDEPENDENT = 4.0
"""Independent errors of a law beyond one origin, at most: its error is smooth, so that runs out there share it."""
PULL = 4.0
"""Cohorts that the belief before weighs as much as: today's numbers were set with four sources of public runs in sight."""
COHORT = ("study", "cohort", "law")
BOUNDS = ((-4.0, 4.0), (np.log(0.1), np.log(3.0)), (0.0, 3.0), (np.log(0.1), np.log(3.0)))
DECIMALS = 3


@dataclass(frozen=True)
class MisfitPrior:
    """ln(s0 / spread of single runs) is normal with `location` and `spread`, the growth k with `growth` and `growth_spread`.

    The numbers here hold where no forecast has been scored: a law is about as wrong as a single run is, and three times that a
    decade out.
    """

    location: float = 0.0
    spread: float = 1.0
    growth: float = float(np.log(3.0))
    growth_spread: float = 0.8

    def apart(self, other: MisfitPrior) -> float:
        """The largest difference of the four numbers."""
        return float(np.abs(np.subtract(astuple(self), astuple(other))).max())


FIXED = MisfitPrior()


@dataclass(frozen=True)
class _Cohort:
    """One law on one cohort: how likely its forecasts' errors are under each (ratio, k), up to a factor, and their runs."""

    law: str
    likelihood: Array
    runs: frozenset[str]


def learnt(scored: pl.DataFrame, laws: Sequence[str], before: MisfitPrior = FIXED) -> dict[str, MisfitPrior]:
    """The prior of each law after the scored forecasts: those of all laws first, then, from there, those of the law itself.

    scored: one row a forecast with study, cohort, law, known_runs (of the fit that made it), run_key, error (ln predicted −
    ln observed), parameter_sd and run_sd (in ln: what parameters and single runs explain of it), distance (log10 of the budget
    over the largest known; NULL counts as 0). Without rows it is `before`.
    """
    cohorts = [_cohort(rows) for _, rows in scored.group_by(*COHORT, maintain_order=True)]
    shared = _towards(before, cohorts)
    return {law: _towards(shared, [each for each in cohorts if each.law == law]) for law in laws}


def origin_weights(origin: Array) -> Array:
    """(n,) weights of forecasts: those of one origin count alike and together at most INDEPENDENT."""
    _, place, count = np.unique(origin, return_inverse=True, return_counts=True)
    return np.minimum(1.0, INDEPENDENT / count)[place]


def _cohort(rows: pl.DataFrame) -> _Cohort:
    """Gaussian ln errors of variance parameter_sd² + run_sd²·(1 + exp(2·ratio + 2·k·distance)).

    An origin is a doubling of the runs that were known: fits of 64 and of 65 runs are one fit, and miss alike.
    """
    error, noise, spread = (rows[name].to_numpy() for name in ("error", "parameter_sd", "run_sd"))
    distance = np.maximum(rows["distance"].fill_null(0.0).to_numpy(), 0.0)
    weight = origin_weights(np.floor(np.log2(rows["known_runs"].to_numpy())))
    growth = spread**2 * np.exp(2 * K[:, None] * distance)
    known = noise**2 + spread**2
    square = weight * error**2
    minus_log = np.stack([minus_log_likelihood(known + np.exp(2 * ratio) * growth, square, weight) for ratio in RATIO])
    return _Cohort(rows["law"][0], np.exp(minus_log.min() - minus_log), frozenset(rows["run_key"]))


def minus_log_likelihood(variance: Array, square: Array, weight: Array) -> Array:
    """(m,) of Gaussian ln errors with variances (m, n), up to a constant; square (n,) is weight·error²."""
    variance = np.clip(variance, 1e-300, 1e6)
    return np.asarray(0.5 * (np.log(variance) @ weight + np.reciprocal(variance) @ square))


def _towards(before: MisfitPrior, cohorts: Sequence[_Cohort]) -> MisfitPrior:
    """The prior that maximises Σ weight·ln ∫ likelihood·prior + PULL·∫ before·ln prior."""
    if not cohorts:
        return before
    likelihood, weight = np.stack([each.likelihood for each in cohorts]), _shares(cohorts)
    start = np.array([before.location, np.log(before.spread), before.growth, np.log(before.growth_spread)])
    old_ratio, old_k = _densities(start)

    def badness(where: Array) -> float:
        ratio, k = _densities(where)
        said = weight @ np.log(np.einsum("r,crk,k->c", ratio, likelihood, k) + 1e-300)
        return float(-said - PULL * (old_ratio @ np.log(ratio) + old_k @ np.log(k)))

    found = minimize(badness, start, method="L-BFGS-B", bounds=BOUNDS).x
    found[[1, 3]] = np.exp(found[[1, 3]])
    return MisfitPrior(*(round(float(value), DECIMALS) for value in found))


def _densities(where: Array) -> tuple[Array, Array]:
    """Probabilities over RATIO and over K, each normal on its grid."""
    found = []
    for grid, centre, spread in ((RATIO, where[0], np.exp(where[1])), (K, where[2], np.exp(where[3]))):
        density = np.exp(-0.5 * ((grid - centre) / spread) ** 2) + 1e-300
        found.append(density / density.sum())
    return found[0], found[1]


def _shares(cohorts: Sequence[_Cohort]) -> Array:
    """(cohorts,) weights: the mean over its runs of one over the number of cohorts that have the run too."""
    seen = Counter(run for each in cohorts for run in each.runs)
    return np.array([np.mean([1.0 / seen[run] for run in sorted(each.runs)]) for each in cohorts])
