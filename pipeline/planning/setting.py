"""What every plan is computed from: a fitted law, its draws, its pools with their sizes, and the runs it was fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from pipeline.laws.engine.compile import CompiledLaw
from pipeline.laws.engine.rows import Rows, filled
from pipeline.planning.fitted_runs import TRAINING_FLOP, FittedRuns
from pipeline.planning.plan import Array
from pipeline.schema import SIZES

SEARCHED = 400
"""Draws in which crossings are sought: percentiles of 400 draws err by some hundredths of the interval."""


@dataclass(frozen=True)
class Members:
    """The pools of each row: share of its samples, unique samples that it may draw, size of the pool; each (n, K)."""

    share: Array
    unique: Array
    size: Array


class Setting(FittedRuns):
    """A fit in the terms in which plans ask it: the law at runs that nobody has done, and what it may get wrong there."""

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
            return TRAINING_FLOP * given["params"] * given["data_seen"]
        if name == "data_unique" and "data_seen" in given:
            return given["data_seen"]
        if name == "data_planned" and "data_seen" in given:
            return given["data_seen"]
        if name == "epochs" and "data_seen" in given:
            return given["data_seen"] / given.get("data_unique", given["data_seen"])
        if name == "step" and "data_seen" in given:
            return given["data_seen"] * self.steps_per_sample
        return np.full(shape, self.typical(name))

    @property
    def counted_in(self) -> str:
        """What the runs' data are counted in: tokens, images; samples where no run says it."""
        units = self.runs["data_unit"].drop_nulls() if "data_unit" in self.runs.columns else pl.Series([], dtype=pl.String)
        return f"{units.mode().sort()[0] if len(units) else 'sample'}s"

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

    def with_law_error(self, draws: Array | None, error: Array) -> Array | None:
        """Draws of the law's value (batch, n), widened by what the law itself may get wrong (`law_error`)."""
        return None if draws is None else self.fit.erring(draws, error * self.law_error_normal[: len(draws), None])

    @cached_property
    def law_error_normal(self) -> Array:
        """One standard normal a draw, the same for every row: a wrong law is wrong for all its rows together."""
        many = 0 if self.draws is None else len(self.draws)
        return np.random.default_rng([0, self.own_error] if self.own_error else 0).standard_normal(many)

    def with_law_error_of_sets(self, draws: Array, share: Array, error: Array) -> Array:
        """Draws of the law's value (batch, n) to compare runs with the shares (n, K): times exp(error · Σ_k √share_k · e_k).

        e_k is one standard normal a draw and pool, so that each run has the law error's variance, and the errors of two runs
        correlate by the data that they have in common, Σ_k √(share_k · share'_k): 1 for the same shares, 0 for disjoint sets.
        """
        return self.with_errors_of_sets(draws, self.errors_of_sets(share, len(draws)), error)

    def errors_of_sets(self, share: Array, draws: int | None = None) -> Array:
        """Σ_k √share_k · e_k of each draw and run (draws, n): the same at every budget."""
        return self.pool_normal[:draws] @ np.sqrt(share).T

    def with_errors_of_sets(self, draws: Array, errors: Array, error: Array) -> Array:
        """What `with_law_error_of_sets` says, from the errors of all sets; they may be of more draws than there are values."""
        return self.fit.erring(draws, error * errors[: len(draws)])

    @cached_property
    def pool_normal(self) -> Array:
        """A standard normal for each draw and pool: what the law gets wrong about a pool, it does in every set that has it."""
        return np.random.default_rng(1).standard_normal((0 if self.draws is None else len(self.draws), len(self.pools)))
