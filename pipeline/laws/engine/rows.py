"""A frame of observations as arrays: what a compiled law reads.

`columns` holds one (n,) array a run column; `members` one (n, K) array a member column, 0 where a pool has no part in a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from pipeline.errors import FitError
from pipeline.laws.law import Law

MEMBER_COLUMNS = ("share", "unique", "size")


def filled(values: np.ndarray | float, shape: tuple[int, ...]) -> np.ndarray:
    """The values in that shape; to broadcast what has it already costs as much as a small law."""
    found = np.asarray(values)
    return found if found.shape == shape else np.broadcast_to(found, shape)


@dataclass(frozen=True)
class Rows:
    """Observations as float64 arrays."""

    columns: dict[str, np.ndarray]
    members: dict[str, np.ndarray] | None = None
    pools: tuple[str, ...] = ()
    n: int = field(default=-1)

    def __post_init__(self) -> None:
        if self.n < 0:
            arrays = list(self.columns.values()) + list((self.members or {}).values())
            object.__setattr__(self, "n", len(arrays[0]) if arrays else 0)

    def take(self, keep: np.ndarray) -> Rows:
        """The rows that a mask or an index selects."""
        columns = {name: values[keep] for name, values in self.columns.items()}
        members = {name: values[keep] for name, values in self.members.items()} if self.members is not None else None
        n = len(np.arange(self.n)[keep])
        return Rows(columns, members, self.pools, n)


def pool_names(frame: pl.DataFrame) -> tuple[str, ...]:
    """Atomic pools that the frame draws from, in order of appearance."""
    if "members" in frame.columns and frame.schema["members"] != pl.Null:
        names = frame.select(pl.col("members").explode().struct.field("pool")).to_series()
    elif "pool" in frame.columns:
        names = frame["pool"]
    else:
        raise FitError("the frame has neither `members` nor `pool`, which a law over pools needs", fix="add the column `pool`")
    return tuple(str(name) for name in names.drop_nulls().unique(maintain_order=True))


def _numbers(frame: pl.DataFrame, name: str, law: Law) -> np.ndarray:
    if name not in frame.columns:
        raise FitError(
            f"law {law.name} needs the column `{name}`, which the frame lacks (it has {', '.join(frame.columns)})",
            fix="add it or map a column of the log to it",
        )
    try:
        return frame[name].cast(pl.Float64, strict=True).fill_null(np.nan).to_numpy().astype(float)
    except pl.exceptions.InvalidOperationError as error:
        what = str(error).splitlines()[0]
        raise FitError(f"column `{name}` holds text, not numbers: {what}", fix=f"convert it before fitting {law.name}") from error


def _member_arrays(law: Law, frame: pl.DataFrame, pools: Sequence[str]) -> dict[str, np.ndarray]:
    place = {pool: k for k, pool in enumerate(pools)}
    names = tuple(dict.fromkeys((*MEMBER_COLUMNS, *law.member_columns)))
    found = {name: np.zeros((frame.height, len(pools))) for name in names}
    for row, parts in enumerate(_parts(law, frame)):
        for part in parts:
            if part["pool"] not in place:
                raise FitError(
                    f"row {row} draws from pool {part['pool']!r}, which is none of {list(pools)}",
                    fix="declare it or exclude the run",
                )
            for name in names:
                amount = part.get(name)
                found[name][row, place[part["pool"]]] = np.nan if amount is None else amount
    if "size" in found:
        _fill_sizes(found)
    return found


def _fill_sizes(found: dict[str, np.ndarray]) -> None:
    """Where a pool's own size is unknown, the largest amount of it that any row may draw."""
    known = (found["share"] > 0) & np.isfinite(found["unique"])
    largest = np.where(known, found["unique"], -np.inf).max(axis=0, initial=-np.inf)
    found["size"] = np.where(np.isfinite(found["size"]), found["size"], np.where(np.isfinite(largest), largest, np.nan)[None, :])


def _parts(law: Law, frame: pl.DataFrame) -> list[list[dict[str, Any]]]:
    """The members of every row with their columns; a frame with only `pool` has one member with share 1."""
    if "members" in frame.columns and frame.schema["members"] != pl.Null:
        return [list(row or []) for row in frame["members"].to_list()]
    if "pool" not in frame.columns:
        raise FitError(
            f"law {law.name} sums over pools and needs `members` or `pool`", fix="add the column `pool` (and `data_unique`)"
        )
    unique = frame["data_unique"].to_list() if "data_unique" in frame.columns else [None] * frame.height
    return [
        [] if pool is None else [{"pool": pool, "share": 1.0, "unique": amount}]
        for pool, amount in zip(frame["pool"].to_list(), unique, strict=True)
    ]


def rows_from_frame(law: Law, frame: pl.DataFrame, pools: Sequence[str] = ()) -> Rows:
    """The columns that `law` reads, as arrays. Missing values become NaN; an unknown pool or a missing column is a FitError."""
    columns = {name: _numbers(frame, name, law) for name in law.columns}
    if not law.pooled:
        return Rows(columns, None, (), frame.height)
    names = tuple(pools) or pool_names(frame)
    return Rows(columns, _member_arrays(law, frame, names), names, frame.height)
