"""CLIP pools (Goyal et al. 2024): every mixture left out in turn and forecast from the rest by each law, and by their stack.

Root mean square error over the points of the left-out curve, the forecast of its last point, and how many of the 20 points lie
in the 90 % interval of a new run. The stack weighs laws by their errors on the other mixtures. Where a pool is then informed by
fewer than two runs there is no interval.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipeline.fitting import Fit, Stack, fit
from pipeline.fitting.evidence.stack import stack
from pipeline.laws import laws
from tests.laws.test_mixture_forecasts import HELD_OUT, POOLS, curves

LAWS = ("annealed_effective_data", "pooled_effective_data", "repeated_utility", "effective_data")


def left_out(data: Path, run: str) -> tuple[dict[str, Fit | Stack], pl.DataFrame]:
    """Every law and the stack fitted without one run, and that run's points."""
    frame = curves(data / "clip_pools_buckets" / "pool_learning_curves.csv")
    rest, points = frame.filter(pl.col("run_key") != run), frame.filter(pl.col("run_key") == run)
    fits = {name: fit(laws[name], rest, draws=400, pools=POOLS) for name in LAWS}
    return {**fits, "stack": stack(list(fits.values()))}, points


def scores(data: Path, runs: tuple[str, ...] = HELD_OUT) -> pl.DataFrame:
    """One row a forecaster and left-out run: rmse, last, observed, inside (None without interval), points."""
    rows = []
    for run in runs:
        forecasters, points = left_out(data, run)
        seen = points["value"].to_numpy()
        for name, found in forecasters.items():
            made = found.predict(points, new_run=True)
            inside = pl.Series(seen).is_between(made["predicted_low"], made["predicted_high"])
            known = made["predicted_low"].null_count() == 0
            value = made["predicted"].to_numpy()
            rows.append(
                {
                    "forecaster": name,
                    "run": run,
                    "rmse": float(np.sqrt(np.mean((value - seen) ** 2))),
                    "last": float(value[-1]),
                    "observed": float(seen[-1]),
                    "inside": int(inside.sum()) if known else None,
                    "points": len(seen),
                }
            )
    return pl.DataFrame(rows)


def measure(data: Path) -> list[dict[str, str]]:
    """Rows of the results table."""
    found, rows = scores(data), []
    for name in (*LAWS, "stack"):
        own = found.filter(forecaster=name)
        for row in own.iter_rows(named=True):
            held = "no interval" if row["inside"] is None else f"{row['inside']} of {row['points']} inside"
            rows.append({"data": name, "what": row["run"], "measured": f"{row['rmse']:.4f}; last {row['last']:.3f}; {held}",
                         "reference": f"observed {row['observed']:.3f}"})  # fmt: skip
        known = own.drop_nulls("inside")
        total = float(np.sqrt((own["rmse"] ** 2).mean()))
        covered = f"{known['inside'].sum()} of {known['points'].sum()} inside"
        rows.append({"data": name, "what": "all left out", "measured": f"**{total:.4f}**; {covered}", "reference": "80–97 %"})
    known = found.filter(pl.col("forecaster") != "stack").drop_nulls("inside")
    share = known["inside"].sum() / known["points"].sum()
    rows.append({"data": "the four laws together", "what": "covered", "measured": f"{100 * share:.0f} %", "reference": "80–97 %"})
    return rows
