"""Architectures that keep runs apart though no two of theirs have one size: one lies above the other along size and data."""

from itertools import combinations

import numpy as np
import polars as pl

KIND = "architecture"
ALONG = ("params", "data_seen")
SURE, FREE, MOST = 5.0, 6, 8
"""Standard errors by which two kinds must differ, degrees of freedom that must be left to say so, and kinds that are compared."""


def kinds_apart(runs: pl.DataFrame) -> list[tuple[str, int]]:
    """The column of architectures with the runs of its rarest one, where two of them differ; empty where none do.

    value = smooth(ln size, ln data) + difference: a parabola along each, fitted to the runs of both; ln of positive values.
    """
    known = runs.drop_nulls([KIND, "value"])
    levels = known[KIND].unique().sort()
    if not 1 < levels.len() <= MOST or not any(_differ(known, *pair) for pair in combinations(levels, 2)):
        return []
    return [(KIND, min(known[KIND].value_counts()["count"]))]


def _differ(runs: pl.DataFrame, one: str, other: str) -> bool:
    """Whether two kinds that share a range of every size differ beyond what their runs scatter."""
    along = [name for name in ALONG if runs[name].null_count() == 0 and runs[name].min() > 0 and runs[name].n_unique() > 1]  # type: ignore[operator]  # numbers
    both = runs.filter(pl.col(KIND).is_in([one, other]))
    first = (both[KIND] == one).to_numpy()
    columns = [np.log(both[name].to_numpy()) for name in along]
    if not columns or not all(_overlap(each[first], each[~first]) for each in columns):
        return False
    value = both["value"].to_numpy()
    value = np.log(value) if (value > 0).all() else value
    centred = [each - each.mean() for each in columns]
    design = np.column_stack([first, np.ones(len(value)), *centred, *(each**2 for each in centred)])
    left = len(value) - np.linalg.matrix_rank(design)
    if left < FREE:
        return False
    found = np.linalg.pinv(design) @ value
    spread = np.sqrt(((value - design @ found) ** 2).sum() / left * np.linalg.pinv(design.T @ design)[0, 0])
    return bool(abs(found[0]) >= SURE * spread)


def _overlap(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(max(one.min(), other.min()) < min(one.max(), other.max()))
