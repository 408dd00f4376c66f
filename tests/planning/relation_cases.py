"""Every law as a case for plans: its example's constants, runs around its example's columns, and questions around its runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from planning_cases import fit_of, study_of

from pipeline.errors import PlanError
from pipeline.fitting.result import Misfit
from pipeline.laws import laws
from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.laws.law import Law
from pipeline.planning import PLANS
from pipeline.schema import MEASUREMENTS, RUNS
from pipeline.schema.metrics import METRICS, metric_of

PHASES = (1 / 3, 1.0, 3.0)
NAMES = ("first", "second", "third", "fourth")
DRAWS = 24
SETTINGS = {"batch_size": pl.lit(256.0), "peak_lr": pl.lit(1e-3)}
"""What runs say beside a law's columns; nothing of the rest."""
BUDGETS = ("data_seen", "params", "data_unique")


@dataclass(frozen=True)
class Case:
    """A law with its constants, the runs that a fit of it saw, and what a study asks of it."""

    law: Law
    values: dict[str, Any]
    pools: tuple[str, ...]
    runs: pl.DataFrame
    plan: dict[str, Any]
    drawn: tuple[str, ...] = ()
    """Pools in the order in which draws are made for them, where it is not that of the fit."""
    relative: bool = True
    """Whether runs err by a share of their value: of a loss and of its mirror image a share is not the same."""

    def built(self, table: str) -> pl.DataFrame | None:
        """The plan table; None where its question is not for these runs, which says why."""
        misfit = Misfit(0.01, 1.0) if self.relative else Misfit(0.0)
        fit = fit_of(self.law, self.values, self.drawn or self.pools, draws=DRAWS, misfit=misfit, runs=self.runs)
        fit.residual_sd, fit.log_residuals = 0.01, self.relative
        index = compiled(self.law).index(self.pools)
        order = [fit.index.index(place) for place in index]
        fit.index, fit.estimate, fit.draws = index, fit.estimate[order], fit.draws[:, order]
        try:
            return PLANS[table].build(fit, study_of(self.law.response, **self.plan), self.runs)
        except PlanError:
            return None


def case_of(name: str) -> Case:
    """The case of a law."""
    law = laws[name]
    example = law.example
    pools = NAMES[: len(next(v for v in example.values() if isinstance(v, list)))] if law.pooled else ()
    per = {p.name for p in law.parameters if p.per}
    values = {p.name: _by_pool(example[p.name], pools) if p.name in per else example[p.name] for p in law.parameters}
    runs = _runs(law, pools)
    value = _means(law, values, pools, runs)
    unsaid = {
        name: pl.lit(None, pl.String if column.type == "VARCHAR" else pl.Float64)
        for name, column in (MEASUREMENTS | RUNS).items()
    }
    said = {name: one for name, one in (unsaid | SETTINGS).items() if name not in (*runs.columns, "value", "run_key")}
    frame = runs.with_columns(value=pl.Series(value), run_key=pl.int_range(pl.len()).cast(pl.String), **said)
    return Case(law, values, pools, frame, _questions(law, frame))


def _by_pool(values: Any, pools: tuple[str, ...]) -> dict[str, float]:
    return dict(zip(pools, values if isinstance(values, list) else [values] * len(pools), strict=True))


def _runs(law: Law, pools: tuple[str, ...]) -> pl.DataFrame:
    """Nine runs: each column at a third of, at, and at three times its example, columns out of step with each other."""
    columns = {
        column: [float(law.example[column]) * PHASES[(run // 3**place + run * place) % 3] for run in range(9)]  # type: ignore[arg-type]
        for place, column in enumerate(law.columns)
    }
    frame = pl.DataFrame(columns) if columns else pl.DataFrame({"place": list(range(9))})
    if not law.pooled:
        return frame
    one = [{"pool": pool, **{name: _at(law, name, i) for name in law.member_columns}} for i, pool in enumerate(pools)]
    filled = [{"share": 1 / len(pools), "unique": 1e7, "size": 1e7, **member} for member in one]
    return frame.with_columns(members=pl.Series([filled] * frame.height))


def _at(law: Law, name: str, place: int) -> float:
    value = law.example[name]
    return float(value[place] if isinstance(value, list) else value)


def _means(law: Law, values: dict[str, Any], pools: tuple[str, ...], runs: pl.DataFrame) -> np.ndarray:
    index = compiled(law).index(pools)
    theta = np.array([[values[name] if pool is None else values[name][pool] for name, pool in index]], dtype=float)
    return np.asarray(compiled(law).value(theta, rows_from_frame(law, runs, pools))[0])


def _questions(law: Law, runs: pl.DataFrame) -> dict[str, Any]:
    plan: dict[str, Any] = {"epochs": [1.0, 4.0], "flops": [1e20, 1e22]}
    plan |= {name: [float(runs[name].max()) * 3] for name in BUDGETS if name in law.columns}  # type: ignore[arg-type]
    best = runs["value"].min() if metric_of(law.response).goal == "lower" else runs["value"].max()
    return plan | {"loss": [float(best)]}  # type: ignore[arg-type]


def scaled(case: Case, factor: float) -> Case:
    """The same runs with every value of the metric times a factor."""
    law = replace(case.law, name=f"{case.law.name}_scaled", formula=case.law.formula * factor, linear=(), worked=())
    plan = case.plan | {"loss": [value * factor for value in case.plan["loss"]]}
    return replace(case, law=law, runs=case.runs.with_columns(pl.col("value") * factor), plan=plan)


def renamed(case: Case, names: dict[str, str]) -> Case:
    """The same pools under other names."""
    values = {n: {names[p]: x for p, x in v.items()} if isinstance(v, dict) else v for n, v in case.values.items()}
    members = [[{**part, "pool": names[part["pool"]]} for part in parts] for parts in case.runs["members"].to_list()]
    return replace(
        case, values=values, pools=tuple(names[p] for p in case.pools), runs=case.runs.with_columns(members=pl.Series(members))
    )


def permuted(case: Case) -> Case:
    """The same pools in another order, each with the draws that it had."""
    members = [parts[::-1] for parts in case.runs["members"].to_list()]
    return replace(case, pools=case.pools[::-1], drawn=case.pools, runs=case.runs.with_columns(members=pl.Series(members)))


def mirrored(case: Case) -> tuple[Case, float]:
    """The same runs by a score of which more is better, and what value and score sum to."""
    fraction = METRICS[case.law.response].range == "fraction"
    whole = 1.0 if fraction else 2 * float(case.runs["value"].abs().max())  # type: ignore[arg-type]
    law = replace(
        case.law,
        name=f"{case.law.name}_mirrored",
        formula=whole - case.law.formula,
        response="accuracy" if fraction else "score",
        linear=(),
        worked=(),
    )
    plan = case.plan | {"loss": [whole - value for value in case.plan["loss"]]}
    return replace(case, law=law, plan=plan, runs=case.runs.with_columns(value=whole - pl.col("value"))), whole
