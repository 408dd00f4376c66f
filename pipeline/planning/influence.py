"""How far a plan would move without one run: its tables built again with the parameters of the fit that left the run out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.errors import LawbookError
from pipeline.planning import PLANS
from pipeline.planning.budgets import budgets
from pipeline.planning.plan import estimates_of
from pipeline.planning.questions.sizes.compute_optimal import parametric
from pipeline.planning.setting import Setting
from pipeline.schema import TABLES

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.study.declaration import Study

Builder = Callable[["Fit", "Study", pl.DataFrame], pl.DataFrame]


def _parametric(fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame:
    setting = Setting(fit, study, frame)
    return parametric(setting, budgets(setting, "flops"))


WATCHED: Mapping[str, Builder] = {
    "plan_compute_optimal": _parametric,
    **{name: PLANS[name].build for name in ("plan_data_constrained", "plan_filtering", "plan_response", "plan_optimum")},
}
"""The plans whose cells are watched: those that others stand on, without the approaches that fit no law."""


@dataclass(frozen=True)
class Move:
    """The furthest move of a plan cell without a run, in widths of its interval, and the plan table of that cell."""

    widths: float | None
    plan: str | None


def moves_of(fit: Fit, study: Study, frame: pl.DataFrame, plans: Mapping[str, pl.DataFrame]) -> list[tuple[dict[str, Any], Move]]:
    """Each suspect of the fit's certificate with its effect on the plans (table -> rows) that were made from the fit."""
    return [(suspect, _move(_without(fit, suspect), study, frame, plans)) for suspect in fit.certificate.suspects]


def _without(fit: Fit, suspect: Mapping[str, Any]) -> Fit:
    theta = np.array([suspect["without"][name] for name in fit.names], dtype=float)
    return replace(fit, estimate=theta, draws=fit.draws[:0])


def _move(fit: Fit, study: Study, frame: pl.DataFrame, plans: Mapping[str, pl.DataFrame]) -> Move:
    found = [
        (_widths(name, plans[name], built), name) for name in plans if (built := _built(name, fit, study, frame)) is not None
    ]
    known = [(widths, name) for widths, name in found if widths is not None]
    return Move(*max(known)) if known else Move(None, None)


def _built(name: str, fit: Fit, study: Study, frame: pl.DataFrame) -> pl.DataFrame | None:
    if name not in WATCHED:
        return None
    try:
        return WATCHED[name](fit, study, frame)
    except LawbookError:
        return None  # without the run the law cannot answer this question: that is no move that can be measured


def _widths(name: str, before: pl.DataFrame, after: pl.DataFrame) -> float | None:
    """The furthest move of an estimate between two plans of one table, in widths of the interval before."""
    keys = [key for key in TABLES[name].keys if key in before.columns and key in after.columns]
    names = [name for name in estimates_of(before) if name in after.columns]
    if not keys or before.is_empty() or after.is_empty():
        return None
    both = before.select(*keys, *_ends(names)).join(after.select(*keys, *names), on=keys, nulls_equal=True, suffix="_without")
    moved = [((pl.col(f"{n}_without") - pl.col(n)).abs() / (pl.col(f"{n}_high") - pl.col(f"{n}_low"))).alias(n) for n in names]
    values = both.select(moved).to_numpy().astype(float) if moved else np.empty(0)
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size else None


def _ends(names: Sequence[str]) -> list[str]:
    return [each for name in names for each in (name, f"{name}_low", f"{name}_high")]
