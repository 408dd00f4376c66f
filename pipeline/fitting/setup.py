"""What fit() and its relatives begin with: a law on checked observations, its constants, its starts, its search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy.special import ndtri

from pipeline.fitting import starts
from pipeline.fitting.constants import constants, prior, references
from pipeline.fitting.effort import FULL, Effort
from pipeline.fitting.evidence.blocks import Design, design
from pipeline.fitting.frames import Observed, budget, observed
from pipeline.fitting.near_unit import brought_near
from pipeline.fitting.numerics.coordinates import coordinates
from pipeline.fitting.numerics.objective import derivatives, stages
from pipeline.fitting.problem import Problem
from pipeline.fitting.result import Fit
from pipeline.fitting.search import BROUGHT, Search, hardly_informed, search, since
from pipeline.fitting.unequal import Unequal, differs, weighed
from pipeline.laws.engine.compile import compiled
from pipeline.laws.law import Law, Objective

Array = np.ndarray
QUANTILES = 200
"""Points of a normal over which what a run carries is averaged."""
FIRST, TURNS, SETTLED = 16, 8, 0.02
"""Starts of the fit whose residuals say how far observations stray, fits of it at most, and when weights stay."""
AUDIT = FULL.audit
"""Random starts beside a warm one: enough to notice a better basin."""


@dataclass(frozen=True)
class Setup:
    """A law on its observations, ready to be searched."""

    law: Law
    observed: Observed
    problem: Problem
    fixed: Array
    index: list[tuple[str, str | None]]
    cost: Array | None
    design: Design

    @property
    def names(self) -> list[str]:
        return [n if p is None else f"{n}[{p}]" for n, p in self.index]

    @property
    def free(self) -> list[str]:
        return [self.names[i] for i in self.problem.free]

    @property
    def constants(self) -> dict[str, float]:
        """What is not fitted, by flat name: references too."""
        return {n: float(v) for n, v in zip(self.names, self.fixed, strict=True) if np.isfinite(v)}


def set_up(
    law: Law,
    frame: pl.DataFrame,
    objective: Objective,
    fix: Mapping[str, Any] | None,
    pools: Sequence[str] | None,
    blocks: Design | None = None,
) -> Setup:
    """A law on its observations. blocks: the held-out design of the rivals on this frame; without one, the law's own."""
    frame = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
    data = observed(law, frame, objective, pools)
    law_code = compiled(law)
    index = law_code.index(data.rows.pools)
    fixed = references(law, index, constants(fix, index))
    free = np.flatnonzero(~np.isfinite(fixed))
    place = coordinates(law, data.rows.pools)
    problem = Problem(law_code, data.rows, data.target(objective), objective, place, free)
    problem = replace(problem, unequal=_unequal(law, problem, data, fixed))
    chosen = blocks or design(frame, law.columns, free.size)
    return Setup(law, data, problem, fixed, index, _cost(law, data, chosen), chosen)


def _unequal(law: Law, problem: Problem, data: Observed, fixed: Array) -> Unequal | None:
    """How far the observations stray; None where nothing tells of a difference. A first fit weighs all alike, the next ones by
    what the one before left: precise runs seem to stray by what the noisy ones do to a fit that does not know them apart."""
    if data.sampling is None or len(data.value) <= problem.free.size + 1:
        return None
    if not differs(data.sampling.at(data.value, problem.objective.space)):
        return None
    begin, ones, found = starts.starts(law, problem, data.value, FIRST, 0, fixed), np.ones(len(data.value)), None
    for _ in range(TURNS):
        w = search(replace(problem, unequal=found), begin, ones).best.w[None]
        own = data.sampling.at(problem.predicted(w)[0], problem.objective.space)
        before, found = found, weighed(problem.residuals(w)[0], own, problem.free.size, problem.objective)
        if found is None or (before is not None and np.allclose(found.weight, before.weight, rtol=SETTLED)):
            break
        begin = np.vstack([w, begin[: FIRST // 4]])
    return found


def _cost(law: Law, data: Observed, chosen: Design) -> Array | None:
    """What each observation costs on the axis of the design, or on the law's own where that is not known of all of them."""
    cost = chosen.cost[data.frame["__row"].to_numpy().astype(int)]
    return cost if len(cost) and np.isfinite(cost).all() else budget(law, data.frame)


def with_warm_start(setup: Setup, count: int, seed: int, warm: Fit | Array | None) -> Array:
    """Random starts, after the warm one where there is one."""
    found = starts.starts(setup.law, setup.problem, setup.observed.value, count, seed, setup.fixed)
    if warm is None:
        return found
    theta = _levels(warm, setup.index) if isinstance(warm, Fit) else np.asarray(warm, float)
    theta = np.where(np.isfinite(setup.fixed), setup.fixed, theta)
    return np.vstack([setup.problem.coordinates.working(theta[None]), found]) if np.isfinite(theta).all() else found


def carried_by_run(setup: Setup, run_sd: float) -> float:
    """What one run of that spread carries in the objective: the mean of residual · slope over a normal, sd² of least squares."""
    values, linear = setup.observed.value, setup.problem.objective.space == "linear"
    spread = run_sd * float(np.median(values)) if linear and (values > 0).all() else run_sd
    residual = spread * ndtri((np.arange(QUANTILES) + 0.5) / QUANTILES)
    slope = derivatives(residual, stages(setup.problem.objective)[-1])[1]
    return float(np.mean(residual * slope))


def _levels(warm: Fit, index: list[tuple[str, str | None]]) -> Array:
    known = dict(zip(warm.index, warm.estimate, strict=True))
    typical = {name: float(np.median([v for (n, _), v in known.items() if n == name])) for name, _ in warm.index}
    return np.array([known.get(entry, typical.get(entry[0], np.nan)) for entry in index])


def searched(
    setup: Setup,
    seed: int,
    warm: Fit | Array | None,
    given: Mapping[str, Any] | None,
    effort: Effort = FULL,
    run_sd: float | None = None,
    nested: Array | None = None,
) -> Search:
    """Search from all starts; with a prior, again, its scale being what the objective is per degree of freedom without it.

    run_sd: the spread of single runs, of ln value where all are positive, where it is known from elsewhere: the scale is then
    what a run of that spread carries. nested: one more start, the optimum of the law that this one nests.
    """
    ones = np.ones(len(setup.observed.value))
    begin = with_warm_start(setup, effort.starts if warm is None else effort.audit, seed, warm)
    if nested is not None:
        begin = np.vstack([setup.problem.coordinates.working(nested[None]), begin])
    longest = effort.longest if warm is None else effort.glance
    if not setup.problem.free.size:
        begin = begin[:1]
    near = brought_near(setup.law, setup.problem, begin, ones, longest)
    heats = BROUGHT if near is not begin and hardly_informed(setup.problem) else ()
    found = since(search(setup.problem, near, ones, longest, heats), begin, near)
    if given:
        scale = found.best.value / max(len(ones) - setup.problem.free.size, 1)
        scale *= 2.0 if setup.problem.objective.loss == "l2" else 1.0
        scale = carried_by_run(setup, run_sd) if run_sd and np.isfinite(run_sd) else scale
        domains = {p.name: p.domain == "positive" for p in setup.law.parameters}
        setup.problem.prior = prior(given, setup.index, tuple(domains[name] for name, _ in setup.index), scale)
        found = search(setup.problem, np.vstack([found.best.w[None], begin]), ones, longest)
    return found
