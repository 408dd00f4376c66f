"""Runs that no pools can have given: refused with the run, the amounts and what to correct."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.laws.engine.rows import Rows
from pipeline.laws.law import Law

Array = np.ndarray
TOLERANCE = 1e-3
"""Relative: shares and amounts are logged rounded."""


def refuse_impossible_pools(law: Law, frame: pl.DataFrame, rows: Rows, place: Callable[[int], str]) -> None:
    """Raises FitError for rows without a pool or its amount, with shares that do not sum to 1, or with more data than are."""
    if rows.members is None:
        return
    share, unique = rows.members["share"], rows.members["unique"]
    _refuse(share.sum(axis=1) <= 0, place, f"draws from no pool, and law {law.name} sums over pools", "declare its pool members")
    if "unique" in law.member_columns:
        _refuse_shares(share.sum(axis=1), place)
        lost = (~np.isfinite(unique) & (share > 0)).any(axis=1)
        _refuse(lost, place, f"has a pool without its unique amount (data_unique), which law {law.name} needs", "declare it")
        _refuse_more_than_the_union(frame, unique.sum(axis=1), place)
        _refuse_more_than_a_pool(frame, place)


def _refuse(bad: Array, place: Callable[[int], str], words: str, fix: str) -> None:
    if bad.any():
        raise FitError(f"{place(int(np.flatnonzero(bad)[0]))} {words}", fix=fix)


def _refuse_shares(total: Array, place: Callable[[int], str]) -> None:
    for at in np.flatnonzero(np.abs(total - 1) > TOLERANCE).tolist()[:1]:
        raise FitError(
            f"the shares of {place(at)} sum to {total[at]:.6g}, not to 1", fix="add the pool that is missing, or correct them"
        )


def _refuse_more_than_the_union(frame: pl.DataFrame, drawn: Array, place: Callable[[int], str]) -> None:
    """A run's pools together hold no more unique data than the run."""
    if "data_unique" not in frame.columns:
        return
    declared = frame["data_unique"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    for at in np.flatnonzero(drawn > declared * (1 + TOLERANCE)).tolist()[:1]:
        raise FitError(
            f"the pools of {place(at)} hold {drawn[at]:.6g} unique, more than the {declared[at]:.6g} of their union",
            fix="correct data_unique of the run or its pool, or of the pool's members",
        )


def _refuse_more_than_a_pool(frame: pl.DataFrame, place: Callable[[int], str]) -> None:
    """No run draws more unique data of a pool than the pool has."""
    if "members" not in frame.columns or frame.schema["members"] == pl.Null:
        return
    parts = frame.select(pl.int_range(pl.len()).alias("at"), "members").explode("members").unnest("members")
    if "size" not in parts.columns:
        return
    for part in parts.filter(pl.col("unique") > pl.col("size") * (1 + TOLERANCE)).head(1).iter_rows(named=True):
        raise FitError(
            f"{place(part['at'])} draws from {part['unique']:.6g} unique of pool {part['pool']!r}, which has {part['size']:.6g}",
            fix="correct data_unique of the run, the pool or its members",
        )
