"""certify(): is somebody's optimum one? And sensitivity(): what the answer owes to outliers and to the objective."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.fitting.evidence import identifiability
from pipeline.fitting.evidence.certificate import Certificate
from pipeline.fitting.numerics.objective import reported_scale
from pipeline.fitting.numerics.solver import minimise
from pipeline.fitting.search import Search, search
from pipeline.fitting.setup import AUDIT, Setup, searched, set_up, with_warm_start
from pipeline.laws.law import Law, Objective

SPACES: tuple[Literal["log", "linear"], ...] = ("log", "linear")
LOSSES: tuple[Literal["huber", "l2", "lad"], ...] = ("huber", "l2", "lad")
OPTIMAL = 1e-9
"""A point whose objective could fall by more than this part of it is no optimum."""


def certify(
    law: Law,
    frame: pl.DataFrame,
    estimate: Mapping[str, float],
    *,
    start: Mapping[str, float] | None = None,
    objective: Objective | None = None,
    pools: Sequence[str] | None = None,
    seed: int = 0,
) -> Certificate:
    """The certificate of parameters that another program reports, whatever success it claims.

    Refused where a Newton step would lower the objective, where the point is the `start` it was given, or where this search finds
    a better one. Raises FitError where `estimate` lacks a parameter.
    """
    setup = set_up(law, frame, objective or law.objective, None, pools)
    missing = [name for name in setup.names if name not in estimate]
    if missing:
        raise FitError(f"the estimate of {law.name} lacks {missing}", fix=f"give every parameter of {setup.names}")
    theta = np.array([float(estimate[name]) for name in setup.names])
    best = searched(setup, seed, theta, None)
    out, value = _there(setup, theta, best, start)
    if start is not None and out.moved < 1e-3:
        out.lower(
            "refused", "moved nowhere: the reported optimum is its start", "minimise the sum, not the mean, to a tight tolerance"
        )
    excess = value / best.best.value - 1
    if out.predicted_decrease > OPTIMAL or excess > OPTIMAL:
        scale = reported_scale(setup.problem.objective)
        fix = f"go on from there: {best.best.value * scale:.12g} is reached"
        out.lower("refused", f"not converged: the objective is {excess:.2%} above the best that was found", fix)
    for term in out.dead_terms:
        out.lower("refused", f"the term of {term} vanished")
    return out


def _there(setup: Setup, theta: np.ndarray, best: Search, start: Mapping[str, float] | None) -> tuple[Certificate, float]:
    """What the objective is like at the parameters theta (P,), not graded yet, and its value there."""
    w = setup.problem.coordinates.working(theta[None])
    there = minimise(setup.problem, w, np.ones(len(setup.observed.value)), iterations=0)
    value = float(there.value[0])
    out = Certificate(
        starts=best.starts,
        reached_best=best.best.reached,
        gradient_norm=float(np.abs(there.gradient[0]).max()) / value,
        predicted_decrease=float(there.predicted_decrease[0]) / value,
        condition_number=identifiability.scaled_condition(there.hessian[0]),
        dead_terms=identifiability.dead_terms(setup.law, setup.problem, w[0]),
        moved=float("nan") if start is None else _step(theta, start, setup.names),
        levels=identifiability.levels(setup.observed),
    )
    return out, value


def _step(theta: np.ndarray, start: Mapping[str, float], names: Sequence[str]) -> float:
    """The largest relative change of a parameter between start and end."""
    return max(abs(float(np.log(abs(value / start[name])))) for value, name in zip(theta, names, strict=True))


def sensitivity(
    law: Law, frame: pl.DataFrame, *, largest: int = 10, pools: Sequence[str] | None = None, seed: int = 0
) -> pl.DataFrame:
    """How the estimate moves when the k largest responses are dropped (k = 0 … largest), and under other objectives.

    One row a variant: variant, n_points, objective_value, one column a parameter; each searched from the estimate and 8 starts.
    """
    chosen = law.objective
    whole = set_up(law, frame, chosen, None, pools)
    base = searched(whole, seed, None, None).best.w
    order = np.argsort(-whole.observed.value, kind="stable")
    rows = []
    for k in range(largest + 1):
        keep = np.ones(len(order), bool)
        keep[order[:k]] = False
        rows.append(_variant(law, frame, f"largest {k} dropped", chosen, keep, base, pools, seed))
    others = [Objective(space, loss) for space in SPACES for loss in LOSSES]
    everything = np.ones(len(order), bool)
    rows += [_variant(law, frame, o.name, o, everything, base, pools, seed) for o in others if o != chosen]
    return pl.DataFrame(rows)


def _variant(
    law: Law,
    frame: pl.DataFrame,
    name: str,
    objective: Objective,
    keep: np.ndarray,
    base: np.ndarray,
    pools: Sequence[str] | None,
    seed: int,
) -> dict[str, object]:
    setup = set_up(law, frame, objective, None, pools)
    begin = with_warm_start(setup, AUDIT, seed, setup.problem.natural(base[None])[0])
    found = search(setup.problem, begin, keep.astype(float))
    theta = setup.problem.natural(found.best.w[None])[0]
    value = found.best.value * reported_scale(objective)
    return {"variant": name, "n_points": int(keep.sum()), "objective_value": value} | dict(
        zip(setup.names, map(float, theta), strict=True)
    )
