"""What every plan is computed from: a fitted law, its draws, its pools with their sizes, and the runs it was fitted to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.errors import PlanError
from pipeline.laws.engine.compile import CompiledLaw
from pipeline.laws.engine.rows import Rows, filled
from pipeline.planning.plan import Array
from pipeline.schema import SIZES
from pipeline.schema.metrics import Metric, metric_of
from pipeline.schema.metrics import known as known_metric
from pipeline.study.reductions import response_of

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

PASSES = 6.0
"""Training costs 6 FLOP for each parameter and each token."""
SEARCHED = 400
"""Draws in which crossings are sought: percentiles of 400 draws err by some hundredths of the interval."""


@dataclass(frozen=True)
class Members:
    """The pools of each row: share of its samples, unique samples that it may draw, size of the pool; each (n, K)."""

    share: Array
    unique: Array
    size: Array


class Setting:
    """A fit in the terms in which plans ask it: values of the law at runs that nobody has done."""

    def __init__(self, fit: Fit, study: Study, frame: pl.DataFrame, own_error: int = 0) -> None:
        """own_error: settings that differ in it have errors of their laws that are independent of each other."""
        self.fit, self.study, self.own_error = fit, study, own_error
        self.law: Law = fit.law
        self.runs = frame.filter(pl.col("used")) if "used" in frame.columns else frame
        self.estimate: Array = np.asarray(fit.estimate, dtype=float)[None, :]
        draws = None if fit.draws is None else np.asarray(fit.draws, dtype=float)
        self.draws: Array | None = draws if draws is not None and len(draws) > 1 else None

    def called(self, column: str) -> str:
        """What people call a column of the law: what the study makes it of, where that is one name."""
        made = getattr(self.study, "derive", {}).get(column)
        return made if isinstance(made, str) and made.isidentifier() else column

    @cached_property
    def code(self) -> CompiledLaw:
        """The law's generated functions."""
        return self.fit.code

    @property
    def walks(self) -> bool:
        """Whether the law is evaluated by a walk over all epochs of a run, and not as sums over pools."""
        return bool(self.code.layout["wholes"])

    @property
    def steps(self) -> bool:
        """Whether on whole pools it is one recursion over epochs that serves all budgets of a set (union_path.py)."""
        return self.walks and not self.code.layout["sums"]

    @property
    def search_draws(self) -> Array | None:
        """The draws in which crossings are sought, each of which asks for the law at hundreds of budgets."""
        return None if self.draws is None else self.draws[:SEARCHED]

    @cached_property
    def pools(self) -> tuple[str, ...]:
        """The atomic pools that the fit knows, best quality first."""
        return tuple(dict.fromkeys(pool for _, pool in self.fit.index if pool is not None))

    @cached_property
    def sizes(self) -> Array:
        """Unique samples of each atomic pool (K,): the pool's own size, or the largest part of it that a run could draw."""
        if "members" not in self.runs.columns:
            raise PlanError(
                f"{self.law.name}: the runs name no pools", fix="give each run a pool, and list the pools in a pools file"
            )
        parts = self.runs.select("members").explode("members").drop_nulls().unnest("members")
        amounts = [pl.col(name) for name in ("size", "unique") if name in parts.columns]
        known = dict(parts.group_by("pool").agg(pl.max_horizontal(amounts).max().alias("size")).iter_rows())
        lost = [pool for pool in self.pools if not known.get(pool)]
        if lost:
            raise PlanError(f"{self.law.name}: pool {lost[0]!r} has no size", fix="give its data_unique in the pools file")
        return np.array([known[pool] for pool in self.pools], dtype=float)

    @property
    def metric(self) -> str:
        """The metric that the study predicts, or what the law calls its response: a setting, in a study of winners."""
        if getattr(self.study, "metric", None) is None:
            return self.law.response
        return response_of(self.study, self.law)

    @cached_property
    def measured(self) -> Metric:
        """What that metric is: whether less or more of it is better, and which values it can take."""
        known: Metric | None = getattr(self.study, "measured", None)
        return known if known is not None and known.name == self.metric else metric_of(self.metric)

    @property
    def judged(self) -> bool:
        """Whether less or more of what the law predicts is better: not so of a quantity, like a best learning rate."""
        response = known_metric(self.law.response)
        return self.measured.goal is not None and (response is None or response.goal is not None)

    def turned(self, values: Array) -> Array:
        """Values of the metric turned so that less is better: what plans minimise."""
        return self.measured.sign * values

    @cached_property
    def size_column(self) -> str:
        """Which count of parameters the law reads: params, or the one without embeddings, or the active ones."""
        return "params_active" if self.sparse else next((name for name in SIZES if name in self.law.columns), "params")

    def logged(self, column: str) -> Array:
        """The values of a column among the fitted runs; compute is 6 N D too, epochs data over unique data. Empty where no run
        has it."""
        name = self.size_column if column == "params" else column
        parts = [self.runs[name]] if name in self.runs.columns else []
        if column == "flops" and {self.size_column, "data_seen"} <= set(self.runs.columns):
            parts.append(PASSES * self.runs[self.size_column] * self.runs["data_seen"])
        if column == "epochs" and {"data_seen", "data_unique"} <= set(self.runs.columns):
            parts.append(self.runs["data_seen"] / self.runs["data_unique"])
        return np.concatenate([part.drop_nulls().cast(pl.Float64).to_numpy() for part in parts]) if parts else np.empty(0)

    def largest(self, column: str) -> float | None:
        """The largest value of a column among the fitted runs."""
        values = self.logged(column)
        return float(values.max()) if values.size else None

    def distance(self, column: str, budget: Array) -> Array:
        """log10 of a budget over the largest of the fitted runs; NaN where the runs do not say."""
        top = self.largest(column)
        return np.log10(budget / top) if top else np.full(np.shape(budget), np.nan)

    def distance_of(self, run: Mapping[str, Array], count: int) -> Array:
        """log10 of each run's budget over the largest fitted run's, on the law's own scale, as of a forecast; NaN without one."""
        if {"params", "data_seen"} <= set(run):
            top = self.largest("flops")
            budget = PASSES * run["params"] * run["data_seen"]
        else:
            name = next((n for n in ("flops", "data_seen", "params", "step", *self.law.columns[:1]) if n in run), None)
            top, budget = (None, np.zeros(count)) if name is None else (self.largest(name), run[name])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.broadcast_to(np.log10(budget / top) if top else np.nan, (count,)).astype(float)

    def typical(self, column: str) -> float:
        """What a column that no budget sets is held at: its median over the fitted runs."""
        middle: Any = self.runs[column].median() if column in self.runs.columns else None
        if middle is None:
            raise PlanError(f"{self.law.name} reads {column!r}, which no run of study {self.study.study!r} has", fix="log it")
        return float(middle)

    def value(self, theta: Array, members: Members | None = None, **columns: Array | float) -> Array:
        """The law at n runs for each row of theta (batch, P): (batch, n). Columns that are not given are derived or typical."""
        shape = np.broadcast_shapes(*(np.shape(v) for v in columns.values()))
        given = {name: filled(np.asarray(v, dtype=float), shape) for name, v in columns.items()}
        rows = {name: self.column(name, given, shape) for name in self.law.columns}
        parts = None if members is None else {"share": members.share, "unique": members.unique, "size": members.size}
        return np.asarray(self.code.value(theta, Rows(rows, parts, self.pools, shape[-1])))

    def column(self, name: str, given: dict[str, Array], shape: tuple[int, ...]) -> Array:
        """A column of runs of the given columns: given, derived from them, or the typical value."""
        if name in given and not (name == "params" and self.sparse and "params_active" not in given):
            return given[name]
        if name in SIZES and "params" in given:
            return given["params"] * (self.total_over_active if name == "params" else 1.0)
        if name == "flops" and {"params", "data_seen"} <= set(given):
            return PASSES * given["params"] * given["data_seen"]
        if name == "data_unique" and "data_seen" in given:
            return given["data_seen"]
        if name == "data_planned" and "data_seen" in given:
            return given["data_seen"]
        if name == "epochs" and "data_seen" in given:
            return given["data_seen"] / given.get("data_unique", given["data_seen"])
        if name == "step" and "data_seen" in given:
            return given["data_seen"] * self.steps_per_sample
        return np.full(shape, self.typical(name))

    @cached_property
    def sparse(self) -> bool:
        """Whether the law tells active from total parameters: a plan's `params` are then the active ones, as compute is."""
        return {"params", "params_active"} <= set(self.law.columns)

    @cached_property
    def total_over_active(self) -> float:
        """Total over active parameters of planned runs: the median of the fitted ones; 1 where the law sees one number alone."""
        if not self.sparse:
            return 1.0
        ratio: Any = self.runs.select((pl.col("params") / pl.col("params_active")).median()).item()
        return float(ratio)

    @property
    def counted_in(self) -> str:
        """What the runs' data are counted in: tokens, images; samples where no run says it."""
        units = self.runs["data_unit"].drop_nulls() if "data_unit" in self.runs.columns else pl.Series([], dtype=pl.String)
        return f"{units.mode().sort()[0] if len(units) else 'sample'}s"

    @cached_property
    def steps_per_sample(self) -> float:
        """Optimiser steps for each token or sample: as the runs logged them, else one in a batch (of sequences)."""
        if {"step", "data_seen"} <= set(self.runs.columns):
            ratio: Any = (self.runs["step"].cast(pl.Float64) / self.runs["data_seen"]).drop_nulls().median()
            if ratio:
                return float(ratio)
        tokens = "data_unit" in self.runs.columns and self.runs["data_unit"].drop_nulls().first() == "token"
        return 1.0 / (self.typical("batch_size") * (self.typical("sequence_length") if tokens else 1.0))

    def law_error(self, **run: Array | float) -> Array:
        """The sd (n,) of what the law itself may get wrong at runs of these columns: that of a forecast of the same runs.

        What is not given is derived or typical, as in `value`; data are unique unless epochs or unique data are given.
        """
        shape = np.broadcast_shapes(*(np.shape(v) for v in run.values()))
        given = {name: filled(np.asarray(v, dtype=float), shape) for name, v in run.items()}
        if "epochs" in given and "data_seen" in given:
            given.setdefault("data_unique", given["data_seen"] / given["epochs"])
        names = [*self.law.columns, *(name for name in self.fit.axis if name in given or self.logged(name).size)]
        names += ["data_unique", "data_planned", "data_seen"] if "data_seen" in given else []
        return self.fit.law_error(pl.DataFrame({name: self.column(name, given, shape) for name in dict.fromkeys(names)}))

    def with_misfit(self, draws: Array | None, error: Array) -> Array | None:
        """Draws of the law's value (batch, n), widened by what the law itself may get wrong (`law_error`)."""
        return None if draws is None else self.fit.erring(draws, error * self.misfit_normal[: len(draws), None])

    @cached_property
    def misfit_normal(self) -> Array:
        """One standard normal a draw, the same for every row: a wrong law is wrong for all its rows together."""
        many = 0 if self.draws is None else len(self.draws)
        return np.random.default_rng([0, self.own_error] if self.own_error else 0).standard_normal(many)

    def with_misfit_of_sets(self, draws: Array, share: Array, error: Array) -> Array:
        """Draws of the law's value (batch, n) to compare runs with the shares (n, K): times exp(error · Σ_k √share_k · e_k).

        e_k is one standard normal a draw and pool, so that each run has the misfit's variance, and two runs' errors correlate by
        the data that they have in common, Σ_k √(share_k · share'_k): 1 for the same shares, 0 for disjoint sets.
        """
        return self.with_errors_of_sets(draws, self.errors_of_sets(share, len(draws)), error)

    def errors_of_sets(self, share: Array, draws: int | None = None) -> Array:
        """Σ_k √share_k · e_k of each draw and run (draws, n): the same at every budget."""
        return self.pool_normal[:draws] @ np.sqrt(share).T

    def with_errors_of_sets(self, draws: Array, errors: Array, error: Array) -> Array:
        """What `with_misfit_of_sets` says, from the errors of all sets; they may be of more draws than there are values."""
        return self.fit.erring(draws, error * errors[: len(draws)])

    @cached_property
    def pool_normal(self) -> Array:
        """A standard normal for each draw and pool: what the law gets wrong about a pool, it does in every set that has it."""
        return np.random.default_rng(1).standard_normal((0 if self.draws is None else len(self.draws), len(self.pools)))
