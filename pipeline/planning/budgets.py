"""At which budgets a plan answers: the study's own, or from the largest run on to a hundred times beyond it."""

from __future__ import annotations

import numpy as np

from pipeline.errors import PlanError
from pipeline.planning.plan import Array
from pipeline.planning.setting import Setting

BEYOND = (0.0, 0.5, 1.0, 1.5, 2.0)
"""Decades from the largest run at which a plan answers where the study names no budgets."""

TARGET = "loss"
"""The budget that is a value of the metric, and as little bound to be positive as that."""


def declared(setting: Setting, column: str) -> Array | None:
    """The budgets that the study declares for a column, in rising order, or None. Raises PlanError for an impossible one."""
    values = (setting.study.plan or {}).get(column)
    if values is None or np.size(values) == 0:
        return None
    found = np.unique(np.atleast_1d(np.asarray(values, dtype=float)))
    signed = column == TARGET and setting.measured.ends[0] < 0
    if not (np.isfinite(found).all() and (signed or (found > 0).all())):
        must = "finite" if signed else "positive and finite"
        raise PlanError(f"study {setting.study.study!r}, [plan] {column}: {values} must be {must}", fix="correct the list")
    return found


def one(setting: Setting, key: str) -> float | None:
    """The one positive number that [plan] gives for a key, or None. Raises PlanError for anything else."""
    value = (setting.study.plan or {}).get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        where = f"study {setting.study.study!r}, [plan]"
        raise PlanError(f"{key} = {value!r} must be one positive number", place=where, fix="correct or remove it")
    return float(value)


def budgets(setting: Setting, column: str) -> Array:
    """The study's budgets, or half-decades from the largest run to a hundred times beyond it."""
    own = declared(setting, column)
    if own is not None:
        return own
    top = setting.largest(column)
    if top is None:
        raise PlanError(
            f"study {setting.study.study!r}: no run has {column!r}", fix=f"name the budgets in [plan] {column} = [...]"
        )
    return top * 10.0 ** np.array(BEYOND)
