"""Which running runs will not be worth their end: the final value of each, from its curve so far and from the law.

Up to two forecasts are weighted by precision: the law's for a run of this size and data, where the study has a usable one, and
the last value less the fall that finished runs had from the same part of theirs (forecasts/curves.py), with what was logged
beside them where that helps (forecasts/logged_numbers.py). A run of which there is neither is carried on by its own curve
(forecasts/extrapolation.py). A person decides; nothing is ever stopped here.
"""

from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
import polars as pl
from scipy.special import ndtri, stdtr, stdtrit

from pipeline.forecasts.curves import Fall, combined, expected_fall, fall_at
from pipeline.forecasts.extrapolation import extrapolate
from pipeline.forecasts.ledger import PREDICTED, QUANTILES, in_range, insert_forecasts, predictions, without_law
from pipeline.forecasts.logged_numbers import helpful, offered
from pipeline.schema.numbers_in_words import flops as in_words
from pipeline.store.frames import read_frame
from pipeline.store.short_hash import short_hash
from pipeline.store.statements import sql
from pipeline.store.store import Stored
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
NORMAL_90 = float(ndtri(0.95) - ndtri(0.05))
PLACE = ("study", "cohort", "law", "fit_id", "run_key", "metric", "split", "task", "params", "data_seen", "distance")


def look_ahead(
    connection: duckdb.DuckDBPyConnection, study: Study, cohort: str, stored: Stored | None, frame: pl.DataFrame
) -> int:
    """Forecasts the end of every running run of a cohort into the ledger and into `early_stopping`; returns how many.

    stored: the cohort's selected fit. Where there is none, or it cannot see a run, the curves forecast alone.
    """
    own = frame.filter(pl.col("cohort") == cohort)
    running = _with_curves(connection, study, _running(own))
    if running.is_empty():
        return 0
    finished, sign = _finished(connection, study, own), study.measured.sign
    now = {row["run_key"]: row for row in running.iter_rows(named=True)}
    law = _by_law(study, cohort, stored, running)
    made = [(one, outlook(one, now[one["run_key"]], finished, sign)) for one in law.iter_rows(named=True)]
    found = [(one, row) for one, row in made if row is not None]
    if not found:
        return 0
    kept = law.filter(pl.col("run_key").is_in([one["run_key"] for one, _ in found]))
    table = in_range(
        pl.DataFrame(
            [{**{name: one[name] for name in PLACE}, **row} for one, row in found],
            schema_overrides={name: kept.schema[name] for name in PLACE} | {"predicted_by_law": pl.Float64},
            infer_schema_length=None,
        ),
        study.measured,
    )
    insert_forecasts(connection, _ledger(kept, table))
    insert_frame(connection, "early_stopping", table.drop("quantiles", "params", "distance"))
    return table.height


def _by_law(study: Study, cohort: str, stored: Stored | None, running: pl.DataFrame) -> pl.DataFrame:
    """The law's forecast of the end of each running run; a row without one for those that no law forecasts."""
    ends = at_end(running)
    seen = without_needs(stored.law, ends).filter("used") if stored is not None else ends.clear()
    law = predictions(study, stored, seen, "curve") if stored is not None else pl.DataFrame()
    rest = ends if law.is_empty() else ends.filter(~pl.col("run_key").is_in(law["run_key"].to_list()))
    unseen = without_law(study, cohort, rest)
    return unseen if law.is_empty() else pl.concat([law, unseen.select(law.columns)], how="vertical_relaxed")


def outlook(law: dict[str, Any], now: dict[str, Any], finished: pl.DataFrame, sign: float = 1.0) -> dict[str, Any] | None:
    """One row: where a run stands, where it will end, and how probably that is the best for its compute.

    law: the law's forecast with its quantiles, which may be NULL; now: the run's last observation; finished: ended runs with
    their curves; sign: −1 where more of the metric is better. None where neither law, ended runs nor its own curve say anything.
    """
    part, value = now["data_seen"] / now["data_planned"], now["value"]
    fall = _fall(now, finished, part)
    if fall is None and law["predicted"] is None:
        alone = _carried_on(now)
        if alone is None:
            return None
        centre, sd, freedom = alone
    else:
        centre, sd, freedom = _end(law, value, fall)
    rivals = _rivals(now, finished, part).sort("value", descending=sign < 0)
    best = rivals.row(0, named=True) if rivals.height else {}
    quantiles = np.exp(centre + sd * stdtrit(freedom, QUANTILES))
    chance = float(stdtr(freedom, sign * (np.log(best["value"]) - centre) / sd)) if best else None
    saved = now["flops"] / part - now["flops"] if now["flops"] else None
    return {
        "data_so_far": now["data_seen"],
        "value_so_far": value,
        "predicted": float(np.exp(centre)),
        "predicted_low": float(np.exp(centre + sd * stdtrit(freedom, 0.05))),
        "predicted_high": float(np.exp(centre + sd * stdtrit(freedom, 0.95))),
        "predicted_by_law": law["predicted"],
        "predicted_by_curve": None if fall is None else value * float(np.exp(-fall.mean)),
        "curves": fall.curves if fall else 0,
        "best": best.get("value"),
        "best_run_key": best.get("run_key"),
        "probability_best": chance,
        "flops_left": saved,
        "loser": chance is not None and chance < LOSER,
        "message": _message(chance, best, saved, sign),
        "quantiles": quantiles.tolist(),
    }


def _rivals(now: Mapping[str, Any], finished: pl.DataFrame, part: float) -> pl.DataFrame:
    """Ended runs that took no more compute than this one will; where no compute is known, no more data."""
    cost = "flops" if now["flops"] is not None else "data_seen"
    return finished.filter(pl.col(cost) <= MORE * now[cost] / part)


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


def _carried_on(now: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """ln of the final value of a run of which nothing but its own curve is known: centre, scale and degrees of freedom."""
    data, values = now.get("curve_data"), now.get("curve_value")
    found = extrapolate(np.array(data), np.array(values), np.array([now["data_planned"]])) if data else None
    return None if found is None else (float(found.centre[0]), float(found.sd[0]), found.freedom)


def _fall(now: dict[str, Any], finished: pl.DataFrame, part: float) -> Fall | None:
    curved = finished.filter(pl.col("curve_data").list.len() > 1)
    alike = curved.filter(pl.col("lr_schedule").eq_missing(now["lr_schedule"]))
    peers = alike if alike.height >= ALIKE else curved
    if peers.is_empty() or not now["value"] > 0:
        return None
    falls = np.array([fall_at(np.array(d), np.array(v), part) for d, v in peers.select("curve_data", "curve_value").iter_rows()])
    places, place = _places(now, peers, falls)
    costs = peers["flops"].fill_null(strategy="max").fill_null(1.0).to_numpy()
    return expected_fall(places, falls, costs, place, (now["flops"] or 0.0) / part)


def _places(now: Mapping[str, Any], peers: pl.DataFrame, falls: Array) -> tuple[Array, Array]:
    """ln of size, data and the helpful logged numbers: of the ended runs (n, p), and of this one at its end (p,)."""
    names = [name for name in ("params", "data_seen") if now[name] is not None and peers[name].null_count() == 0]
    places = np.log(peers.select(pl.col(name).cast(pl.Float64) for name in names).to_numpy()).reshape(peers.height, len(names))
    ahead = {**now, "data_seen": now["data_planned"]}
    if now.get("epochs"):
        ahead["epochs"] = now["epochs"] * now["data_planned"] / now["data_seen"]
    place = np.log(np.array([float(ahead[name]) for name in names]))
    _, values, own = offered(peers, ahead)
    known = np.isfinite(falls)
    base = np.hstack([np.ones((int(known.sum()), 1)), places[known]])
    taken = helpful(base, falls[known], values[known]) if known.any() else []
    return np.hstack([places, values[:, taken]]), np.append(place, own[taken])


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
    return _with_curves(connection, study, ended)


def _with_curves(connection: duckdb.DuckDBPyConnection, study: Study, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of runs with their curves."""
    given = {"keys": rows["run_key"].to_list(), "metric": study.metric, "split": study.split, "task": study.task}
    curves = read_frame(connection, sql("select_curves"), given)
    return rows.join(curves, on="run_key", how="left")


def _ledger(law: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The law's forecasts with the combined value, interval and quantiles; another point of the curve is another forecast."""
    made = law.with_columns(rows[name].cast(law.schema[name]) for name in (*PREDICTED, "quantiles"))
    identities = [short_hash(known, far) for known, far in zip(law["forecast_id"], rows["data_so_far"], strict=True)]
    return made.with_columns(pl.Series("forecast_id", identities), pl.col("predicted_low", "predicted_high").fill_nan(None))


def _message(chance: float | None, best: dict[str, Any], saved: float | None, sign: float) -> str:
    if chance is None or not np.isfinite(chance):
        return "no finished run of no more compute to compare with"
    left, side = f"; {in_words(saved)} are still to spend" if saved else "", "below" if sign > 0 else "above"
    if chance < LOSER:
        return f"a loser: {chance:.1%} to end {side} {best['value']:.4g}, which was reached with no more compute{left}"
    return f"{chance:.0%} to end {side} {best['value']:.4g}, the best with no more compute{left}"
