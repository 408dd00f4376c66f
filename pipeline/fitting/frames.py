"""From a frame of observations to what a fit needs, refusing what cannot be fitted by naming value, place and fix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.fitting.impossible_pools import refuse_impossible_pools
from pipeline.fitting.unequal import Sampling, sampling_of
from pipeline.fitting.unused import run_reasons
from pipeline.laws.engine.rows import Rows, pool_names, rows_from_frame
from pipeline.laws.law import Law, Objective
from pipeline.schema.left_out_words import nothing_left

Array = np.ndarray


@dataclass(frozen=True)
class Observed:
    """Used observations: arrays, the run of each, and the runs that the law could not use with the reason."""

    frame: pl.DataFrame
    rows: Rows
    value: Array
    run: Array
    run_keys: tuple[str, ...]
    skipped: dict[str, str]
    sampling: Sampling | None = None

    def target(self, objective: Objective) -> Array:
        """ln value in log space, else the value."""
        return np.log(self.value) if objective.space == "log" else self.value

    def take(self, keep: Array) -> Observed:
        """The observations that a mask selects; runs are renumbered."""
        codes, run = np.unique(self.run[keep], return_inverse=True)
        keys = tuple(self.run_keys[c] for c in codes)
        sampling = None if self.sampling is None else self.sampling.take(keep)
        return Observed(self.frame.filter(pl.Series(keep)), self.rows.take(keep), self.value[keep], run, keys, {}, sampling)


def observed(law: Law, frame: pl.DataFrame, objective: Objective, pools: Sequence[str] | None = None) -> Observed:
    """The rows of `frame` that inform `law`. Raises FitError on a missing column, NaN, infinities or impossible values."""
    frame = frame.collect() if isinstance(frame, pl.LazyFrame) else frame
    every = frame = frame.with_row_index("__row")  # numbered before any is left out: blocks of a design name rows so
    if frame.height and "used" in frame.columns:
        frame = frame.filter(pl.col("used"))
    if not frame.height:
        words, fix = nothing_left(law.name, run_reasons(every))
        raise FitError(words, fix=fix)
    response = "value" if "value" in frame.columns else law.response
    if response not in frame.columns:
        raise FitError(
            f"the frame has neither `value` nor `{law.response}`, the response of law {law.name}", fix="add or rename the column"
        )
    if law.pooled and not (pools or pool_names(frame)):
        raise FitError(
            f"law {law.name} sums over pools and no run names one", fix="fill the column `pool` or declare the runs' pool members"
        )
    frame, skipped = _complete(law, frame, response)
    rows = rows_from_frame(law, frame, tuple(pools or ()))
    value = frame[response].cast(pl.Float64).to_numpy().astype(float)
    _refuse_impossible(law, frame, rows, value, response, objective)
    keys = frame["run_key"].cast(pl.String) if "run_key" in frame.columns else frame["__row"].cast(pl.String)
    names = tuple(keys.unique(maintain_order=True))
    place = {name: i for i, name in enumerate(names)}
    run = np.array([place[k] for k in keys], dtype=int)
    return Observed(frame, rows, value, run, names, skipped, sampling_of(frame))


def _complete(law: Law, frame: pl.DataFrame, response: str) -> tuple[pl.DataFrame, dict[str, str]]:
    """Drop rows in which something that the law needs was not logged (NULL), and remember which runs that were."""
    needed = [c for c in (*law.columns, response) if c in frame.columns]
    skipped: dict[str, str] = {}
    for name in needed:
        missing = frame.filter(pl.col(name).is_null())
        keys = missing["run_key"] if "run_key" in frame.columns else missing["__row"]
        skipped |= {str(key): f"{name} is not known" for key in keys}
        if missing.height == frame.height:
            raise FitError(f"law {law.name} needs `{name}`, which no run has", fix="log it or leave the law out of the study")
    return frame.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in needed)), skipped


def _refuse_impossible(law: Law, frame: pl.DataFrame, rows: Rows, value: Array, response: str, objective: Objective) -> None:
    for name, array in (*rows.columns.items(), (response, value)):
        bad = ~np.isfinite(array)
        if name == response and objective.space == "log":
            bad |= array <= 0
        if bad.any():
            at = int(np.flatnonzero(bad)[0])
            why = "has no logarithm" if np.isfinite(array[at]) else "is not finite"
            raise FitError(
                f"`{name}` of {_place(frame, at)} is {array[at]:g}, which {why} ({int(bad.sum())} such rows)",
                fix="exclude them, or correct the log",
            )
    refuse_impossible_pools(law, frame, rows, lambda at: _place(frame, at))


def _place(frame: pl.DataFrame, at: int) -> str:
    names = [c for c in ("run_id", "run_key", "step") if c in frame.columns]
    return f"row {frame['__row'][at]}" + "".join(f", {name} {frame[name][at]}" for name in names)


def budget(law: Law, frame: pl.DataFrame) -> Array | None:
    """What a run costs on the law's own scale: 6·params·data_seen, else flops, data_seen, or the law's first column.

    Capability is linear in ln compute and has either sign, so that it counts by its exponential.
    """
    if {"params", "data_seen"} <= set(law.columns):
        return 6.0 * frame["params"].cast(pl.Float64).to_numpy() * frame["data_seen"].cast(pl.Float64).to_numpy()
    for name in ("flops", "data_seen", "params", "step", *law.columns[:1]):
        if name in law.columns and name in frame.columns:
            values = frame[name].cast(pl.Float64).to_numpy().astype(float)
            return np.asarray(np.exp(values)) if name == "capability" else values
    return None
