"""Numbers as a person reads them: 7.02 B parameters, 1.00e22 FLOP, 2.381 nats."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import polars as pl

STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
COUNTS = ("params", "data_seen", "data_unique", "served_tokens", "effective_data", "target_data_seen", "memory")
EXACT = ("rank", "order", "runs", "points", "stage", "count", "replicates", "rung", "nested_rank")


def number(value: float, column: str = "") -> str:
    """Four digits; sizes of models and data with k, M, B and T, other large or tiny values with an exponent."""
    if not math.isfinite(value):
        return ""
    size = abs(value)
    if column.startswith(COUNTS) and not column.startswith("data_per"):
        for step, letter in STEPS:
            if 0.9995 * step <= size < 0.9995e15:
                return f"{value / step:.3g} {letter}"
    if size and (size >= 1e6 or size < 1e-4):
        return f"{value:.3g}" if "e" in f"{value:.3g}" else f"{value:.0f}"
    return f"{value:.4g}" if size < 1e4 else f"{value:,.0f}"


def shown(value: Any, column: str = "") -> str:
    """Any value of a published table as text; NULL is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value) if isinstance(value, int) and column.endswith(EXACT) else number(float(value), column)
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, dict):  # a MAP, or one entry of it
        pairs = [(value["key"], value["value"])] if set(value) == {"key", "value"} else list(value.items())
        return ", ".join(f"{name} {shown(each, str(name))}" for name, each in pairs)
    if isinstance(value, list):
        return " + ".join(shown(item) for item in value)
    return str(value)


def six_digits(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers with six significant digits, lists as text, times as text: what a picture holds."""
    parts = []
    for name, dtype in frame.schema.items():
        column = pl.col(name)
        if dtype.is_float():
            column = pl.when(column.is_finite()).then(column.round_sig_figs(6))
        elif isinstance(dtype, pl.List):
            column = column.cast(pl.List(pl.String)).list.join(" + ")
        elif dtype.is_temporal():
            column = column.dt.to_string("%Y-%m-%d")
        parts.append(column.alias(name))
    return frame.select(parts)
