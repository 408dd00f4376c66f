"""A fit: estimate, calibrated draws, certificate, and what it predicts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pipeline.fitting.evidence.blocks import cost_of, left_runs
from pipeline.fitting.evidence.certificate import Certificate, Grade
from pipeline.fitting.frames import budget
from pipeline.laws.engine.compile import CompiledLaw, compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.laws.law import Law, Objective

if TYPE_CHECKING:
    from pipeline.fitting.summary import Summary

Array = np.ndarray


@dataclass(frozen=True)
class Misfit:
    """How wrong the law itself is: sd of ln prediction = s0·exp(k·max(distance, 0)).

    along: (axis, s0, k) of what it missed along axes apart from compute, for rows that leave the runs there.
    """

    s0: float = 0.0
    k: float = 0.0
    held_out: int = 0
    along: tuple[tuple[str, float, float], ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "along", tuple((str(axis), float(s0), float(k)) for axis, s0, k in self.along))

    def sd(self, distance: Array) -> Array:
        return self.s0 * np.exp(self.k * np.maximum(distance, 0.0))

    def sd_of(self, distance: Array, left: Mapping[str, Array]) -> Array:
        """The sd of rows that leave the runs along other axes too, by as much as `left` says (NaN: not at all): the largest."""
        found = self.sd(distance)
        for axis, s0, k in self.along:
            if axis in left:
                found = np.fmax(found, s0 * np.exp(k * np.where(np.isnan(left[axis]), np.nan, np.maximum(left[axis], 0.0))))
        return np.asarray(found)


@dataclass
class Fit:
    """One law fitted to one cohort. Arrays follow `index`: shared parameters, then the levels of per-pool ones.

    draws (draws, P) are calibrated and natural; NaN for parameters that fewer than two runs inform, whose std_error, low and
    high are NaN too. low and high are the 5th and 95th percentile. residuals are ln observed − ln predicted where all values
    are positive, else observed − predicted. axis: the columns that say what a run costs (blocks.cost_of), () for the law's own.
    schedules: those of the runs, where one was held out.
    """

    law: Law
    index: list[tuple[str, str | None]]
    estimate: Array
    draws: Array
    std_error: Array
    low: Array
    high: Array
    at_bound: Array
    objective: Objective
    objective_value: float
    rmse: float
    aic: float
    bic: float
    n_runs: int
    n_points: int
    certificate: Certificate
    fit_id: str
    misfit: Misfit
    residual_sd: float
    residuals: Array
    run_keys: tuple[str, ...]
    largest: dict[str, float]
    pools: tuple[str, ...] = ()
    extrapolation_error: float = float("nan")
    seed: int = 0
    fixed: Mapping[str, float] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    log_residuals: bool = True
    held_out: pl.DataFrame | None = None
    working: Array | None = None
    axis: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()
    frame: pl.DataFrame | None = field(default=None, repr=False, compare=False)
    """The observations, where a notebook made the fit: what its plans and pictures are made from."""

    @property
    def grade(self) -> Grade:
        """clean, weak or refused."""
        return self.certificate.grade

    @property
    def names(self) -> list[str]:
        """Flat parameter names: `tau[top10]`."""
        return [name if pool is None else f"{name}[{pool}]" for name, pool in self.index]

    @property
    def parameters(self) -> dict[str, float]:
        """Estimates by flat name."""
        return dict(zip(self.names, map(float, self.estimate), strict=True))

    def __repr__(self) -> str:
        said = ", ".join(f"{name} = {value:.4g}" for name, value in list(self.parameters.items())[:6])
        return f"Fit({self.law.name}, {self.n_runs} runs, {self.grade}: {said}{', ...' if len(self.names) > 6 else ''})"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def summary(self) -> Summary:
        """Parameters with their intervals, grade, reasons and held-out error: text where printed, a table in a notebook."""
        from pipeline.fitting.summary import Summary

        return Summary(self)

    def plot(self, kind: str = "fit") -> Any:
        """An Altair chart: "fit" (the runs and the law), "residuals", "profile" (each parameter's valley) or "forecast".

        Needs the observations: of a fit by `from pipeline import fit`, which keeps them. Raises FitError for another kind.
        """
        from pipeline.fitting.charts import chart

        return chart(self, kind)

    @property
    def code(self) -> CompiledLaw:
        """The law's functions."""
        return compiled(self.law)

    def value(self, frame: pl.DataFrame) -> Array:
        """Prediction at the estimate, (n,), in the unit of the response."""
        return self.code.value(self.estimate[None], rows_from_frame(self.law, frame, self.pools))[0]

    def distance(self, frame: pl.DataFrame) -> Array:
        """log10 of each row's budget over the largest budget among the fitted runs; negative inside the data."""
        cost = cost_of(self.axis, frame) if self.axis else budget(self.law, frame)
        if cost is None or "budget" not in self.largest:
            return np.zeros(frame.height)
        with np.errstate(all="ignore"):
            return np.asarray(np.log10(cost / self.largest["budget"]))

    def law_error(self, frame: pl.DataFrame) -> Array:
        """The sd (n,) of what the law itself may get wrong at each row, in the unit of residuals: what forecasts and plans hold.

        By the row's distance from the runs along compute; by its decades of epochs beyond theirs, and the distance of a schedule
        that no run had, where the law was held out along these. The largest of them counts.
        """
        distance = np.nan_to_num(self.distance(frame))
        return self.misfit.sd_of(distance, left_runs(frame, self.largest.get("epochs"), self.schedules, distance))

    def predict_draws(self, frame: pl.DataFrame, misfit: bool = True, new_run: bool = False) -> Array:
        """Predictions (draws, n) of every draw.

        misfit: with the law's own error (one draw of it for all rows on the same pools). new_run: with the spread of single runs.
        """
        rows = rows_from_frame(self.law, frame, self.pools)
        out = self.code.value(self.draws, rows) if len(self.draws) else np.empty((0, rows.n))
        rng = np.random.default_rng([self.seed, 5])
        if misfit:
            group = _pool_groups(rows.members["share"] if rows.members is not None else np.zeros((rows.n, 1)))
            noise = rng.standard_normal((len(out), int(group.max(initial=0)) + 1))[:, group]
            out = self.erring(out, noise * self.law_error(frame))
        if new_run and len(self.residuals):
            out = self.erring(out, self.residual_sd * rng.standard_normal(out.shape))
        return out

    def erring(self, values: Array, errors: Array) -> Array:
        """Values with errors: of their logarithm where residuals are of it, else in the response's own unit."""
        with np.errstate(over="ignore"):  # far beyond the data a law may be wrong by any factor
            return values * np.exp(errors) if self.log_residuals else values + errors

    def predict(self, frame: pl.DataFrame, interval: float = 0.9, new_run: bool = False) -> pl.DataFrame:
        """`frame` with predicted, predicted_low and predicted_high: of the law's mean, or of one new run."""
        draws = self.predict_draws(frame, new_run=new_run)
        tail = (1 - interval) / 2
        low, high = np.quantile(draws, [tail, 1 - tail], axis=0) if len(draws) else (np.full(frame.height, np.nan),) * 2
        return frame.with_columns(
            pl.Series("predicted", self.value(frame)),
            pl.Series("predicted_low", low).fill_nan(None),
            pl.Series("predicted_high", high).fill_nan(None),
        )


def _pool_groups(share: Array) -> Array:
    """A number for each set of pools that rows draw from."""
    return np.unique(share > 0, axis=0, return_inverse=True)[1].reshape(-1) if share.size else np.zeros(len(share), int)


def fit_id(law_version: str, options: str, value: Array, arrays: list[Array], run_keys: tuple[str, ...]) -> str:
    """16 hex digits of law, options and data: the same input gives the same fit."""
    digest = hashlib.sha256(f"{law_version}|{options}|{'|'.join(run_keys)}".encode())
    for array in (value, *arrays):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
