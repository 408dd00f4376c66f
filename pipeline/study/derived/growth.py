"""Models whose size changes while they train: mean size over tokens (for the law average_parameters), compute of a chain."""

from __future__ import annotations

import numpy as np
import polars as pl

from pipeline.study.derived.sizes import average_params

Array = np.ndarray


def varying_flops(tokens: Array, params: Array) -> float:
    """Training compute of a run whose size changes: 6 times the integral of params over tokens."""
    t = np.asarray(tokens, dtype=float)
    return 6 * average_params(t, params) * float(t[-1] - t[0])


def flops_along(rows: pl.DataFrame, sizes: pl.DataFrame, name: str) -> pl.Series:
    """Compute of each row's run up to its point, where the run logged its size along the way; NULL where it did not."""
    curves = {str(key): curve for (key,), curve in sizes.drop_nulls("data_seen").group_by("run_key", maintain_order=True)}
    found = [
        None if str(key) not in curves or not seen else _up_to(curves[str(key)], float(seen))
        for key, seen in rows.select("run_key", "data_seen").iter_rows()
    ]
    return pl.Series(name, found, dtype=pl.Float64)


def _up_to(curve: pl.DataFrame, seen: float) -> float:
    tokens, params = curve["data_seen"].to_numpy(), curve["value"].to_numpy()
    inside = tokens < seen
    at = np.concatenate([[0.0], tokens[inside], [seen]])
    return varying_flops(at, np.concatenate([params[:1], params[inside], [np.interp(seen, tokens, params)]]))
