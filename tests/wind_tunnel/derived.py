"""Observations that are made of several of the shipped runs: a builder for each `builder` of a study.

A builder takes a study's observations, the law, and each run's final validation loss; it returns what `fit` reads.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from pipeline.laws.law import Law
from pipeline.planning.sizes.isoflop import flaw, least_size, profiles, valley
from tests.wind_tunnel.batch_sizes import critical_batches, steps_min, steps_to_loss

Builder = Callable[[pl.DataFrame, Law, pl.DataFrame], pl.DataFrame]
SCORES = ("score", "metric")
NEAR = 1.01


def best_size(rows: pl.DataFrame, law: Law, _: pl.DataFrame) -> pl.DataFrame:
    """A row a budget: the minimum of a parabola in ln params that its runs bracket."""
    mean = rows.group_by("flops", "params", "params_nonembedding", maintain_order=True).agg(pl.col("value").mean())
    flops, params, loss = (mean[name].to_numpy() for name in ("flops", "params", "value"))
    sizes = mean.unique("params").sort("params").select("params", "params_nonembedding").to_numpy()
    found = []
    for profile in profiles(flops, params, loss):
        near = valley(profile, 2)
        at = float(least_size(near, 2, np.ones((1, len(near.size))))[0][0])
        if flaw(profile, at) in (None, "off-centre"):
            inner = float(np.exp(np.interp(at, np.log(sizes[:, 0]), np.log(sizes[:, 1]))))
            row = {"flops": profile.flops, "params": float(np.exp(at)), "params_nonembedding": inner}
            row |= {"data_seen": profile.flops / (6 * row["params"]), "run_key": f"{profile.flops:.3g} FLOP"}
            found.append(row | {"data_per_param": row["data_seen"] / row["params"]})
    return _responding(pl.DataFrame(found), law)


def frontier(rows: pl.DataFrame, law: Law, losses: pl.DataFrame) -> pl.DataFrame:
    """Runs within a percent of the least loss of their budget."""
    joined = rows.join(losses, on="run_key").with_columns(budget=pl.col("flops").log10().round(1))
    near = joined.filter(pl.col("loss") <= NEAR * pl.col("loss").min().over("budget")).drop("loss")
    return _score(near, law)


def _score(rows: pl.DataFrame, law: Law) -> pl.DataFrame:
    return rows.with_columns(value=1 - pl.col("value")) if law.response in SCORES else rows


def _responding(rows: pl.DataFrame, law: Law) -> pl.DataFrame:
    """The law's response as the value."""
    return rows.with_columns(value=pl.col(law.response).cast(pl.Float64))


BUILDERS: dict[str, Builder] = {
    builder.__name__: builder
    for builder in (
        steps_to_loss,
        critical_batches,
        steps_min,
        best_size,
        frontier,
    )
}
