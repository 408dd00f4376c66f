"""Where a sweep is best between the settings that were tried: the low point of a parabola in the logarithm of one setting.

The run that did best stands for the point: its setting is that of the low point, and what else changes along the sweep (data at
equal compute, parameters without embeddings) lies there on a line between the two settings around it, in logarithms.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipeline.study.derived.isoflop import Profile, flaw, least_size, valley

WHY_NOT_LOW = "why it is no low point"
FEWEST = 4
"""Settings from which a parabola may be told from its points."""
FLAWS = {
    "concave": "its sweep of {} has no low point: it does not bend upwards",
    "unbracketed": "its sweep of {} has its low point outside of what was tried",
}


def with_low_points(rows: pl.DataFrame, axis: str, sweep: str, rank: str, sign: float | None) -> pl.DataFrame:
    """The rows with the best run of each sweep moved to the low point along `axis`, and why each other row is none.

    `sweep` tells sweeps apart; `rank` is low where a row does well, NULL where it does not compete. The value of the moved row
    is `sign` times the parabola's; where it is not ranked by its value (no sign), it lies on a line between its neighbours.
    """
    moving = [name for name, kind in rows.schema.items() if kind.is_numeric() and name not in (sweep, rank, "value", "seed")]
    whole = rows.with_columns(pl.col([*moving, "value"]).cast(pl.Float64), pl.lit(None, pl.String).alias(WHY_NOT_LOW))
    placed = whole.with_row_index("place")
    parts = [
        _low_point(own, axis, rank, sign, moving)
        for _, own in placed.filter(pl.col(rank).is_not_null() & (pl.col(axis) > 0)).group_by(sweep, maintain_order=True)
    ]
    changed = pl.concat([placed.clear(), *parts])
    others = placed.filter(~pl.col("place").is_in(changed["place"].implode()))
    return pl.concat([changed, others]).sort("place").drop("place")


def _low_point(own: pl.DataFrame, axis: str, rank: str, sign: float | None, moving: Sequence[str]) -> pl.DataFrame:
    """The rows of one sweep, all with the reason why they are no low point but the one that stands for it."""
    each = own.group_by(axis).agg(pl.col(rank, "value").mean(), pl.col(moving).exclude(axis).log().mean()).sort(axis)
    if each.height < FEWEST:
        return own.with_columns(_why(f"{each.height} {axis} in its sweep, and {FEWEST} are needed for a low point"))
    size = each[axis].log().to_numpy()
    near = valley(Profile(float("nan"), size, each[rank].to_numpy()), 2)
    at, low = (float(found[0]) for found in least_size(near, 2, np.ones((1, len(near.size)))))
    wrong = flaw(Profile(float("nan"), size, each[rank].to_numpy()), at)
    if wrong in FLAWS:
        return own.with_columns(_why(FLAWS[wrong].format(axis)))
    moved = {name: float(np.exp(_between(at, size, each[name]))) for name in moving if name != axis}
    told = {name: amount for name, amount in moved.items() if np.isfinite(amount)}
    value = _between(at, size, each["value"]) if sign is None else sign * low
    best = pl.int_range(pl.len()) == own[rank].arg_min()
    anew = {**told, axis: float(np.exp(at)), "value": value}
    columns = [pl.when(best).then(pl.lit(number)).otherwise(name).alias(name) for name, number in anew.items()]
    return own.with_columns(*columns, pl.when(~best).then(_why("part of the low point of its sweep")).alias(WHY_NOT_LOW))


def _between(at: float, size: np.ndarray, values: pl.Series) -> float:
    """The value at ln size `at`, on a line between its two neighbours; not a number beside one that has none."""
    return float(np.interp(at, size, values.fill_null(float("nan")).to_numpy()))


def _why(words: str) -> pl.Expr:
    return pl.lit(words).alias(WHY_NOT_LOW)
