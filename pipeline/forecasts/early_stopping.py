"""Which running runs will not be worth their end: the final value of each, from its curve so far and from the law.

Two forecasts are weighted by precision: the law's for a run of this size and data, and the last value less the fall that finished
runs had from the same part of theirs (fitting/curves.py). A person decides; nothing is ever stopped here.
"""

from typing import Any

import duckdb
import numpy as np
import polars as pl
from scipy import stats

from pipeline.forecasts.curves import Fall, combined, expected_fall, fall_at
from pipeline.forecasts.ledger import QUANTILES, insert_forecasts, predictions
from pipeline.schema.numbers_in_words import flops as in_words
from pipeline.store.frames import read_frame
from pipeline.store.statements import sql
from pipeline.store.store import Stored, short_hash
from pipeline.store.warehouse import insert_frame
from pipeline.study.declaration import Study
from pipeline.study.observations import at_end, without_needs

Array = np.ndarray
LOSER = 0.05
"""A run that ends best with less probability than this is called a loser."""
ALIKE = 5
"""Finished runs of the same learning-rate schedule from which on the others are left out."""
MORE = 1.05
"""A finished run is a rival if it took no more compute than this times the running one will."""
NORMAL_90 = float(stats.norm.ppf(0.95) - stats.norm.ppf(0.05))
PLACE = ("study", "cohort", "law", "fit_id", "run_key", "metric", "split", "task", "params", "data_seen", "distance")


def look_ahead(connection: duckdb.DuckDBPyConnection, study: Study, stored: Stored, frame: pl.DataFrame) -> int:
    """Forecasts the end of every running run that has a curve, into the ledger and into `early_stopping`; returns how many."""
    cohort = frame.filter(pl.col("cohort") == stored.cohort)
    running = _running(cohort)
    law = predictions(study, stored, without_needs(stored.law, at_end(running)).filter("used"), "curve")
    if law.is_empty():
        return 0
    finished = _finished(connection, study, cohort)
    now = {row["run_key"]: row for row in running.iter_rows(named=True)}
    rows = [outlook(row, now[row["run_key"]], finished) for row in law.iter_rows(named=True)]
    insert_forecasts(connection, _ledger(law, rows))
    table = pl.DataFrame([{**{name: one[name] for name in PLACE}, **row} for one, row in zip(law.to_dicts(), rows, strict=True)])
    insert_frame(connection, "early_stopping", table.drop("quantiles", "params", "distance"))
    return len(rows)


def outlook(law: dict[str, Any], now: dict[str, Any], finished: pl.DataFrame) -> dict[str, Any]:
    """One row: where a run stands, where it will end, and how probably that is the best for its compute.

    law: the law's forecast with its quantiles; now: the run's last observation; finished: ended runs with their curves.
    """
    part, value = now["data_seen"] / now["data_planned"], now["value"]
    fall = _fall(now, finished, part)
    centre, sd, freedom = _end(law, value, fall)
    rivals = finished.filter(pl.col("flops") <= MORE * now["flops"] / part).sort("value")
    best = rivals.row(0, named=True) if rivals.height else {}
    quantiles = np.exp(centre + sd * stats.t.ppf(QUANTILES, freedom))
    chance = float(stats.t.cdf((np.log(best["value"]) - centre) / sd, freedom)) if best else None
    saved = now["flops"] / part - now["flops"] if now["flops"] else None
    return {
        "data_so_far": now["data_seen"],
        "value_so_far": value,
        "predicted": float(np.exp(centre)),
        "predicted_low": float(np.exp(centre + sd * stats.t.ppf(0.05, freedom))),
        "predicted_high": float(np.exp(centre + sd * stats.t.ppf(0.95, freedom))),
        "predicted_by_law": law["predicted"],
        "predicted_by_curve": None if fall is None else value * float(np.exp(-fall.mean)),
        "curves": fall.curves if fall else 0,
        "best": best.get("value"),
        "best_run_key": best.get("run_key"),
        "probability_best": chance,
        "flops_left": saved,
        "loser": chance is not None and chance < LOSER,
        "message": _message(chance, best, saved),
        "quantiles": quantiles.tolist(),
    }


def _end(law: dict[str, Any], value: float, fall: Fall | None) -> tuple[float, float, float]:
    """ln of the final value: centre, scale and degrees of freedom."""
    means, sds, freedom = [], [], np.inf
    if law["predicted_low"] is not None and law["predicted_low"] > 0:
        means.append(np.log(law["quantiles"][len(QUANTILES) // 2]))
        sds.append((np.log(law["predicted_high"]) - np.log(law["predicted_low"])) / NORMAL_90)
    if fall is not None:
        means.append(np.log(value) - fall.mean)
        sds.append(fall.sd)
        freedom = fall.freedom
    if not means:
        return float(np.log(law["predicted"])), float("nan"), freedom
    return *combined(means, np.maximum(sds, 1e-9).tolist()), freedom


def _fall(now: dict[str, Any], finished: pl.DataFrame, part: float) -> Fall | None:
    curved = finished.filter(pl.col("curve_data").list.len() > 1)
    alike = curved.filter(pl.col("lr_schedule").eq_missing(now["lr_schedule"]))
    peers = alike if alike.height >= ALIKE else curved
    if peers.is_empty() or not now["value"] > 0:
        return None
    falls = np.array([fall_at(np.array(d), np.array(v), part) for d, v in peers.select("curve_data", "curve_value").iter_rows()])
    names = [name for name in ("params", "data_seen") if now[name] is not None and peers[name].null_count() == 0]
    places = np.log(peers.select(pl.col(name).cast(pl.Float64) for name in names).to_numpy())
    ahead = {**now, "data_seen": now["data_planned"]}
    place = np.log(np.array([float(ahead[name]) for name in names]))
    costs = peers["flops"].fill_null(strategy="max").fill_null(1.0).to_numpy()
    return expected_fall(places, falls, costs, place, (now["flops"] or 0.0) / part)


def _running(cohort: pl.DataFrame) -> pl.DataFrame:
    """The last observation of each running run that is on its way and has a value."""
    rows = cohort.filter((pl.col("status") == "running") & pl.col("excluded_reason").is_null() & (pl.col("value") > 0))
    last = rows.sort("data_seen").unique("run_key", keep="last", maintain_order=True)
    return last.filter((pl.col("data_seen") > 0) & (pl.col("data_planned") > pl.col("data_seen")))


def _finished(connection: duckdb.DuckDBPyConnection, study: Study, cohort: pl.DataFrame) -> pl.DataFrame:
    """The last observation of each run that is fitted, with its curve: `curve_data` ascending, `curve_value`."""
    ended = (
        cohort.filter(pl.col("used") & (pl.col("value") > 0))
        .sort("data_seen")
        .unique("run_key", keep="last", maintain_order=True)
    )
    given = {"keys": ended["run_key"].to_list(), "metric": study.metric, "split": study.split, "task": study.task}
    curves = read_frame(connection, sql("select_curves"), given)
    return ended.join(curves, on="run_key", how="left")


def _ledger(law: pl.DataFrame, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The law's forecasts with the combined value, interval and quantiles; another point of the curve is another forecast."""
    made = law.with_columns(
        pl.Series(name, [row[name] for row in rows], dtype=law.schema[name])
        for name in ("predicted", "predicted_low", "predicted_high", "quantiles")
    )
    identities = [short_hash(known, row["data_so_far"]) for known, row in zip(law["forecast_id"], rows, strict=True)]
    return made.with_columns(pl.Series("forecast_id", identities), pl.col("predicted_low", "predicted_high").fill_nan(None))


def _message(chance: float | None, best: dict[str, Any], saved: float | None) -> str:
    if chance is None or not np.isfinite(chance):
        return "no finished run of no more compute to compare with"
    left = f"; {in_words(saved)} are still to spend" if saved else ""
    if chance < LOSER:
        return f"a loser: {chance:.1%} to end below {best['value']:.4g}, which was reached with no more compute{left}"
    return f"{chance:.0%} to end below {best['value']:.4g}, the best with no more compute{left}"
