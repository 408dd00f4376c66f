"""Observations at which a law has no value at all, like an evaluation before the first step: named with the column at fault."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.laws.engine.compile import compiled
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Law

POSITIVE = ("data_seen", "params", "params_nonembedding", "params_active", "flops", "step")
"""Columns that laws over pools raise to powers: zero has no place there."""


def reasons(law: Law, frame: pl.DataFrame) -> pl.Series:
    """For each row why the law has no value there ("data_seen = 0, where chinchilla has no value"); None where it has one.

    It is asked at the law's own typical parameters: no parameter makes 1 / 0 a number. Rows that lack a column are not asked.
    """
    names = [name for name in law.columns if name in frame.columns]
    if not names or not frame.height or len(names) < len(law.columns):
        return pl.Series("no_value", [None] * frame.height, dtype=pl.String)
    columns = {name: frame[name].cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy().astype(float) for name in names}
    known = ~np.any([np.isnan(column) for column in columns.values()], axis=0)
    odd = known & (_outside(columns, names) if law.pooled else _without(law, columns))
    said = [_said(law, {name: columns[name][at] for name in names}) if odd[at] else None for at in range(frame.height)]
    return pl.Series("no_value", said, dtype=pl.String)


def _without(law: Law, columns: dict[str, np.ndarray]) -> np.ndarray:
    theta = np.array([[law.example[parameter.name] for parameter in law.parameters]], dtype=float)
    return ~np.isfinite(compiled(law).value(theta, Rows(columns, None, ()))[0])


def _outside(columns: dict[str, np.ndarray], names: list[str]) -> np.ndarray:
    asked = [~(columns[name] > 0) for name in names if name in POSITIVE]
    return np.any(asked, axis=0) if asked else np.zeros(len(columns[names[0]]), dtype=bool)


def _said(law: Law, row: dict[str, float]) -> str:
    name = next((name for name, value in row.items() if not np.isfinite(value) or value <= 0), next(iter(row)))
    return f"{name} = {row[name]:g}, where {law.name} has no value"
