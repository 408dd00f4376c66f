"""What a study fixes or knows beforehand: constants and priors, by parameter or by `parameter[pool]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pipeline.errors import FitError
from pipeline.fitting.problem import Prior
from pipeline.laws.law import Law

Array = np.ndarray
Index = list[tuple[str, str | None]]


def _places(index: Index, name: str, what: str) -> list[int]:
    found = [i for i, (parameter, pool) in enumerate(index) if name in (parameter, f"{parameter}[{pool}]")]
    if not found:
        known = sorted({p for p, _ in index})
        raise FitError(
            f"{what} names {name!r}, which is no parameter of the law", fix=f"it has {known} (a level is written `name[pool]`)"
        )
    return found


def _each(given: Mapping[str, Any], index: Index, what: str) -> list[tuple[int, Any]]:
    """(place, value), where a mapping gives values pool by pool."""
    out = []
    for name, value in given.items():
        if isinstance(value, Mapping):
            out += [(place, v) for pool, v in value.items() for place in _places(index, f"{name}[{pool}]", what)]
        else:
            out += [(place, value) for place in _places(index, name, what)]
    return out


def constants(fix: Mapping[str, Any] | None, index: Index) -> Array:
    """(P,) natural constants, NaN where a parameter is free."""
    fixed = np.full(len(index), np.nan)
    for place, value in _each(fix or {}, index, "fix"):
        if not np.isfinite(value):
            raise FitError(f"fix sets {index[place][0]} to {value}, which is not finite", fix="give a number")
        fixed[place] = float(value)
    return fixed


def references(law: Law, index: Index, fixed: Array) -> Array:
    """`fixed` with the first pool of a parameter pinned at its `reference` and the rest at its `others`, unless one is fixed."""
    pinned = fixed.copy()
    for parameter in law.parameters:
        places = [i for i, (name, _) in enumerate(index) if name == parameter.name]
        if parameter.per == "pool" and parameter.reference is not None and not np.isfinite(fixed[places]).any():
            pinned[places[:1]] = parameter.reference
            pinned[places[1:]] = np.nan if parameter.others is None else parameter.others
    return pinned


def prior(given: Mapping[str, Any] | None, index: Index, logs: tuple[bool, ...], scale: float) -> Prior | None:
    """Gaussian priors {name: (mean, sd)}: natural mean; sd of ln θ for positive parameters (relative), else of θ.

    It enters as scale/2·((u − mean)/sd)², scale being what a point carries, so that one prior counts as one point.
    """
    if not given:
        return None
    mean, sd = np.zeros(len(index)), np.full(len(index), np.inf)
    for place, pair in _each(given, index, "prior"):
        if not (isinstance(pair, (tuple, list)) and len(pair) == 2 and pair[1] > 0):
            raise FitError(f"prior of {index[place][0]} is {pair!r}", fix="give (mean, sd) with sd > 0")
        if logs[place] and not pair[0] > 0:
            raise FitError(
                f"prior of {index[place][0]} has mean {pair[0]:g}, but the parameter is positive", fix="give a mean above 0"
            )
        mean[place], sd[place] = np.log(pair[0]) if logs[place] else pair[0], float(pair[1])
    return Prior(mean, sd, scale, logs)
