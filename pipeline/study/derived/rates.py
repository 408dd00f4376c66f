"""The learning rate of every step of a run: as it was logged, or by the schedule that the run declares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pipeline.study.derived.schedules import Array, constant, cosine, wsd

MOST_STEPS = 5_000_000
SHARE = re.compile(r"(?:wsd|trapezoid\w*|warmup.stable.decay)\D*(\d+(?:\.\d+)?)")
DECAY_TAGS = ("decay_share", "decay_fraction", "wsd_decay_share", "cooldown_fraction", "decay_ratio")
NEAR_PEAK = 0.999


@dataclass(frozen=True)
class Rates:
    """One learning rate a step from the first on, and the steps of the warm-up."""

    lr: Array
    warmup: int


def steps_each(run: Mapping[str, Any]) -> float | None:
    """What of data_seen one step takes, in the run's own unit: batch size, times the sequence where tokens are counted."""
    batch = run.get("batch_size")
    if batch is None or run.get("data_unit") != "token":
        return batch
    return None if run.get("sequence_length") is None else batch * run["sequence_length"]


def rates_of(run: Mapping[str, Any], logged: pl.DataFrame | None, last: int) -> Rates | None:
    """The rates of steps 1 to `last`; None where neither the log nor the schedule tells all of them.

    Between two logged rates they lie on a line. Before the first they follow the schedule, else a line from zero inside the
    warm-up; after the last the schedule, else the last one, for no more steps than the log leaves out elsewhere.
    """
    if not 0 < last <= MOST_STEPS:
        return None
    steps, lr = _curve(run, logged)
    declared, warmup = _declared(run), _warmup(run, steps, lr)
    whole = declared is not None and len(declared) >= last
    reach = int(steps[-1] + np.diff(steps).max(initial=0)) if len(steps) else 0
    if not whole and reach < last:
        return None
    every = np.arange(1, last + 1)
    if declared is not None and whole:
        return Rates(
            np.where(_inside(every, steps), np.interp(every, steps, lr), declared[:last]) if reach else declared[:last], warmup
        )
    rising = np.minimum(every / steps[0], 1.0) if steps[0] <= warmup else 1.0
    return Rates(np.interp(every, steps, lr) * rising, warmup)


def _inside(every: Array, steps: Array) -> Array:
    """Which steps lie among those whose rate was logged."""
    return (every >= steps[0]) & (every <= steps[-1])


def _curve(run: Mapping[str, Any], logged: pl.DataFrame | None) -> tuple[Array, Array]:
    """Steps and rates as logged; steps from the data seen where the log counts no steps."""
    if logged is None:
        return np.empty(0), np.empty(0)
    each = steps_each(run)
    at = pl.col("step").cast(pl.Float64)
    at = at if each is None else pl.coalesce(at, (pl.col("data_seen") / each).round())
    points = logged.select(step=at, lr="lr").drop_nulls().filter(pl.col("step") > 0).unique("step", keep="last").sort("step")
    return points["step"].to_numpy(), points["lr"].to_numpy()


def _warmup(run: Mapping[str, Any], steps: Array, lr: Array) -> int:
    """Steps of the warm-up: as declared, else up to where the logged rate is first at its largest."""
    each = steps_each(run)
    if run.get("warmup") is not None and each:
        return round(run["warmup"] / each)
    if not len(lr):
        return 0
    first = int(np.argmax(lr >= NEAR_PEAK * lr.max()))
    return int(steps[first]) if first else 0


def _declared(run: Mapping[str, Any]) -> Array | None:
    """The rates of the whole planned run by the schedule that it names; None where it does not say enough."""
    each, planned, peak = steps_each(run), run.get("data_planned") or run.get("data_seen"), run.get("peak_lr")
    name = str(run.get("lr_schedule") or "").lower()
    if not each or not planned or peak is None or not name:
        return None
    total = round(planned / each)
    warmup = round((run.get("warmup") or 0.0) / each)
    if not warmup < total <= MOST_STEPS:
        return None
    return _shape(name, float(peak), run, warmup, total)


def _shape(name: str, peak: float, run: Mapping[str, Any], warmup: int, total: int) -> Array | None:
    if name.startswith("constant"):
        return constant(peak, warmup, total)
    final = run.get("final_lr")
    if final is None:
        return None
    if "cosine" in name:
        return cosine(peak, final, warmup, total)
    if "linear" in name:
        return wsd(peak, final, warmup, warmup, total)
    share = _decay_share(name, run)
    if share is None:
        return None
    shape = "exponential" if "exp" in name else "linear"
    return wsd(peak, final, warmup, total - max(1, round(share * (total - warmup))), total, shape)


def _decay_share(name: str, run: Mapping[str, Any]) -> float | None:
    """The share of the steps after the warm-up that decays: in the schedule's name (wsd20: a fifth), or a tag."""
    tags = run.get("tags") or {}
    text = next((tags[tag] for tag in DECAY_TAGS if tags.get(tag)), None)
    if text is None:
        found = SHARE.search(name)
        text = found and found.group(1)
    try:
        share = float(text)  # type: ignore[arg-type]  # None has no number
    except (TypeError, ValueError):
        return None
    return share / 100 if share > 1 else share
