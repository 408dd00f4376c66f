"""Frames of other libraries: Polars, pandas, Arrow, or whatever speaks Arrow's C interface (DuckDB's relations do)."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.errors import FitError


def as_polars(frame: Any) -> pl.DataFrame:
    """`frame` as a Polars DataFrame, its columns by name; an index of pandas is left out, as Arrow has none.

    Raises FitError for what is no table.
    """
    if isinstance(frame, pl.DataFrame):
        return frame
    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    import narwhals.stable.v2 as nw

    known = nw.from_native(frame, pass_through=True, eager_only=True)
    if isinstance(known, nw.DataFrame):
        return known.to_polars()
    if hasattr(frame, "__arrow_c_stream__"):
        return pl.DataFrame(frame)
    raise FitError(f"a {type(frame).__name__} is no table", fix="give a DataFrame of Polars or pandas, or an Arrow table")
