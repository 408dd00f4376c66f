"""A fit as the rows that people read: of fits, parameters, draws, residuals and runs, with its certificate."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from pipeline.fitting import Fit
from pipeline.laws.engine.compile import version
from pipeline.laws.law import Law

FIT_NUMBERS = ("n_runs", "n_points", "objective_value", "rmse", "aic", "bic", "extrapolation_error")


def fit_row(fit: Fit | None, place: Mapping[str, Any], law: Law, objective: str, certificate: str) -> dict[str, Any]:
    """One row of `fits`; where there is no fit at all the numbers are NULL and the certificate says why."""
    numbers: dict[str, Any] = {name: getattr(fit, name) if fit else None for name in FIT_NUMBERS}
    numbers |= {k: None for k, v in numbers.items() if isinstance(v, float) and not np.isfinite(v)}
    grade = fit.grade if fit else "refused"
    return {**place, "law": law.name, "law_version": version(law), "objective": objective, **numbers, "grade": grade,
            "selected": False, "certificate": certificate}  # fmt: skip


def parameter_rows(fit: Fit) -> pl.DataFrame:
    """Rows of `fit_parameters`: estimate, standard error and interval of each level; NULL where nothing informs it."""
    return pl.DataFrame({
        "fit_id": [fit.fit_id] * len(fit.index),
        "parameter": [name for name, _ in fit.index],
        "pool": [pool or "" for _, pool in fit.index],
        "estimate": fit.estimate,
        "std_error": fit.std_error,
        "low": fit.low,
        "high": fit.high,
        "at_bound": [bool(b) for b in fit.at_bound],
    }).with_columns(pl.col("estimate", "std_error", "low", "high").fill_nan(None))  # fmt: skip


def draw_rows(fit: Fit) -> pl.DataFrame:
    """Rows of `fit_draws`: one a parameter and resample, in the parameters' order."""
    count, size = fit.draws.shape
    return pl.DataFrame({
        "draw": np.repeat(np.arange(count, dtype=np.int32), size),
        "parameter": [name for name, _ in fit.index] * count,
        "pool": [pool or "" for _, pool in fit.index] * count,
        "value": fit.draws.reshape(-1),
    }).with_columns(pl.col("value").fill_nan(None), pl.lit(fit.fit_id).alias("fit_id"))  # fmt: skip


def residual_rows(fit: Fit, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of `residuals`: what was observed and what the law gives, for every used observation."""
    used = frame.filter("used")
    return used.select(
        pl.lit(fit.fit_id).alias("fit_id"),
        *(pl.col(name) for name in ("run_key", "metric", "data_seen")),
        pl.col("value").alias("observed"),
        pl.Series("predicted", fit.value(used)),
    )


def run_rows(fit_id: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of `fit_runs`: whether a run was fitted, the first reason if none of its observations was, and how many were not."""
    first, out = pl.col("reason").drop_nulls().first(), (~pl.col("used")).sum()
    some = pl.format("{} of {} points: {}", out, pl.len(), first)
    return frame.group_by("run_key", maintain_order=True).agg(
        pl.lit(fit_id).first().alias("fit_id"),
        pl.col("used").any(),
        pl.when(~pl.col("used").any()).then(first).when(out > 0).then(some).alias("reason"),
    )


def certified(fit: Fit) -> str:
    """The certificate as it is stored, with the law's own error: sd of ln prediction = at_edge·exp(growth·decades beyond).

    epochs: the same two numbers along epochs, and the most epochs of the runs, where the law was held out along these.
    """
    beyond = [[s0, k, fit.largest["epochs"]] for axis, s0, k in fit.misfit.along if axis == "epochs" and "epochs" in fit.largest]
    error = {"at_edge": fit.misfit.s0, "growth": fit.misfit.k, "epochs": beyond[0] if beyond else None}
    return fit.certificate.to_json(law_error=error)


def refusal_certificate(reason: str, fix: str) -> str:
    """The certificate of a law that could not be fitted at all."""
    old = {"cure": fix}  # the name of `fix` until the next release
    return json.dumps({"grade": "refused", "reasons": [reason], "fix": fix} | old)
