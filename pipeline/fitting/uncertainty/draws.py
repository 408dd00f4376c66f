"""The draws of one fit: resampled, calibrated, and as natural parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.fitting.effort import Effort
from pipeline.fitting.own_units import OwnUnits
from pipeline.fitting.search import NEAR_END, Search, hardly_informed
from pipeline.fitting.setup import Setup
from pipeline.fitting.uncertainty.calibration import ENDS, calibrated, calibration_factor, simulated_refits
from pipeline.fitting.uncertainty.resampling import SMALLEST, Kind, Mapper, Resampler, resample, tile_for
from pipeline.fitting.uncertainty.within_run import AutoregressiveNoise

Array = np.ndarray
FEW_RUNS = 5
MOST, DEAR = 0.5, 4
"""The part of the first draws that has to come to an optimum; they are looked at where this many times as many are wanted."""


@dataclass(frozen=True)
class Draws:
    """raw (draws, P) working and converged (draws,) as resampled; natural (draws, P) calibrated by factor, NaN where unknown.

    Where the first draws came to no optimum, converged is of them and there are no others.
    """

    raw: Array
    converged: Array
    factor: float
    natural: Array
    within_run: bool

    def intervals(self) -> tuple[Array, Array, Array]:
        """Standard error, 5th and 95th percentile of each parameter; NaN where there are too few draws for one."""
        count, size = self.natural.shape
        unknown = np.full(size, np.nan)
        low, high = np.quantile(self.natural, ENDS, axis=0) if count else (unknown, unknown)
        with np.errstate(over="ignore"):  # of a parameter that the runs leave free some draws are beyond what can be squared
            spread = self.natural.std(axis=0, ddof=1) if count > 1 else unknown
        return np.where(np.isfinite(spread), spread, np.nan), low, high


def drawn(
    setup: Setup,
    found: Search,
    units: OwnUnits,
    informing: Array,
    count: int,
    seed: int,
    mapper: Mapper,
    kind: Kind,
    effort: Effort,
) -> Draws:
    """`count` draws around the best optimum, solved in own units; `informing` is how many runs each free parameter rests on.

    None where the search ended in no optimum: such a fit is refused, and nobody reads an interval of it. None either where few
    observations a parameter led one start alone to an optimum, and draws to none: percentiles would say where the steps stopped.
    """
    problem, data, best = setup.problem, setup.observed, found.best.w
    count = count if found.away(len(data.value)) <= NEAR_END else 0
    ones = np.ones(len(data.value))
    noise = _noise(setup, best, informing)
    tile = tile_for(count, problem.rows.n * problem.free.size, effort.tile)
    sampler = Resampler(units.own, units.there(found.close()[: effort.minima]), data.run, ones, kind, seed, noise, tile)
    first = _first(sampler, count, found, hardly_informed(problem))
    count = 0 if first.size and first.mean() < MOST else count
    solved, ended = resample(sampler, count, mapper)
    raw, converged = units.back(solved), ended if count else first
    simulated = count and problem.free.size and effort.sweeps
    there = units.there(best[None])[0]
    refits = units.back(simulated_refits(units.own, there, data.run, ones, seed, effort.sweeps)) if simulated else raw[:0]
    factor = calibration_factor(refits, raw, best, problem.free, len(data.run_keys))
    natural = _natural(setup, calibrated(problem, raw, best, factor), informing)
    return Draws(raw, converged, factor, natural, noise is not None)


def _first(sampler: Resampler, count: int, found: Search, hardly: bool) -> Array:
    """Which of the first draws come to an optimum, where few observations hardly led to one; none are made without a doubt."""
    doubtful = hardly and not found.exact and (not found.converged or found.best.reached < 2)
    if not doubtful or count < DEAR * SMALLEST:
        return np.zeros(0, bool)
    return replace(sampler, size=SMALLEST).tile(0, [0])[1]


def _natural(setup: Setup, working: Array, informing: Array) -> Array:
    """Natural parameters; what is fixed as it is, what fewer than two runs inform not a number."""
    natural = setup.problem.natural(working) if len(working) else np.empty((0, len(setup.index)))
    known = np.isfinite(setup.fixed)
    natural[:, known] = setup.fixed[known]
    natural[:, setup.problem.free[informing < 2]] = np.nan
    return natural


def _noise(setup: Setup, w: Array, informing: Array) -> AutoregressiveNoise | None:
    """Within-run residual resampling, where a free parameter rests on fewer than five runs that have several points."""
    run = setup.observed.run
    several = np.bincount(run).max(initial=0) >= 4
    if not several or not (informing < FEW_RUNS).any():
        return None
    predicted = setup.problem.predicted(w[None])[0]
    fitted = np.log(predicted) if setup.problem.objective.space == "log" else predicted
    sd = 1.0 if setup.problem.unequal is None else setup.problem.unequal.sd
    return AutoregressiveNoise(fitted, (setup.problem.target - fitted) / sd, run, sd)
