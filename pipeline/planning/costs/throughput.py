"""What share of the peak runs really reach: MFU and goodput from logged throughput, by device; the pipeline bubble.

MFU = tokens per second · FLOPs per token / (devices · peak)     goodput = C / (accelerator-hours · 3600 · peak)
Plans use the median, and the 10th percentile for a date that somebody promises. MFU falls with the number of devices and
with pipeline stages; with eight runs or more on different counts, ln MFU = ln m0 − δ ln n is fitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pipeline.errors import PlanError
from pipeline.hardware import Hardware
from pipeline.planning.costs.prices import Attention, flops_per_token

FEWEST_FOR_SCALING = 8  # points before the loss of MFU with the number of devices is fitted


@dataclass(frozen=True)
class Efficiency:
    """MFU or goodput of the runs on one device: median and percentiles over `runs` runs; `scaling` is δ of n^−δ, or None."""

    median: float
    p05: float
    p10: float
    p95: float
    runs: int
    scaling: float | None = None
    reference_count: float | None = None

    def at(self, count: int) -> float:
        """The median, moved to `count` devices where a loss with the number of devices was fitted."""
        if self.scaling is None or self.reference_count is None:
            return self.median
        return float(min(1.0, self.median * (count / self.reference_count) ** -self.scaling))


def mfu(tokens_per_second: float, count: float, peak: float, params: float, attention: Attention | None = None) -> float:
    """Share of the peak of `count` devices that the model's own FLOPs use (PaLM's definition; recomputation does not count)."""
    return tokens_per_second * flops_per_token(params, attention) / (count * peak)


def goodput(flops: float, accelerator_hours: float, peak: float) -> float:
    """Share of the peak over the whole wall clock, failures and restarts included: MFU · availability."""
    return flops / (accelerator_hours * 3600 * peak)


def pipeline_bubble(stages: int, micro_batches: int) -> float:
    """(K − 1) / (M + K − 1): share of a step in which a device of a GPipe pipeline waits. (Over ideal time it is (K−1)/M.)"""
    if stages < 1 or micro_batches < 1:
        raise PlanError(f"stages = {stages} and micro_batches = {micro_batches} must be at least 1", fix="give counts")
    return (stages - 1) / (micro_batches + stages - 1)


def logged_efficiency(runs: pl.DataFrame, hardware: Hardware) -> pl.DataFrame:
    """One row a run with a known device: `accelerator, accelerator_count, mfu, goodput` (NULL where the log does not say).

    Reads accelerator, accelerator_count, accelerator_hours, data_per_second, params, params_active, flops and data_seen of `runs`
    (those that are there). Shares outside (0, 1] are a wrong device or dtype and are left out.
    """
    rows = [row for run in _one_a_run(runs).iter_rows(named=True) if (row := _efficiency_of(run, hardware))]
    schema = {"accelerator": pl.String, "accelerator_count": pl.Float64, "mfu": pl.Float64, "goodput": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def efficiency(logged: pl.DataFrame, accelerator: str, kind: str = "mfu") -> Efficiency | None:
    """Median and 10th percentile of `kind` ("mfu" or "goodput") on one device; None where no run logged it."""
    known = logged.filter((pl.col("accelerator") == accelerator) & pl.col(kind).is_not_null())
    if known.is_empty():
        return None
    shares, counts = known[kind].to_numpy(), known["accelerator_count"].to_numpy()
    p05, p10, median, p95 = (float(q) for q in np.quantile(shares, [0.05, 0.1, 0.5, 0.95]))
    spread = np.isfinite(counts).all() and len(set(counts)) > 1 and len(shares) >= FEWEST_FOR_SCALING
    scaling = float(-np.polyfit(np.log(counts), np.log(shares), 1)[0]) if spread else None
    reference = float(np.exp(np.mean(np.log(counts)))) if spread else None
    return Efficiency(median, p05, p10, p95, len(shares), scaling, reference)


def _one_a_run(runs: pl.DataFrame) -> pl.DataFrame:
    return runs.unique("run_key", keep="last", maintain_order=True) if "run_key" in runs.columns else runs


def _efficiency_of(run: dict[str, Any], hardware: Hardware) -> tuple[str, float | None, float | None, float | None] | None:
    device = hardware.recognise(run.get("accelerator"))
    if device is None:
        return None
    peak, params, count = device.peak(), run.get("params_active") or run.get("params"), run.get("accelerator_count")
    speed, hours = run.get("data_per_second"), run.get("accelerator_hours")
    flops = run.get("flops") or (6 * params * run["data_seen"] if params and run.get("data_seen") else None)
    busy = _share(mfu(speed, count, peak, params)) if speed and count and params else None
    whole = _share(goodput(flops, hours, peak)) if hours and flops else None
    return (device.name, count, busy, whole) if busy or whole else None


def _share(value: float) -> float | None:
    return value if 0 < value <= 1 else None
