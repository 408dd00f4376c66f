"""Alarms: what the ledger and the residuals say that a person should look at. They warn; none of them blocks."""

from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import numpy as np
import polars as pl
from scipy.special import stdtr

from pipeline.forecasts.coverage_band import FEWEST, band
from pipeline.store.frames import read_frame
from pipeline.store.statements import sql
from pipeline.store.store import Stored
from pipeline.store.warehouse import insert_frame, now
from pipeline.study.declaration import Study

DRIFT_P = 0.001
CAUSES = (
    "tokenizer",
    "data_unit",
    "lr_schedule",
    "optimizer",
    "architecture",
    "recipe",
    "dataset",
    "sequence_length",
    "batch_size",
)


def raise_alarms(connection: duckdb.DuckDBPyConnection, study: Study, fits: Sequence[Stored], frame: pl.DataFrame) -> None:
    """Replaces the alarms of a study by those that hold now; what the last audit found stays until the next."""
    found = [*_calibration(connection, study), *_surprises(connection, study, frame), *_drift(connection, fits, frame)]
    connection.execute(sql("delete_ledger_alarms"), {"study": study.study})
    if found:
        rows = [{"study": study.study, "severity": "warn", "raised_at": now(), **alarm} for alarm in found]
        insert_frame(connection, "alarms", pl.DataFrame(rows, infer_schema_length=None))


def _calibration(connection: duckdb.DuckDBPyConnection, study: Study) -> Iterator[dict[str, Any]]:
    for row in read_frame(connection, sql("select_coverage"), {"study": study.study}).iter_rows(named=True):
        low, high = band(row["forecasts"])
        if row["forecasts"] >= FEWEST and not low <= row["coverage"] <= high:
            words = f"{row['coverage']:.0%} of {row['forecasts']} {row['kind']} forecasts were inside their 90 % interval"
            yield {
                **_place(row),
                "alarm": "calibration",
                "message": f"{words}; between {low:.0%} and {high:.0%} is what chance allows",
            }


def _surprises(connection: duckdb.DuckDBPyConnection, study: Study, frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for row in read_frame(connection, sql("select_surprises"), {"study": study.study}).iter_rows(named=True):
        words = f"run {row['run_id']} ended at {row['observed']:.4g}, forecast {row['predicted']:.4g}"
        words += f" ({row['relative_error']:+.1%} off)"
        yield {
            **_place(row),
            "run_key": row["run_key"],
            "alarm": "surprise",
            "message": f"{words}: {likeliest_cause(row['run_key'], frame)}",
        }


def likeliest_cause(run_key: str, frame: pl.DataFrame) -> str:
    """What sets a run apart from the runs that were fitted before it, in the columns that can explain another loss."""
    own = frame.filter(pl.col("run_key") == run_key).tail(1)
    others = frame.filter((pl.col("run_key") != run_key) & pl.col("used"))
    if own.is_empty() or others.is_empty():
        return "it is alone in its study"
    for name in CAUSES:
        value, known = own[name][0], others[name].drop_nulls().unique()
        if value is not None and len(known) and value not in known.to_list():
            return f"its {name} is {value!r}, which no fitted run has"
    if (
        own["params"][0] is not None
        and own["params_nonembedding"][0] is not None
        and others["params_nonembedding"].is_null().all()
    ):
        return "it counts parameters with and without embeddings, the fitted runs do not say which they count"
    return "no column sets it apart; look at its loss curve and its data"


def _drift(connection: duckdb.DuckDBPyConnection, fits: Sequence[Stored], frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    ended = frame.filter(pl.col("used") & pl.col("finished_at").is_not_null()).select("run_key", "finished_at").unique("run_key")
    for stored in fits:
        residuals = read_frame(connection, sql("select_run_residuals"), {"fit_id": stored.fit.fit_id}).join(ended, on="run_key")
        if residuals.height < FEWEST or residuals["finished_at"].n_unique() < FEWEST:
            continue
        correlation, p = _rank_correlation(residuals["finished_at"], residuals["residual"])
        if p < DRIFT_P:
            way = "above" if correlation > 0 else "below"
            words = f"newer runs lie more and more {way} the law (rank correlation {correlation:+.2f}, p = {p:.1g})"
            yield {"cohort": stored.cohort, "law": stored.law.name, "alarm": "drift", "message": words}


def _rank_correlation(x: pl.Series, y: pl.Series) -> tuple[float, float]:
    """Spearman's ρ and its two-sided p from t = ρ·√((n − 2)/(1 − ρ²)); NaN where all of one are alike."""
    with np.errstate(all="ignore"):
        correlation = np.corrcoef(x.rank(), y.rank())[0, 1]
        t = np.abs(correlation) * np.sqrt((len(x) - 2) / ((1 + correlation) * (1 - correlation)))
    return float(correlation), float(2 * stdtr(len(x) - 2, -t))


def _place(row: dict[str, Any]) -> dict[str, Any]:
    return {"cohort": row["cohort"], "law": row["law"]}
