"""Noise-free observations of any law: its example's constants on a spread of columns, as frames that `fit` takes."""

from __future__ import annotations

import zlib

import numpy as np
import polars as pl

from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import rows_from_frame
from pipeline.laws.law import Law

SPREADS: dict[str, tuple[float, float]] = {  # columns whose sensible range is not within a factor 30 of the example
    "experts": (1, 512),
    "attempts": (1, 12),
    "ensemble_members": (1, 16),
    "documents": (1, 500),
    "shots": (1, 200),
    "iterations": (1, 5),
    "gain_documents": (0.02, 0.3),
    "gain_shots": (0.02, 0.3),
    "capability": (0.1, 5.0),
    "task_loss": (0.3, 1.5),
    "chance": (0.05, 0.5),
    "loss": (2.0, 5.5),
    "s1": (0.3, 20.0),
    "s2": (0.005, 0.5),
    "layers": (4, 40),
    "accelerator_hours": (1, 1e4),
    "value_right": (0.5, 2.0),
    "value_wrong": (0.2, 2.0),
    "cost_attempt": (0.01, 0.1),
    "step": (500, 14000),
}
WIDE = {"broken_power_law": (1e16, 1e23), "broken_power_law_two": (1e16, 1e26), "farseer": (1e7, 1e12)}


def columns(law: Law, rows: int) -> dict[str, np.ndarray]:
    """Log-uniform columns, each from a stratum of its own (a Latin hypercube), so that no two move together."""
    rng = np.random.default_rng(zlib.crc32(law.name.encode()))
    found = {}
    for name in law.columns:
        centre = float(law.example[name])  # type: ignore[arg-type]  # run columns are numbers
        low, high = SPREADS.get(name, WIDE.get(law.name, law.valid_range.get(name, (centre / 30, centre * 30))))
        place = (rng.permutation(rows) + 0.5) / rows
        found[name] = np.exp(np.log(low) + place * np.log(high / low))
    if "treated" in found:
        found["treated"] = np.arange(rows) % 2 * 1.0
    return found


def observed(law: Law, rows: int = 60) -> pl.DataFrame:
    """The law's columns with `value` computed from the example's constants."""
    frame = pl.DataFrame(columns(law, rows))
    theta = np.array([[float(law.example[p.name]) for p in law.parameters]])  # type: ignore[arg-type]  # shared parameters are numbers
    return frame.with_columns(value=compiled(law).value(theta, rows_from_frame(law, frame))[0])
