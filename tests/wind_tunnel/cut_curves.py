"""The shipped grid runs cut at a part of their data: how well the end of each is forecast from there.

Along compute (the ledger's origins: from the first 10, 20, 40 runs those up to the next one) every run lies beyond those that it
is forecast from; in fifths it lies among them. `python -m tests.wind_tunnel.cut_curves` prints the table of docs/studies.md.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import fit
from pipeline.fitting.effort import REPLAY
from pipeline.forecasts.early_stopping import outlook
from pipeline.forecasts.ledger import predictions
from pipeline.laws import laws
from pipeline.store.store import Stored
from pipeline.study.declaration import Study

RUNS = Path(__file__).parents[2] / "data" / "runs"
PARTS = (0.25, 0.5)
STUDY = Study(study="cut", runs="true", metric="loss", split="validation", task="clean", laws=["chinchilla"])
Split = tuple[str, list[str], list[str]]


@cache
def grid() -> pl.DataFrame:
    """The grid runs at their end, each with its curve of validation loss."""
    value = (pl.col("metric") == "loss") & (pl.col("split") == "validation")
    points = pl.read_parquet(RUNS / "grid.measurements.parquet").filter(value).sort("run_id", "data_seen")
    curves = points.group_by("run_id", maintain_order=True).agg(
        pl.col("data_seen").cast(pl.Float64).alias("curve_data"), pl.col("value").alias("curve_value")
    )
    ended = pl.read_parquet(RUNS / "grid.runs.parquet").drop("data_seen").join(curves, on="run_id")
    return ended.with_columns(
        pl.col("run_id").alias("run_key"),
        pl.col("params").cast(pl.Float64),
        pl.col("curve_data").list.last().alias("data_seen"),
        pl.col("curve_value").list.last().alias("value"),
        *(pl.lit(text).alias(name) for name, text in (("metric", "loss"), ("split", "validation"), ("task", "clean"))),
        pl.lit(True).alias("used"),
    ).sort("flops", "run_key")


def splits() -> Iterator[Split]:
    """How the runs are forecast, the runs that are known, and those that are forecast from them."""
    keys = grid()["run_key"].to_list()
    for count in (10, 20, 40):
        yield "beyond", keys[:count], keys[count : 2 * count]
    mixed = np.random.default_rng(0).permutation(keys).tolist()
    for fifth in range(5):
        test = set(mixed[fifth::5])
        yield "among", [key for key in keys if key not in test], sorted(test)


def cut(run: dict, part: float) -> dict:
    """The run as it stood at that part of its data: between two logged points the loss is linear in ln data."""
    data = part * run["data_seen"]
    value = np.exp(np.interp(np.log(data), np.log(run["curve_data"]), np.log(run["curve_value"])))
    return {**run, "value": float(value), "data_planned": run["data_seen"], "data_seen": data, "flops": run["flops"] * part}


@cache
def outlooks() -> pl.DataFrame:
    """One row a run, part and way: what was forecast and what came."""
    rows = []
    for way, known, later in splits():
        finished, ahead = (grid().filter(pl.col("run_key").is_in(keys)) for keys in (known, later))
        fitted = fit(laws["chinchilla"], finished, draws=100, effort=REPLAY)
        law = predictions(STUDY, Stored("", fitted, True, None), ahead, "curve")
        runs = {run["run_key"]: run for run in ahead.to_dicts()}
        for one in law.iter_rows(named=True):
            run = runs[one["run_key"]]
            for part in PARTS:
                found = outlook(one, cut(run, part), finished)
                kept = {k: v for k, v in found.items() if k not in ("quantiles", "message")}
                law_only = {"law_low": one["predicted_low"], "law_high": one["predicted_high"]}
                rows.append({"way": way, "part": part, "observed": run["value"], **kept, **law_only})
    return pl.DataFrame(rows, infer_schema_length=None)


def scores() -> pl.DataFrame:
    """Coverage of the 90 % interval, its median width, and the median relative error of each way to forecast the end."""

    def off(name: str) -> pl.Expr:
        return ((pl.col(name) - pl.col("observed")) / pl.col("observed")).abs().median()

    def width(name: str) -> pl.Expr:
        return ((pl.col(f"{name}_high") - pl.col(f"{name}_low")) / pl.col("observed")).median()

    inside = (pl.col("observed") >= pl.col("predicted_low")) & (pl.col("observed") <= pl.col("predicted_high"))
    found = outlooks().group_by("way", "part").agg(
        pl.len().alias("runs"),
        inside.mean().alias("covered"),
        width("predicted").alias("width"),
        width("law").alias("width_by_law"),
        off("predicted").alias("error"),
        off("predicted_by_law").alias("error_by_law"),
        off("value_so_far").alias("error_if_it_stays"),
        pl.col("loser").sum().alias("losers"),
        (pl.col("loser") & (pl.col("observed") < pl.col("best"))).sum().alias("losers_that_won"),
    )  # fmt: skip
    return found.sort("way", "part", descending=[True, False])


HEADS = ("forecast from", "cut at", "runs", "inside 90 %", "width", "law", "median error", "law", "last value", "losers", "won")
FROM = {"beyond": "runs of less compute", "among": "four fifths of the runs"}


def table() -> str:
    """The scores as Markdown."""
    lines = [HEADS, ["---"] * len(HEADS)]
    for row in scores().to_dicts():
        shares = [f"{row['covered']:.0%}", f"{row['width']:.1%}", f"{row['width_by_law']:.1%}"]
        errors = [f"{row[name]:.2%}" for name in ("error", "error_by_law", "error_if_it_stays")]
        counts = [str(row["losers"]), str(row["losers_that_won"])]
        lines.append([FROM[row["way"]], f"{row['part']:.0%}", str(row["runs"]), *shares, *errors, *counts])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    print(table())
