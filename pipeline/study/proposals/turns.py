"""Where a metric is best between the ends of what was run: a rate, a decay, a share or a size with worse runs on both sides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipeline.study.proposals.axis import PREFIX, Axis, moves_apart, named, of_their_own

COLUMNS = ("params", "peak_lr", "batch_size", "epochs")
APART = ("params", "data_seen", "peak_lr", "batch_size", "architecture", "recipe")
"""Columns of runs that may be such an axis, and those by which lines along one are kept apart."""
LEVELS, SURE = 5, 3.0
"""Values that an axis needs, and by how many of its standard errors the bend must differ from none."""
FEWEST = 2
"""Values on either side of the best place."""


def turns(runs: pl.DataFrame, goal: str | None) -> tuple[Axis, ...]:
    """The axes of the runs along which their metric is best between the ends, by a parabola through the lines along each."""
    if goal is None or not runs.height:
        return ()
    sign = 1.0 if goal == "lower" else -1.0
    names = [name for name in runs.columns if name in COLUMNS or (name.startswith(PREFIX) and runs.schema[name].is_numeric())]
    return tuple(axis for name in names if (axis := _turn(runs, name, sign)) is not None)


def _turn(runs: pl.DataFrame, name: str, sign: float) -> Axis | None:
    """The axis where its lines have values enough and a parabola through them is best inside; None else."""
    known = runs.filter(pl.col(name) > 0, pl.col("value").is_finite())
    apart = [other for other in APART if other != name and known[other].n_unique() > 1]
    apart += [other for other in runs.columns if other.startswith(PREFIX) and other != name and _keeps_apart(known, other, name)]
    lines = known.with_columns(pl.col(name).n_unique().over(apart or pl.lit(1)).alias("levels"))
    kept = lines.filter(pl.col("levels") >= LEVELS)
    if kept.height < max(LEVELS, runs.height / 2) or not _is_bent(kept, name, apart, sign):
        return None
    label = named(name) if name.startswith(PREFIX) else name
    return Axis(name.removeprefix(PREFIX), label, tuple(np.unique(kept[name].to_numpy())), tuple(of_their_own(kept, apart)))


def _keeps_apart(runs: pl.DataFrame, tag: str, name: str) -> bool:
    """Whether a tag is a setting of its own: it has few values, and does not follow from the axis."""
    count = runs[tag].drop_nulls().n_unique()
    return 1 < count <= runs.height / LEVELS and moves_apart(runs, tag, name)


def _is_bent(runs: pl.DataFrame, name: str, apart: Sequence[str], sign: float) -> bool:
    """Whether a parabola in ln of the axis, with a level for each line, bends upwards beyond doubt and is lowest well inside."""
    x, y = np.log(runs[name].to_numpy()), sign * runs["value"].to_numpy()
    line = runs.select(pl.struct(apart).rank("dense")).to_series().to_numpy() - 1 if apart else np.zeros(len(x), dtype=int)
    middle = x.mean()
    basis = np.column_stack([x - middle, (x - middle) ** 2, np.eye(line.max() + 1)[line]])
    free = len(y) - np.linalg.matrix_rank(basis)
    if free < 1:
        return False
    found, *_ = np.linalg.lstsq(basis, y, rcond=None)
    spread = np.sum((y - basis @ found) ** 2) / free
    error = np.sqrt(spread * np.linalg.pinv(basis.T @ basis)[1, 1])
    place = middle - found[0] / (2 * found[1]) if found[1] > 0 else np.nan
    levels = np.unique(x)
    return bool(found[1] > SURE * error and min((levels < place).sum(), (levels > place).sum()) >= FEWEST)
