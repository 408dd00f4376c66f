"""Which of the numbers logged beside the curves help to say how far a run still falls: rates, epochs, batch sizes, numeric tags.

A number is taken where it lowers what is missed when all runs of one of its values are left out and forecast from the others: it
has to carry over to values that were not run. Numbers are taken one at a time, the most helpful first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

Array = np.ndarray
COLUMNS = ("peak_lr", "final_lr", "batch_size", "warmup", "epochs", "data_unique", "width", "layers", "sequence_length")
"""Columns of runs that are looked at beside size and data; numeric tags are too."""
LEVELS = 3
"""Distinct values of a number, at least: a line through two says nothing about a third."""
SPARE = 4
"""Runs beyond the coefficients, at least."""
HELPS = 0.9
"""A number is taken where the mean square of what is missed falls below this share of what it was without it."""
MOST = 3


def logged(run: Mapping[str, Any]) -> dict[str, float]:
    """The positive numbers that were logged beside a run, its tags among them."""
    found = {name: run.get(name) for name in COLUMNS}
    tags = run.get("tags") or []
    found |= {f"tags.{one['key']}": one["value"] for one in tags} if not isinstance(tags, Mapping) else {}
    return {name: number for name, value in found.items() if (number := _number(value)) is not None}


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) and number > 0 else None


def offered(peers: pl.DataFrame, now: Mapping[str, Any]) -> tuple[list[str], Array, Array]:
    """Names, ln of the peers' values (n, k) and of the run's own (k,): numbers that all of them have and that vary."""
    own, theirs = logged(now), [logged(run) for run in peers.iter_rows(named=True)]
    names = [name for name in own if all(name in run for run in theirs)]
    values = np.log(np.array([[run[name] for name in names] for run in theirs]).reshape(len(theirs), len(names)))
    varies = [k for k in range(len(names)) if len(np.unique(values[:, k].round(9))) >= LEVELS]
    return [names[k] for k in varies], values[:, varies], np.log(np.array([own[names[k]] for k in varies]))


def helpful(base: Array, falls: Array, values: Array) -> list[int]:
    """The columns of `values` (n, k) that help beside those of `base` (n, p), in the order in which they are taken."""
    taken: list[int] = []
    while len(taken) < MOST:
        design = np.hstack([base, values[:, taken]])
        if len(falls) - design.shape[1] - 1 < SPARE:
            break
        ratios = {k: _ratio(design, falls, values[:, k]) for k in range(values.shape[1]) if k not in taken}
        best = min(ratios, key=lambda k: ratios[k], default=None)
        if best is None or not ratios[best] < HELPS:
            break
        taken.append(best)
    return taken


def _ratio(design: Array, falls: Array, column: Array) -> float:
    """Mean square of what is missed with the column over that without it, its values left out one at a time."""
    groups = np.unique(column.round(9), return_inverse=True)[1]
    without = _missed(design, falls, groups)
    return _missed(np.column_stack([design, column]), falls, groups) / without if without > 0 else np.inf


def _missed(design: Array, falls: Array, groups: Array) -> float:
    squares = []
    for group in range(int(groups.max()) + 1):
        out = groups == group
        if (~out).sum() < np.linalg.matrix_rank(design) or np.linalg.matrix_rank(design[~out]) < np.linalg.matrix_rank(design):
            return float("inf")
        found = np.linalg.lstsq(design[~out], falls[~out], rcond=None)[0]
        squares += list((falls[out] - design[out] @ found) ** 2)
    return float(np.mean(squares))
