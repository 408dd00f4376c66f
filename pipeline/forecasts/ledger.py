"""The forecast ledger: what every planned or running run is expected to reach, stored before it is known and never changed."""

import duckdb
import numpy as np
import polars as pl
from scipy.special import ndtri

from pipeline.errors import FitError
from pipeline.fitting import Fit
from pipeline.fitting.uncertainty.calibration import ENDS
from pipeline.schema.metrics import Metric
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.store.store import Stored
from pipeline.store.warehouse import insert_frame, now
from pipeline.study.declaration import Study
from pipeline.study.observations import at_end, without_needs
from pipeline.study.reductions import response_of

QUANTILES = (np.arange(199) + 1) / 200
NORMAL_90 = float(ndtri(0.95) - ndtri(0.05))
AWAITED = ("planned", "running")
PREDICTED = ("predicted", "predicted_low", "predicted_high")
"""Columns of a forecast that are values of the metric."""
CURVE = "curve"
"""The law of forecasts that stand on curves alone."""


def live_forecasts(study: Study, stored: Stored, frame: pl.DataFrame) -> pl.DataFrame:
    """Forecasts of the final value of each awaited run that the law can see; empty where there is none.

    A law of a setting (the best learning rate) forecasts no run.
    """
    if response_of(study, stored.law) != study.metric:
        return pl.DataFrame()
    rows = frame.filter(
        (pl.col("cohort") == stored.cohort) & pl.col("status").is_in(AWAITED) & pl.col("excluded_reason").is_null()
    )
    rows = at_end(rows.sort("data_seen", maintain_order=True).unique("run_key", keep="last", maintain_order=True))
    return in_range(predictions(study, stored, without_needs(stored.law, rows).filter("used"), "live"), study.measured)


def predictions(study: Study, stored: Stored, rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    """One forecast a row: the law's value, the interval of a new run and its quantiles."""
    if rows.is_empty():
        return pl.DataFrame()
    fit = stored.fit
    try:
        draws = fit.predict_draws(rows, new_run=True)
    except FitError:  # a pool that the fit has never seen
        return pl.DataFrame()
    made = rows.select(
        "run_key", "metric", "split", "task", pl.col("params").cast(pl.Float64), pl.col("data_seen").cast(pl.Float64)
    ).with_columns(
        pl.lit(kind).alias("kind"),
        pl.lit(now()).alias("as_of"),
        pl.lit(study.study).alias("study"),
        pl.lit(stored.cohort).alias("cohort"),
        pl.lit(stored.law.name).alias("law"),
        pl.lit(fit.fit_id).alias("fit_id"),
        pl.Series("distance", fit.distance(rows)).fill_nan(None),
        pl.Series("predicted", fit.value(rows)),
        pl.lit(fit.n_runs, pl.Int64).alias("known_runs"),
        pl.Series("parameter_sd", parameter_sd(fit, rows)).fill_nan(None),
        pl.lit(fit.residual_sd if fit.log_residuals else None, pl.Float64).fill_nan(None).alias("run_sd"),
    )
    return with_interval(made, draws)


def in_range(made: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    """Forecasts whose values, ends and quantiles stay within what the metric can be."""
    if made.is_empty():
        return made
    return made.with_columns(
        pl.col(PREDICTED).cast(pl.Float64).clip(*metric.ends), pl.col("quantiles").list.eval(pl.element().clip(*metric.ends))
    )


def without_law(study: Study, cohort: str, rows: pl.DataFrame) -> pl.DataFrame:
    """One row a run for a forecast in which no law takes part: as `predictions` has them, with nothing predicted yet."""
    nothing = ("fit_id", "distance", "predicted", "known_runs", "parameter_sd", "run_sd", "predicted_low", "predicted_high")
    made = rows.select(
        "run_key", "metric", "split", "task", pl.col("params").cast(pl.Float64), pl.col("data_seen").cast(pl.Float64)
    ).with_columns(
        pl.lit("curve").alias("kind"),
        pl.lit(now()).alias("as_of"),
        pl.lit(study.study).alias("study"),
        pl.lit(cohort).alias("cohort"),
        pl.lit(CURVE).alias("law"),
        *(pl.lit(None, pl.String if name == "fit_id" else pl.Float64).alias(name) for name in nothing),
        pl.lit(None, pl.List(pl.Float64)).alias("quantiles"),
    )
    return made.with_columns(_identity(made))


def _identity(made: pl.DataFrame) -> pl.Series:
    names = ("kind", "study", "cohort", "law", "fit_id", "run_key", "metric", "split", "task", "data_seen")
    return pl.Series("forecast_id", [short_hash(*row) for row in made.select(names).iter_rows()], dtype=pl.String)


def parameter_sd(fit: Fit, rows: pl.DataFrame) -> np.ndarray:
    """(n,) the sd of the normal whose 90 % interval is that of ln predicted over the draws alone; NaN where there is none."""
    draws = fit.predict_draws(rows, misfit=False)
    if len(draws) < 2:
        return np.full(rows.height, np.nan)
    with np.errstate(all="ignore"):  # the prediction of a law that is no logarithm's argument has no spread in ln
        low, high = np.log(np.quantile(draws, ENDS, axis=0))
    spread = (high - low) / NORMAL_90
    return np.where(np.isfinite(spread), spread, np.nan)


def with_interval(made: pl.DataFrame, draws: np.ndarray) -> pl.DataFrame:
    """Adds forecast_id, interval and quantiles (199 equally spaced ones; none where there are no draws)."""
    usable = len(draws) > 1
    quantiles = np.quantile(draws, QUANTILES, axis=0).T if usable else np.full((made.height, len(QUANTILES)), np.nan)
    return made.with_columns(
        _identity(made),
        pl.Series("predicted_low", np.quantile(draws, 0.05, axis=0) if usable else quantiles[:, 0]).fill_nan(None),
        pl.Series("predicted_high", np.quantile(draws, 0.95, axis=0) if usable else quantiles[:, 0]).fill_nan(None),
        pl.Series("quantiles", quantiles.tolist(), dtype=pl.List(pl.Float64)),
    ).filter(pl.col("predicted").is_finite())


def insert_forecasts(connection: duckdb.DuckDBPyConnection, made: pl.DataFrame) -> pl.DataFrame:
    """Stores forecasts that are not in the ledger yet, and returns these; one that is there is never rewritten."""
    if made.is_empty():
        return made
    known = {
        row[0] for row in connection.execute(sql("select_known_forecasts"), {"ids": made["forecast_id"].to_list()}).fetchall()
    }
    new = made.filter(~pl.col("forecast_id").is_in(list(known)))
    if new.height:
        insert_frame(connection, "forecasts", new.drop("quantiles"))
        insert_frame(connection, "forecast_quantiles", new.select("forecast_id", "quantiles"))
    return new
