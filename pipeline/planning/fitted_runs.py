"""What a fit and its runs say by themselves: its metric, its pools with their sizes, how far the runs reach, what is typical."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.errors import PlanError
from pipeline.planning.plan import Array
from pipeline.schema import SIZES
from pipeline.schema.metrics import Metric, metric_of
from pipeline.schema.metrics import known as known_metric
from pipeline.study.reductions import response_of

if TYPE_CHECKING:
    from pipeline.fitting import Fit
    from pipeline.laws.law import Law
    from pipeline.study.declaration import Study

TRAINING_FLOP = 6.0
"""Training costs 6 FLOP for each parameter and each token."""


class FittedRuns:
    """A fit with the runs that it was fitted to, as plans ask about them."""

    def __init__(self, fit: Fit, study: Study, frame: pl.DataFrame, own_error: int = 0) -> None:
        """own_error: settings that differ in it have errors of their laws that are independent of each other."""
        self.fit, self.study, self.own_error = fit, study, own_error
        self.law: Law = fit.law
        self.runs = frame.filter(pl.col("used")) if "used" in frame.columns else frame
        self.estimate: Array = np.asarray(fit.estimate, dtype=float)[None, :]
        draws = None if fit.draws is None else np.asarray(fit.draws, dtype=float)
        self.draws: Array | None = draws if draws is not None and len(draws) > 1 else None

    def called(self, column: str) -> str:
        """What people call a column of the law: what the study makes it of, where that is a name or a sum without a call."""
        made = getattr(self.study, "derive", {}).get(column)
        if not isinstance(made, str):
            return column
        name = made.strip().removeprefix('"').removesuffix('"')
        if f'"{name}"' == made.strip() and '"' not in name:
            return name
        return made.replace('"', "") if not set("(:") & set(made) else column

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

    @cached_property
    def pools(self) -> tuple[str, ...]:
        """The atomic pools that the fit knows, best quality first."""
        return tuple(dict.fromkeys(pool for _, pool in self.fit.index if pool is not None))

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

    @cached_property
    def sparse(self) -> bool:
        """Whether the law tells active from total parameters: a plan's `params` are then the active ones, as compute is."""
        return {"params", "params_active"} <= set(self.law.columns)

    def logged(self, column: str) -> Array:
        """The values of a column among the fitted runs; compute is 6 N D too, epochs data over unique data. Empty where no run
        has it."""
        name = self.size_column if column == "params" else column
        parts = [self.runs[name]] if name in self.runs.columns else []
        if column == "flops" and {self.size_column, "data_seen"} <= set(self.runs.columns):
            parts.append(TRAINING_FLOP * self.runs[self.size_column] * self.runs["data_seen"])
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
            budget = TRAINING_FLOP * run["params"] * run["data_seen"]
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

    @cached_property
    def total_over_active(self) -> float:
        """Total over active parameters of planned runs: the median of the fitted ones; 1 where the law sees one number alone."""
        if not self.sparse:
            return 1.0
        ratio: Any = self.runs.select((pl.col("params") / pl.col("params_active")).median()).item()
        return float(ratio)

    @cached_property
    def steps_per_sample(self) -> float:
        """Optimiser steps for each token or sample: as the runs logged them, else one in a batch (of sequences)."""
        if {"step", "data_seen"} <= set(self.runs.columns):
            ratio: Any = (self.runs["step"].cast(pl.Float64) / self.runs["data_seen"]).drop_nulls().median()
            if ratio:
                return float(ratio)
        tokens = "data_unit" in self.runs.columns and self.runs["data_unit"].drop_nulls().first() == "token"
        return 1.0 / (self.typical("batch_size") * (self.typical("sequence_length") if tokens else 1.0))
